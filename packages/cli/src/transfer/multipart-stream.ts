/**
 * Uploads a stream whose length is not known, or is more than one PUT may carry: parts of one size (R2 refuses others at
 * the very end), one after the other, each checked by its MD5, and nothing left behind when it fails.
 * Limits: developers.cloudflare.com/r2/platform/limits.
 */
import { createHash } from 'node:crypto'
import { type R2Client, R2Error } from 'r2kit'
import { onlyIfAbsent, type WriteOptions } from './object-fields.js'
import type { Outcome } from './outcome.js'
import type { ObjectPlace } from './place.js'

const mebibyte = 1024 * 1024
/** The most that one PUT may carry: 5 GiB less 5 MiB. */
export const largestPutBytes = 5 * 1024 * mebibyte - 5 * mebibyte
const partCountMax = 10_000
/** Holds 156 GiB in 10,000 parts; one part is in memory at a time. */
const defaultPartBytes = 16 * mebibyte

export interface MultipartOptions extends WriteOptions {
  /** Bytes to come, where known: the parts grow so that 10,000 suffice. */
  readonly sizeBytes?: number
  /** @defaultValue 16 MiB, or what `sizeBytes` needs */
  readonly partSizeBytes?: number
}

export const uploadInParts = async (
  r2: R2Client,
  source: AsyncIterable<Uint8Array>,
  target: ObjectPlace,
  options: MultipartOptions,
): Promise<Outcome> => {
  const partSizeBytes = options.partSizeBytes ?? partSizeFor(options.sizeBytes)
  const { bucket, key } = target
  const { fields, signal } = options
  const condition = onlyIfAbsent(options.noClobber)
  const parts = partsOf(source, partSizeBytes)
  const first = await parts.next()
  const firstBytes = first.done === true ? new Uint8Array(0) : first.value
  if (firstBytes.byteLength < partSizeBytes) {
    const { etag } = await r2.objects.put({ bucket, key, body: firstBytes, ...fields, ...condition }, { signal })
    options.onBytes(firstBytes.byteLength)
    return { bytes: firstBytes.byteLength, etag, verified: 'md5' }
  }

  const { uploadId } = await r2.multipart.create({ bucket, key, ...fields }, { signal })
  try {
    const sent: { partNumber: number; etag: string }[] = []
    const digests = createHash('md5')
    let bytes = 0
    for (let part = firstBytes; ; ) {
      const partNumber = sent.length + 1
      if (partNumber > partCountMax) throw tooLong(partSizeBytes)
      const digest = createHash('md5').update(part).digest()
      digests.update(digest)
      const { etag } = await r2.multipart.uploadPart({ bucket, key, uploadId, partNumber, body: part }, { signal })
      expectEtag(etag, digest.toString('hex'), `part ${partNumber}`)
      sent.push({ partNumber, etag })
      bytes += part.byteLength
      options.onBytes(part.byteLength)
      const next = await parts.next()
      if (next.done === true) break
      part = next.value
    }
    const { etag } = await r2.multipart.complete({ bucket, key, uploadId, parts: sent, ...condition }, { signal })
    // The ETag of the whole: the MD5 of the parts' MD5s, and their number.
    expectEtag(etag, `${digests.digest('hex')}-${sent.length}`, 'the object')
    return { bytes, etag, verified: 'md5' }
  } catch (error) {
    // The signal may be what ended the upload, so cleaning up does without it; its own failure must not hide the first.
    await r2.multipart.abort({ bucket, key, uploadId }).catch(() => undefined)
    throw error
  }
}

const partSizeFor = (sizeBytes: number | undefined): number => {
  const needed = Math.ceil((sizeBytes ?? 0) / partCountMax / mebibyte) * mebibyte
  return Math.max(defaultPartBytes, needed)
}

const expectEtag = (etag: string, expected: string, what: string): void => {
  if (etag === expected) return
  throw new R2Error('IntegrityMismatch', `R2 stored ${what} as ${etag}, but the bytes sent have ${expected}.`)
}

const tooLong = (partSizeBytes: number): R2Error =>
  new R2Error('EntityTooLarge', `The stream is longer than ${partCountMax} parts of ${partSizeBytes} bytes.`, {
    hint: 'Write it to a file first: with a known length the parts can be larger.',
  })

/** Cuts a stream into pieces of exactly `size` bytes, and a last one of what remains. Each piece is a buffer of its own. */
export async function* partsOf(source: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Uint8Array> {
  let part = new Uint8Array(size)
  let filled = 0
  for await (const chunk of source) {
    for (let offset = 0; offset < chunk.byteLength; ) {
      const piece = chunk.subarray(offset, offset + size - filled)
      part.set(piece, filled)
      filled += piece.byteLength
      offset += piece.byteLength
      if (filled === size) {
        yield part
        part = new Uint8Array(size)
        filled = 0
      }
    }
  }
  if (filled > 0) yield part.subarray(0, filled)
}
