/** Transfers of one object with the client's transfers: upload, download, or print to a stream. */
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Writable } from 'node:stream'
import type { OnProgress, R2Client } from 'r2kit'
import type { Resumed, UploadSource } from 'r2kit/transfers'
import { writeTo } from '../output/output.js'
import type { FileLocation, ObjectLocation, OpenStream, StreamLocation } from './location.js'
import { contentTypeOf, onlyIfAbsent, type WriteOptions } from './object-fields.js'
import { type Outcome, verifiedOf } from './result.js'

/** Options of `uploadOne` and `downloadOne`. */
export interface OneObjectOptions extends WriteOptions {
  readonly onProgress: OnProgress
  /** Called when an interrupted transfer resumes. */
  readonly onResume: (resumed: Resumed) => void
  /** Folder of the journals. */
  readonly journal: string
  /** Size of the parts or ranges; a larger file is uploaded in parts. @defaultValue chosen by the client */
  readonly partSizeBytes?: number
}

/**
 * Uploads a file or a stream. The producer of a stream is closed in any case.
 *
 * @throws the error of the upload, or of the producer; nothing is stored then
 */
export const uploadOne = async (
  r2: R2Client,
  source: FileLocation | StreamLocation,
  { bucket, key }: ObjectLocation,
  { fields, noClobber, signal, onProgress, onResume, journal, partSizeBytes }: OneObjectOptions,
): Promise<Outcome> => {
  const contentType = fields.contentType ?? contentTypeOf(key)
  const { from, succeeded, close } = openSource(source)
  try {
    const { size, etag, verifiedBy } = await r2.transfers.upload(
      from,
      { bucket, key, ...fields, ...(contentType !== undefined && { contentType }), ...onlyIfAbsent(noClobber) },
      {
        signal,
        onProgress,
        onResume,
        journal,
        onFailure: 'keep',
        // A pipe may pause for any length of time: no other work is waiting, and the user can interrupt the command.
        sourceTimeoutMs: Number.POSITIVE_INFINITY,
        beforeComplete: succeeded,
        ...(partSizeBytes && { partSizeBytes, thresholdBytes: partSizeBytes }),
      },
    )
    return { bytes: size, etag, verified: verifiedOf(verifiedBy) }
  } finally {
    await close?.()
  }
}

const openSource = (
  source: FileLocation | StreamLocation,
): { readonly from: UploadSource } & Partial<Omit<OpenStream, 'stream'>> => {
  if (source.kind === 'file') return { from: { path: source.path } }
  const { stream, ...producer } = source.open()
  return { from: stream, ...producer }
}

/** Downloads an object to a file. Creates the folders of the path. */
export const downloadOne = async (
  r2: R2Client,
  { bucket, key }: ObjectLocation,
  { path }: FileLocation,
  { noClobber, signal, onProgress, onResume, journal, partSizeBytes }: OneObjectOptions,
): Promise<Outcome> => {
  await mkdir(dirname(path), { recursive: true })
  const { bytes, etag, verifiedBy } = await r2.transfers.download(
    { bucket, key },
    { path },
    { signal, onProgress, onResume, journal, noClobber, ...(partSizeBytes && { rangeSizeBytes: partSizeBytes }) },
  )
  return { bytes, etag, verified: verifiedOf(verifiedBy) }
}

/** Prints an object to a stream with backpressure. The stream stays open. */
export const printOne = async (
  r2: R2Client,
  { bucket, key }: ObjectLocation,
  stream: Writable,
  signal: AbortSignal,
): Promise<Outcome> => {
  const download = r2.transfers.download({ bucket, key }, 'stream', { signal })
  for await (const chunk of download.body) {
    await writeTo(stream, chunk, signal)
    signal.throwIfAborted()
  }
  const { bytes, etag, verifiedBy } = await download
  return { bytes, etag, verified: verifiedOf(verifiedBy) }
}
