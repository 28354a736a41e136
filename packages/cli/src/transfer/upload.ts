/** Files and streams to R2. */
import type { R2Client } from 'r2kit'
import { fileBody } from './counted-file.js'
import { largestPutBytes, uploadInParts } from './multipart-stream.js'
import { fieldsForFile, onlyIfAbsent, type WriteOptions } from './object-fields.js'
import type { Outcome } from './outcome.js'
import type { FilePlace, ObjectPlace, StreamPlace } from './place.js'

/** One PUT, verified against the answer's ETag by the client; more than one PUT may carry goes in parts. */
export const uploadFile = async (
  r2: R2Client,
  source: FilePlace,
  size: number,
  target: ObjectPlace,
  options: WriteOptions,
): Promise<Outcome> => {
  const fields = await fieldsForFile(options.fields, target.key)
  if (size > largestPutBytes) {
    const { createReadStream } = await import('node:fs')
    return uploadInParts(r2, createReadStream(source.path), target, { ...options, fields, sizeBytes: size })
  }
  const { bucket, key } = target
  const { body, countedBytes } = fileBody(source.path, size, options.onBytes)
  const { signal } = options
  const { etag } = await r2.objects.put(
    { bucket, key, body, ...fields, ...onlyIfAbsent(options.noClobber) },
    { signal },
  )
  options.onBytes(size - countedBytes)
  return { bytes: size, etag, verified: 'md5' }
}

/** A stream of unknown length: one PUT if it ends within one part, parts otherwise. */
export const uploadStream = async (
  r2: R2Client,
  source: StreamPlace,
  target: ObjectPlace,
  options: WriteOptions,
): Promise<Outcome> =>
  uploadInParts(r2, source.open(), target, { ...options, fields: await fieldsForFile(options.fields, target.key) })
