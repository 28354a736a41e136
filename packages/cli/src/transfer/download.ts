/** Objects to files and streams: nothing counts as downloaded before its length, and where R2 has one its MD5, agree. */
import { createHash } from 'node:crypto'
import { type FileHandle, mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Writable } from 'node:stream'
import { type R2Client, R2Error } from 'r2kit'
import type { Verified } from '../events.js'
import { writeTo } from '../output.js'
import { writeAtomically } from './atomic-file.js'
import type { Outcome } from './outcome.js'
import type { BelowPlace, FilePlace, ObjectPlace } from './place.js'
import { refuseOtherSpelling } from './target-folder.js'

export interface DownloadOptions {
  /** Leaves an existing file alone; the error then has the code `EEXIST`. */
  readonly noClobber: boolean
  readonly signal: AbortSignal
  /** Called with the number of bytes of each chunk that arrives. */
  readonly onBytes: (bytes: number) => void
  /** Called with the object's size when its answer begins. */
  readonly onSize?: (bytes: number) => void
}

export const downloadToFile = async (
  r2: R2Client,
  source: ObjectPlace,
  target: FilePlace | BelowPlace,
  options: DownloadOptions,
): Promise<Outcome> => {
  if (target.kind === 'file') {
    await mkdir(dirname(target.path), { recursive: true })
    return writeObject(r2, source, target.path, options)
  }
  if (target.isFolder) {
    await target.folder.makeFolder(target.segments)
    return { bytes: 0, verified: 'length' }
  }
  return target.folder.withFile(target.segments, (path) => writeObject(r2, source, path, options, refuseOtherSpelling))
}

const writeObject = (
  r2: R2Client,
  source: ObjectPlace,
  path: string,
  options: DownloadOptions,
  beforeRename?: (path: string) => Promise<void>,
): Promise<Outcome> =>
  writeAtomically(path, { noClobber: options.noClobber, ...(beforeRename && { beforeRename }) }, async (file) => {
    const object = await openObject(r2, source, options)
    for await (const chunk of object.chunks) await writeWhole(file, chunk)
    return object.outcome
  })

/** A write may take less than it was given, when a disk is nearly full for example. */
const writeWhole = async (file: FileHandle, chunk: Uint8Array): Promise<void> => {
  for (let offset = 0; offset < chunk.byteLength; ) offset += (await file.write(chunk, offset)).bytesWritten
}

/** Writes an object to a stream, at the pace of its reader, and leaves the stream open. */
export const downloadToStream = async (
  r2: R2Client,
  source: ObjectPlace,
  stream: Writable,
  options: DownloadOptions,
): Promise<Outcome> => {
  const object = await openObject(r2, source, options)
  for await (const chunk of object.chunks) {
    await writeTo(stream, chunk, options.signal)
    options.signal.throwIfAborted()
  }
  return object.outcome
}

interface OpenObject {
  /** The object's bytes; ends with an error where they are not what R2 has. */
  readonly chunks: AsyncIterable<Uint8Array>
  readonly outcome: Outcome
}

const openObject = async (r2: R2Client, source: ObjectPlace, options: DownloadOptions): Promise<OpenObject> => {
  const { bucket, key } = source
  const { body, size, etag } = await r2.objects.getStream({ bucket, key }, { signal: options.signal })
  options.onSize?.(size)
  // The ETag of an object that was put in one piece is its MD5; one of parts has a `-` and their number.
  const verified: Verified = /^[0-9a-f]{32}$/.test(etag) ? 'md5' : 'length'
  return {
    chunks: verifiedChunks(body, size, verified === 'md5' ? etag : undefined, options.onBytes),
    outcome: { bytes: size, etag, verified },
  }
}

async function* verifiedChunks(
  body: AsyncIterable<Uint8Array>,
  size: number,
  md5: string | undefined,
  onBytes: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('md5')
  let bytes = 0
  for await (const chunk of body) {
    if (md5 !== undefined) hash.update(chunk)
    bytes += chunk.byteLength
    onBytes(chunk.byteLength)
    yield chunk
  }
  if (bytes !== size) throw new R2Error('IntegrityMismatch', `${bytes} bytes arrived, but the object has ${size}.`)
  if (md5 === undefined) return
  const actual = hash.digest('hex')
  if (actual !== md5)
    throw new R2Error('IntegrityMismatch', `The MD5 of what arrived is ${actual}, but the object's is ${md5}.`)
}
