/** The body of a request as it is stored, after the checks that R2 makes before it acts. */
import { sha256Hex } from '#hash'
import { md5 } from '#md5'
import { base64FromBytes } from '../../base/bytes.js'
import type { HeaderFields } from '../../http/index.js'
import { unframed } from './aws-chunked.js'
import { Refusal } from './refusal.js'
import { announcedChecksum, computedChecksum, type SimulatedChecksum, verifiedChecksum } from './simulated-checksum.js'

export interface ReceivedBody {
  readonly bytes: Uint8Array
  /** The checksum that the request carried. */
  readonly checksum: SimulatedChecksum | undefined
}

const unsignedTrailer = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER'
const noTrailers: ReadonlyMap<string, string> = new Map()

/**
 * @param verifies whether checksums are compared; otherwise they are computed
 * @throws Refusal where a digest is not that of the bytes, or the request has a form of body that R2 rejects. Nothing is stored
 * then.
 */
export const receivedBody = (
  operation: string,
  headers: HeaderFields,
  sent: Uint8Array,
  verifies = true,
): ReceivedBody => {
  const { 'x-amz-content-sha256': signed, 'content-md5': contentMd5 } = headers
  const isFramed = signed === unsignedTrailer
  if (!isFramed && signed?.startsWith('STREAMING-')) throw new Refusal(501, 'NotImplemented')
  if (!isFramed && isFraming(headers)) throw new Refusal(500, 'InternalError')
  // Of a completion, the checksum is that of the whole object, not of the document.
  const announced = operation === 'CompleteMultipartUpload' ? undefined : announcedChecksum(headers)
  if (operation === 'UploadPart' && announced?.algorithm.startsWith('SHA')) throw new Refusal(501, 'NotImplemented')
  const { bytes, trailers } = isFramed ? unframed(sent) : { bytes: sent, trailers: noTrailers }
  if (isFramed) requireFraming(headers, bytes, trailers)
  if (signed !== undefined && /^[0-9a-f]{64}$/.test(signed) && signed !== sha256Hex(bytes)) {
    throw new Refusal(400, 'XAmzContentSHA256Mismatch')
  }
  if (contentMd5 !== undefined && contentMd5 !== base64FromBytes(md5(bytes))) throw new Refusal(400, 'BadDigest')
  if (announced === undefined) return { bytes, checksum: undefined }
  if (!verifies) return { bytes, checksum: computedChecksum(announced.algorithm, bytes) }
  const { algorithm, value = trailers.get(headers['x-amz-trailer']?.trim().toLowerCase() ?? '') } = announced
  return { bytes, checksum: verifiedChecksum(algorithm, value, bytes) }
}

const isFraming = ({ 'content-encoding': coding, ...headers }: HeaderFields): boolean =>
  headers['x-amz-trailer'] !== undefined ||
  headers['x-amz-decoded-content-length'] !== undefined ||
  coding?.split(',').some((one) => one.trim() === 'aws-chunked') === true

const requireFraming = (headers: HeaderFields, bytes: Uint8Array, trailers: ReceivedTrailers): void => {
  const { 'x-amz-decoded-content-length': length, 'x-amz-trailer': announced } = headers
  if (length === undefined || !/^\d+$/.test(length)) throw new Refusal(411, 'MissingContentLength')
  if (Number(length) !== bytes.length) throw new Refusal(400, 'IncompleteBody')
  for (const name of trailers.keys()) {
    if (name !== announced?.trim().toLowerCase()) throw new Refusal(400, 'InvalidRequest')
  }
}

type ReceivedTrailers = ReadonlyMap<string, string>
