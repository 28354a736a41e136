/**
 * How a body is sent so that R2 stores these bytes or none. The common case, bytes with a CRC-32, is part of the core; all others
 * are loaded by their first request.
 */
import type { Body, HeaderFields, RequestBody } from '../../http/index.js'
import type { IntegrityForm } from '../client-integrity.js'
import type { EncodedRequest, OperationContext } from '../operation.js'
import { type ChecksumInput, checksumHeaders, crc32Text } from './checksum.js'
import { ChecksumProof } from './checksum-proof.js'
import type { Integrity } from './integrity.js'
import type { CustomerKey } from './ssec.js'

/** The fields of PutObjectInput and UploadPartInput that determine how a body is sent and verified. */
export interface GuardedInput {
  readonly body: Body
  readonly contentLength?: number | undefined
  readonly integrity?: Integrity | undefined
  readonly verify?: boolean | undefined
  readonly ssec?: CustomerKey | undefined
  readonly checksum?: ChecksumInput | undefined
  readonly contentMd5?: string | undefined
}

/** The check of clients that choose none: R2 rejects other bytes before it stores them, at the least cost. */
export const integrityDefault: Integrity = 'crc32'

/** A request whose body is to be added. */
export type Bodiless = EncodedRequest & { headers: HeaderFields }

/** Where the checksum of a body in memory or in a file travels. */
export type HeaderForm = Exclude<IntegrityForm, 'trailer' | 'upload'>

/** The properties of an encoded request that depend on its body. */
export type GuardedBody = Pick<EncodedRequest, 'body' | 'payloadHash' | 'proof'>

/**
 * Longest body in memory whose SHA-256 is part of the signature, in bytes. The signature of a longer one covers its checksum, so
 * that the bytes are not read twice.
 */
export const signedBytesMax = 1024 * 1024

const nothing = new Uint8Array(0)

/** The bytes of a body that is in memory; undefined for a stream. */
export const bytesIn = (body: RequestBody): Uint8Array | undefined =>
  body.kind === 'stream' ? undefined : body.kind === 'bytes' ? body.bytes : nothing

/** Sends bytes with their CRC-32, and adds its header. Undefined where another check is due, or another kind of body. */
export const withCrc32 = (
  input: GuardedInput,
  headers: HeaderFields,
  body: RequestBody,
  form: HeaderForm,
  { integrity }: OperationContext,
): GuardedBody | undefined => {
  const bytes = bytesIn(body)
  const isDue = input.checksum === undefined && input.contentMd5 === undefined && input.verify !== false
  if (bytes === undefined || !isDue || (input.integrity ?? integrity.default) !== 'crc32') return undefined
  if (integrity.support(form, 'CRC32') === 'unsupported') return undefined
  const value = crc32Text(bytes)
  headers[checksumHeaders.CRC32] = value
  const md5 = async () => (await import('./md5-checks.js')).etagOfBytes(bytes)
  const scope = { integrity, form, hasMd5Etag: input.ssec === undefined, md5 }
  const proof = new ChecksumProof(scope, 'CRC32', () => value)
  return bytes.byteLength > signedBytesMax ? { body, proof, payloadHash: 'UNSIGNED-PAYLOAD' } : { body, proof }
}
