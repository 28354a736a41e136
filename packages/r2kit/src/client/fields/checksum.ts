import { base64FromBytes, bytesFromBase64 } from '../../base/bytes.js'
import type { ChecksumAlgorithm } from '../../base/checksums/index.js'
import { R2Error } from '../../errors/index.js'
import { type HeaderFields, headerOf, type RequestBody } from '../../http/index.js'
import { anyText, objectOf, oneOf, required } from '../../validation/index.js'

/** A checksum to send with a body: R2 refuses the body if it does not agree. */
export interface ChecksumInput {
  readonly algorithm: ChecksumAlgorithm
  /** Base64. Computed from a body in memory where absent; required for streams. */
  readonly value?: string
}

/** A checksum as R2 keeps it. Composite ones (over part checksums) end in `-` and the number of parts. */
export interface ObjectChecksum {
  readonly algorithm: ChecksumAlgorithm
  readonly value: string
  readonly type?: 'FULL_OBJECT' | 'COMPOSITE'
}

const digestBytes: Readonly<Record<ChecksumAlgorithm, number>> = {
  CRC32: 4,
  CRC32C: 4,
  CRC64NVME: 8,
  SHA1: 20,
  SHA256: 32,
}
const algorithms = Object.keys(digestBytes) as ChecksumAlgorithm[]

export const algorithmField = oneOf(...algorithms)

export const checksumField = objectOf<ChecksumInput>('a checksum', {
  algorithm: required(algorithmField),
  value: anyText,
})

/** The algorithms that R2 takes on parts; SHA-1 and SHA-256 are 501 there. Source: r2/api/s3/api, UploadPart. */
export type PartChecksumAlgorithm = Exclude<ChecksumAlgorithm, 'SHA1' | 'SHA256'>

/** A checksum of a part. */
export interface PartChecksumInput extends ChecksumInput {
  readonly algorithm: PartChecksumAlgorithm
}

export const partAlgorithmField = oneOf('CRC32', 'CRC32C', 'CRC64NVME')

export const partChecksumField = objectOf<PartChecksumInput>('the checksum of a part', {
  algorithm: required(partAlgorithmField),
  value: anyText,
})

/**
 * The checksum with its value, computed where the body is in memory. The code of the algorithms is loaded by the first request
 * that needs it: it is larger than the rest of a put.
 */
export const withChecksumValue = async (checksum: ChecksumInput, body: RequestBody): Promise<ChecksumInput> => {
  const { algorithm } = checksum
  if (body.kind === 'stream') {
    throw new R2Error(
      'InvalidInput',
      'checksum.value is missing: R2 takes a checksum only before the body, and a stream has none yet',
      { field: 'checksum.value', hint: 'Pass the value, pass bytes, or use r2.transfers.upload.' },
    )
  }
  const { checksumOf } = await import('../../base/checksums/index.js')
  const bytes = body.kind === 'bytes' ? body.bytes : new Uint8Array(0)
  return { algorithm, value: base64FromBytes(checksumOf(algorithm, bytes)) }
}

/** Writes the checksum's header; its value is there or has been computed (`withChecksumValue`). */
export const addChecksum = (headers: HeaderFields, checksum: ChecksumInput | undefined): void => {
  if (checksum === undefined) return
  const { algorithm, value = '' } = checksum
  if (bytesFromBase64(value)?.byteLength !== digestBytes[algorithm]) {
    const field = 'checksum.value'
    throw new R2Error('InvalidInput', `${field} must be ${digestBytes[algorithm]} bytes in base64 for ${algorithm}`, {
      field,
      hint: 'Leave it out for bodies in memory: it is computed then.',
    })
  }
  headers[`x-amz-checksum-${algorithm.toLowerCase()}`] = value
}

/** Base64 of exactly 16 bytes, or an error. */
export const checkContentMd5 = (value: string): string => {
  if (bytesFromBase64(value)?.byteLength === 16) return value
  throw new R2Error('InvalidInput', 'contentMd5 must be 16 bytes in base64', {
    field: 'contentMd5',
    hint: 'Encode the digest itself in base64, not its hex form.',
  })
}

/** The checksum in the headers of a response, if any. */
export const checksumFrom = (headers: HeaderFields): ObjectChecksum | undefined => {
  for (const algorithm of algorithms) {
    const value = headerOf(headers, `x-amz-checksum-${algorithm.toLowerCase()}`)
    if (value === undefined) continue
    const type = headerOf(headers, 'x-amz-checksum-type')
    return type === 'FULL_OBJECT' || type === 'COMPOSITE' ? { algorithm, value, type } : { algorithm, value }
  }
  return undefined
}
