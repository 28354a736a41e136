/** Files as request bodies, on platforms that have files. Selected by the import condition `#files`. */
import type { Stats } from 'node:fs'
import { constants, type FileHandle, open } from 'node:fs/promises'
import { R2Error } from '../../errors/index.js'
import type { RequestBody } from '../transport.js'

const readBytes = 512 * 1024
/** Without it, opening a named pipe without a writer would block a thread, which nothing can abort. Windows has no such flag. */
const readOnly = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)

/** A file as a body that can be sent again. A file that changes while it is read fails the request. */
export const fileBody = async (path: string): Promise<RequestBody> => {
  const file = await open(path, readOnly).catch((cause: unknown) => {
    throw new R2Error('InvalidInput', `the file cannot be read: ${(cause as Error).message}`, {
      field: 'body',
      hint: 'Check that the path exists, and that this process may read it.',
      cause,
    })
  })
  const { before, hasContent } = await examine(file).finally(() => file.close())
  if (!before.isFile()) {
    throw new R2Error('InvalidInput', `${path} is not a regular file`, {
      field: 'body',
      hint: 'Name a file. To send a folder use r2.transfers.uploadDirectory; for a pipe pass a stream of it.',
    })
  }
  if (hasContent) {
    throw new R2Error('InvalidInput', `${path} has content, but no length`, {
      field: 'body',
      hint: 'Read it first: await readFile(path).',
    })
  }
  if (before.size === 0) return { kind: 'empty' }
  const requireUnchanged = async (handle: FileHandle): Promise<void> => {
    const after = await handle.stat()
    if (after.size === before.size && after.mtimeMs === before.mtimeMs) return
    throw new R2Error('SourceChanged', `${path} changed while it was read`, { field: 'body' })
  }
  return {
    kind: 'stream',
    contentLength: before.size,
    canOpen: () => true,
    source: 'stored',
    async *open() {
      const handle = await open(path, readOnly)
      try {
        for (let position = 0; position < before.size; ) {
          // A fresh buffer for each chunk: the socket still holds the previous one.
          const buffer = Buffer.allocUnsafeSlow(Math.min(readBytes, before.size - position))
          const { bytesRead } = await handle.read(buffer, 0, buffer.length, position)
          if (bytesRead === 0) break
          position += bytesRead
          // Before the last bytes are sent: without them R2 stores nothing, and an existing object stays.
          if (position === before.size) await requireUnchanged(handle)
          yield bytesRead === buffer.length ? buffer : buffer.subarray(0, bytesRead)
        }
        await requireUnchanged(handle)
      } finally {
        await handle.close()
      }
    },
  }
}

/** Files of /proc have bytes but no length, so they would be stored as empty objects. */
const examine = async (file: FileHandle): Promise<{ before: Stats; hasContent: boolean }> => {
  const before = await file.stat()
  if (!before.isFile() || before.size > 0) return { before, hasContent: false }
  const { bytesRead } = await file.read(Buffer.alloc(1), 0, 1, 0)
  return { before, hasContent: bytesRead > 0 }
}
