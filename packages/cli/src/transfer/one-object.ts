/** One object by its name: up, down, or into a pipe, by the client's transfers. */
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Writable } from 'node:stream'
import type { OnProgress, R2Client } from 'r2kit'
import type { Resumed, UploadSource } from 'r2kit/transfers'
import { writeTo } from '../output.js'
import { guessedType, onlyIfAbsent, type WriteOptions } from './object-fields.js'
import { type Outcome, verifiedOf } from './outcome.js'
import type { FilePlace, ObjectPlace, OpenStream, StreamPlace } from './place.js'

export interface OneObjectOptions extends WriteOptions {
  readonly onProgress: OnProgress
  readonly onResume: (resumed: Resumed) => void
  /** The folder of journals. */
  readonly journal: string
  readonly partSizeBytes?: number
}

export const uploadOne = async (
  r2: R2Client,
  source: FilePlace | StreamPlace,
  { bucket, key }: ObjectPlace,
  { fields, noClobber, signal, onProgress, onResume, journal, partSizeBytes }: OneObjectOptions,
): Promise<Outcome> => {
  const contentType = fields.contentType ?? guessedType(key)
  const { from, succeeded, close } = openSource(source)
  try {
    const { size, etag } = await r2.transfers.upload(
      from,
      { bucket, key, ...fields, ...(contentType !== undefined && { contentType }), ...onlyIfAbsent(noClobber) },
      {
        signal,
        onProgress,
        onResume,
        journal,
        onFailure: 'keep',
        // What is piped in may pause for as long as it likes: there is nothing else to do, and the user can interrupt it.
        sourceTimeoutMs: Number.POSITIVE_INFINITY,
        beforeComplete: succeeded,
        ...(partSizeBytes && { partSizeBytes, thresholdBytes: partSizeBytes }),
      },
    )
    return { bytes: size, etag, verified: 'md5' }
  } finally {
    await close?.()
  }
}

const openSource = (
  source: FilePlace | StreamPlace,
): { readonly from: UploadSource } & Partial<Omit<OpenStream, 'stream'>> => {
  if (source.kind === 'file') return { from: { path: source.path } }
  const { stream, ...producer } = source.open()
  return { from: stream, ...producer }
}

export const downloadOne = async (
  r2: R2Client,
  { bucket, key }: ObjectPlace,
  { path }: FilePlace,
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

/** Writes an object to a stream, at the pace of its reader, and leaves the stream open. */
export const printOne = async (
  r2: R2Client,
  { bucket, key }: ObjectPlace,
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
