/**
 * Checksums of bodies: Content-MD5, or one of the five checksum algorithms as a header or a trailer. Checksums of multipart
 * objects follow R2's table: CRC64NVME covers the full object, all others are composite.
 */
import {
  base64FromBytes,
  bytesFromBase64,
  type ChecksumAlgorithm,
  checksumAlgorithms,
  checksumLengths,
  checksumOf,
  combineCrc64Nvme,
  concatBytes,
} from 'r2kit/protocol'
import { invalidArgument, S3Error } from '../errors/s3-error.js'
import type { RequestHeaders } from '../http/header-values.js'
import type { PartRecord, StoredChecksum } from '../storage/index.js'

export const checksumHeader = (algorithm: ChecksumAlgorithm): string => `x-amz-checksum-${algorithm.toLowerCase()}`

const headerNames = checksumAlgorithms.map((algorithm) => [algorithm, checksumHeader(algorithm)] as const)

/** The checksum that a client sends with a body. */
export interface ExpectedChecksum {
  readonly algorithm: ChecksumAlgorithm
  /** Base64; undefined if the trailer contains it. */
  readonly value: string | undefined
}

/**
 * @returns Undefined if the request announces no checksum.
 * @throws S3Error `InvalidRequest` for more than one checksum, including Content-MD5, `InvalidDigest` for a malformed one.
 */
export const readExpectedChecksum = (headers: RequestHeaders): ExpectedChecksum | undefined => {
  let found: ExpectedChecksum | undefined
  for (const [algorithm, name] of headerNames) {
    const value = headers[name]
    if (value === undefined) continue
    if (found !== undefined) throw tooManyChecksums()
    requireChecksumForm(algorithm, value)
    found = { algorithm, value }
  }
  const trailer = headers['x-amz-trailer']
  if (trailer !== undefined) {
    const name = trailer.trim().toLowerCase()
    const algorithm = headerNames.find(([, header]) => header === name)?.[0]
    if (algorithm === undefined)
      throw new S3Error('InvalidRequest', 'The value specified in the x-amz-trailer header is not supported')
    if (found !== undefined) throw tooManyChecksums()
    found = { algorithm, value: undefined }
  }
  if (found !== undefined && headers['content-md5'] !== undefined) throw tooManyChecksums()
  return found
}

/** @throws S3Error `InvalidDigest` if the value is not base64 of the algorithm's length. */
const requireChecksumForm = (algorithm: ChecksumAlgorithm, value: string): void => {
  if (bytesFromBase64(value)?.byteLength !== checksumLengths[algorithm]) throw new S3Error('InvalidDigest')
}

/**
 * The value to compare a body with: that of the header, or of the trailer.
 * @throws S3Error `InvalidRequest` if the trailer is missing, `InvalidDigest` if it is malformed
 */
export const expectedValue = (
  { algorithm, value }: ExpectedChecksum,
  trailers: ReadonlyMap<string, string>,
): string => {
  if (value !== undefined) return value
  const sent = trailers.get(checksumHeader(algorithm))
  if (sent === undefined) throw new S3Error('InvalidRequest', 'The trailer that x-amz-trailer announces is missing.')
  requireChecksumForm(algorithm, sent)
  return sent
}

/**
 * Trailers are not part of the signature, `x-amz-trailer` is: a trailer that it does not name may be a damaged one.
 * @throws S3Error `InvalidRequest`
 */
export const requireAnnounced = (trailers: ReadonlyMap<string, string>, headers: RequestHeaders): void => {
  const announced = headers['x-amz-trailer']?.trim().toLowerCase()
  for (const name of trailers.keys()) {
    if (name !== announced)
      throw new S3Error('InvalidRequest', 'The body has a trailer that x-amz-trailer does not announce.')
  }
}

const tooManyChecksums = (): S3Error => new S3Error('InvalidRequest', 'You can only specify one checksum at a time.')

/** @throws S3Error `BadDigest` */
export const requireChecksum = (algorithm: ChecksumAlgorithm, expected: string, actual: string): void => {
  if (expected !== actual) {
    throw new S3Error('BadDigest', `The ${algorithm} you specified did not match the calculated checksum.`)
  }
}

/**
 * @returns Content-MD5 as lower-case hex.
 * @throws S3Error `InvalidDigest`
 */
export const readContentMd5 = (headers: RequestHeaders): string | undefined => {
  const value = headers['content-md5']
  if (value === undefined) return undefined
  const bytes = bytesFromBase64(value)
  if (bytes?.byteLength !== 16) throw new S3Error('InvalidDigest')
  return Buffer.from(bytes).toString('hex')
}

/** @throws S3Error `BadDigest` with R2's message of three lines. */
export const requireContentMd5 = (expectedHex: string, actualHex: string): void => {
  if (expectedHex === actualHex) return
  throw new S3Error(
    'BadDigest',
    `The MD5 checksum you specified did not match what we received.\nYou provided a MD5 checksum with value: ${expectedHex}\nActual MD5 was: ${actualHex}`,
  )
}

type ChecksumType = StoredChecksum['type']

/**
 * Reads the checksum algorithm and type of a new multipart upload.
 * @throws S3Error `InvalidArgument` for an unknown type, `InvalidRequest` for an unknown algorithm or a combination that R2
 *   does not support.
 */
export const readUploadChecksum = (
  headers: RequestHeaders,
): { readonly algorithm: ChecksumAlgorithm; readonly type: ChecksumType } | undefined => {
  const algorithmText = headers['x-amz-checksum-algorithm']?.toUpperCase()
  const type = headers['x-amz-checksum-type']?.toUpperCase()
  if (algorithmText === undefined) {
    if (type === undefined) return undefined
    throw new S3Error(
      'InvalidRequest',
      'The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.',
    )
  }
  const algorithm = checksumAlgorithms.find((known) => known === algorithmText)
  if (algorithm === undefined)
    throw new S3Error(
      'InvalidRequest',
      'Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]',
    )
  const supported: ChecksumType = algorithm === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE'
  if (type !== undefined && type !== 'FULL_OBJECT' && type !== 'COMPOSITE') {
    throw invalidArgument(`Value for x-amz-checksum-type header is invalid.`)
  }
  if (type !== undefined && type !== supported) {
    throw new S3Error(
      'InvalidRequest',
      `The ${type} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`,
    )
  }
  return { algorithm, type: supported }
}

/** The checksum of a multipart object, or undefined if one of its parts has none of that algorithm. */
export const combineChecksums = (
  algorithm: ChecksumAlgorithm,
  type: ChecksumType,
  parts: readonly PartRecord[],
): StoredChecksum | undefined => {
  const values: Uint8Array[] = []
  for (const part of parts) {
    const bytes = part.checksum?.algorithm === algorithm ? bytesFromBase64(part.checksum.value) : undefined
    if (bytes === undefined) return undefined
    values.push(bytes)
  }
  if (type === 'COMPOSITE') {
    return { algorithm, type, value: `${base64FromBytes(checksumOf(algorithm, concatBytes(values)))}-${parts.length}` }
  }
  const whole = values.reduce((combined, value, index) =>
    combineCrc64Nvme(combined, value, parts[index]?.content.size ?? 0),
  )
  return { algorithm, type, value: base64FromBytes(whole) }
}

/** The checksum headers of responses to writes, and to reads with `x-amz-checksum-mode: ENABLED`. */
export const checksumHeaders = (checksum: StoredChecksum | undefined): Record<string, string> =>
  checksum === undefined
    ? {}
    : { [checksumHeader(checksum.algorithm)]: checksum.value, 'x-amz-checksum-type': checksum.type }
