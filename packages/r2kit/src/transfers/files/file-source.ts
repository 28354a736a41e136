/** A file as the source of an upload: positioned reads on one handle, any number in parallel. */
import { open } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Clock } from '../../base/clock.js'
import { R2Error } from '../../errors/index.js'
import { reuseWhenSent } from '../../http/body/sent-chunks.js'
import type { SlicedSource } from '../upload/source.js'
import { failing } from './file-error.js'
import { openFileIo } from './file-io.js'
import { FileScanner } from './file-scanner.js'
import { readOnly } from './small-file.js'

/** Large enough to make system calls cheap per byte, small enough that dozens of buffers need little memory. */
const readBytes = 512 * 1024
/** For the checksum, bytes are read and hashed while they are in the second-level cache. */
const synchronousReadBytes = 128 * 1024

/** @throws R2Error `FileUnavailable` for a file that cannot be read, `InvalidInput` for a path that is no regular file */
export const openFileSource = async (path: string, clock: Pick<Clock, 'monotonicMs'>): Promise<SlicedSource> => {
  const failed = failing({ action: 'read', path, field: 'source' })
  const file = await open(path, readOnly).catch(failed)
  const before = await file.stat({ bigint: true }).catch(failed)
  if (!before.isFile()) {
    await file.close()
    throw new R2Error('InvalidInput', `${path} is not a regular file`, {
      field: 'source',
      hint: 'Name a file. To upload a folder use r2.transfers.uploadDirectory; for a pipe pass a stream of it.',
    })
  }
  if (before.size === 0n && (await file.read(Buffer.alloc(1), 0, 1, 0).catch(failed)).bytesRead > 0) {
    await file.close()
    // A file of /proc, for example. By its length it would be stored as an empty object.
    throw new R2Error('InvalidInput', `${path} has content, but no length`, {
      field: 'source',
      hint: 'Pass a stream of it: createReadStream(path).',
    })
  }
  const io = openFileIo(clock)
  const scanner = new FileScanner((buffer, length, at) =>
    io.run(
      1,
      ({ read }) => read(file.fd, buffer, 0, Math.min(length, synchronousReadBytes), at),
      // By the handle, which is closed only when its reads have ended.
      async () => (await file.read(buffer, 0, length, at)).bytesRead,
    ),
  )
  return {
    kind: 'sliced',
    size: Number(before.size),
    name: resolve(path),
    fingerprint: { size: String(before.size), mtimeNs: String(before.mtimeNs), inode: String(before.ino) },
    // One chunk is in the socket while the next is read.
    bytesPerSlice: 2 * readBytes,
    bytes: undefined,
    async *slice(offset, length) {
      // Of this slice only, so that no more is in use than is reserved for it.
      let spare: Buffer | undefined
      for (let at = offset; at < offset + length; ) {
        // The socket may still hold the chunk before.
        const wanted = Math.min(readBytes, offset + length - at)
        const buffer = spare ?? Buffer.allocUnsafeSlow(wanted)
        spare = undefined
        const { bytesRead } = await file.read(buffer, 0, wanted, at).catch(failed)
        if (bytesRead === 0) throw changed(path)
        at += bytesRead
        const chunk = buffer.subarray(0, bytesRead)
        reuseWhenSent(chunk, () => {
          spare = buffer
        })
        yield chunk
      }
    },
    async scan(offset, length, visit, signal) {
      if ((await scanner.scan(offset, length, visit, signal).catch(failed)) < length) throw changed(path)
    },
    async requireUnchanged() {
      const after = await file.stat({ bigint: true }).catch(failed)
      if (after.size !== before.size || after.mtimeNs !== before.mtimeNs) throw changed(path)
    },
    close: () => file.close(),
  }
}

const changed = (path: string): R2Error =>
  new R2Error('SourceChanged', `${path} changed while it was read`, { field: 'source' })
