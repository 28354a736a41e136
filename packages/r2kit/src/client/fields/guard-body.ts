/** Guards bodies that stream, and bodies with another check than CRC-32. Loaded by the first of them. */
import { md5 } from '#md5'
import { base64FromBytes, bytesFromBase64, hexFromBytes } from '../../base/bytes.js'
import { type ChecksumAlgorithm, checksumOf } from '../../base/checksums/index.js'
import { noop } from '../../base/noop.js'
import { type HeaderFields, headerOf, type RequestBody } from '../../http/index.js'
import { refuseInput } from '../../validation/refuse.js'
import type { IntegrityForm } from '../client-integrity.js'
import type { OperationContext } from '../operation.js'
import { checkIntegrity, integrityOf } from './check-integrity.js'
import { type ChecksumInput, checksumHeaders } from './checksum.js'
import { ChecksumProof } from './checksum-proof.js'
import { Md5Proof } from './compare-etag.js'
import { bareEtag } from './etag.js'
import { bytesIn, type GuardedBody, type GuardedInput, type HeaderForm, signedBytesMax } from './guarded-body.js'
import { etagOfBytes } from './md5-etag.js'
import { addChecksum, checkContentMd5 } from './sent-checksum.js'
import { storedAlgorithm } from './stored-algorithm.js'
import type { StreamGuards, StreamToGuard } from './stream-guards.js'
import type { ProofScope, UploadProof, VerifiedBy } from './upload-proof.js'

/** A body that is to be guarded, and the request that it is part of. */
export interface BodyToGuard {
  readonly input: GuardedInput
  /** Headers of the request, to which those of the check are added. */
  readonly headers: HeaderFields
  readonly body: RequestBody
  /** Where the checksum of a body that can be read before it is sent travels. */
  readonly form: HeaderForm
  readonly context: OperationContext
  readonly signal: AbortSignal | undefined
  /** Guards bodies that stream; undefined for other bodies. */
  readonly streams: StreamGuards | undefined
}

/** Chooses how a body is guarded: by the caller's checksum, in a header, in a trailer, by its MD5, or not at all. */
export const guardBody = async (given: BodyToGuard): Promise<GuardedBody> => {
  const { input, body, form, context } = given
  checkIntegrity(input, form, context.integrity.default)
  if (input.checksum !== undefined || input.contentMd5 !== undefined) return withChecksumOfCaller(given)
  const integrity = integrityOf(input, context.integrity.default)
  if (integrity === 'none') {
    // The outcome of a conditional write is resolved by the MD5.
    return { body, payloadHash: 'UNSIGNED-PAYLOAD', proof: callersProof(() => undefined, md5OnDemand(given)) }
  }
  const algorithm = storedAlgorithm(integrity)
  const stream = streamOf(given)
  // Files and Blobs are read before they are sent.
  const passing = stream?.given.body.source === 'stored' ? undefined : stream
  const travels = passing === undefined ? form : 'trailer'
  if (algorithm === undefined || !mayTry(given, travels, algorithm))
    return passing?.guards.withPassingMd5(passing.given) ?? withMd5(given)
  return passing?.guards.withTrailer(passing.given, algorithm, md5OnDemand(given)) ?? withHeader(given, algorithm)
}

/** The body as a stream, with the code that guards it; undefined for a body in memory. */
const streamOf = ({ body, streams: guards, ...given }: BodyToGuard) => {
  if (body.kind !== 'stream' || guards === undefined) return undefined
  const { headers, context, form, signal, input } = given
  const { integrity, disposed } = context
  const stream: StreamToGuard = {
    headers,
    body,
    integrity,
    form,
    hasMd5Etag: input.ssec === undefined,
    signal,
    disposed,
  }
  return { guards, given: stream }
}

/** Whether the server takes the checksum, or may refuse it without harm: a one-shot stream could not be sent again. */
const mayTry = ({ body, context }: BodyToGuard, form: IntegrityForm, algorithm: ChecksumAlgorithm): boolean => {
  const support = context.integrity.support(form, algorithm)
  if (support !== 'unknown') return support !== 'unsupported'
  return body.kind !== 'stream' || (body.source ?? 'once') !== 'once'
}

/** R2 verifies a checksum of the caller's; nothing is compared here. */
const withChecksumOfCaller = (given: BodyToGuard): GuardedBody => {
  const { input, body, headers } = given
  if (input.checksum === undefined) {
    const value = checkContentMd5(input.contentMd5 ?? '')
    headers['content-md5'] = value
    const hex = hexFromBytes(bytesFromBase64(value) ?? new Uint8Array(0))
    const isStored = (sent: HeaderFields) => bareEtag(headerOf(sent, 'etag') ?? '') === hex
    return {
      body,
      proof: callersProof(
        (sent) => (isStored(sent) ? 'etag' : undefined),
        () => hex,
      ),
    }
  }
  const checksum = input.checksum.value === undefined ? withChecksumValue(input.checksum, body) : input.checksum
  const { algorithm, value = '' } = checksum
  addChecksum(headers, checksum)
  const isRepeated = (sent: HeaderFields) => headerOf(sent, checksumHeaders[algorithm]) === value
  const proof = callersProof((sent) => (isRepeated(sent) ? algorithm : undefined), md5OnDemand(given))
  return { body, proof: { ...proof, checksum: () => ({ algorithm, value }) } }
}

/** The checksum with its value, computed where the body is in memory. */
const withChecksumValue = (checksum: ChecksumInput, body: RequestBody): ChecksumInput => {
  const { algorithm } = checksum
  if (body.kind === 'stream') {
    throw refuseInput(
      'checksum.value',
      'is missing: R2 takes a checksum before the body, so that of a stream cannot be computed',
      'Pass the value, pass the body as bytes, or use r2.transfers.upload.',
    )
  }
  return { algorithm, value: base64FromBytes(checksumOf(algorithm, bytesIn(body) ?? nothing)) }
}

/** The proof of a request whose response is not compared with the bytes. */
const callersProof = (verifiedBy: UploadProof['verifiedBy'], md5Of: UploadProof['md5']): UploadProof => {
  let recoveredBy: VerifiedBy | undefined
  return {
    verify: noop,
    verifiedBy: (headers) => recoveredBy ?? verifiedBy(headers),
    recover(by) {
      recoveredBy = by
    },
    checksum: () => undefined,
    md5: md5Of,
  }
}

/** Sends a checksum before the bytes. Files and Blobs are read twice. */
const withHeader = async (given: BodyToGuard, algorithm: ChecksumAlgorithm): Promise<GuardedBody> => {
  const { headers, body, form } = given
  const stream = streamOf(given)
  const digest =
    stream === undefined
      ? checksumOf(algorithm, bytesIn(body) ?? nothing)
      : await stream.guards.digestOf(stream.given, algorithm)
  const value = base64FromBytes(digest)
  headers[checksumHeaders[algorithm]] = value
  const proof = new ChecksumProof(scopeOf(given, form, md5OnDemand(given)), algorithm, () => value)
  // The digest of a SHA-256 serves the signature too.
  if (algorithm === 'SHA256') return { body, proof, payloadHash: hexFromBytes(digest) }
  return { body, proof, ...payloadHashFor(body) }
}

/** Sends Content-MD5 before bytes, files and Blobs. */
const withMd5 = async (given: BodyToGuard): Promise<GuardedBody> => {
  const { headers, body, form } = given
  const stream = streamOf(given)
  const digest =
    stream === undefined ? md5(bytesIn(body) ?? nothing) : await stream.guards.digestOf(stream.given, 'MD5')
  headers['content-md5'] = base64FromBytes(digest)
  const hex = hexFromBytes(digest)
  const scope = scopeOf(given, form, () => hex)
  return { body, proof: new Md5Proof(scope, true), ...payloadHashFor(body) }
}

const payloadHashFor = (body: RequestBody): Pick<GuardedBody, 'payloadHash'> =>
  body.kind === 'bytes' && body.bytes.byteLength > signedBytesMax ? { payloadHash: 'UNSIGNED-PAYLOAD' } : {}

const scopeOf = ({ input, context }: BodyToGuard, form: IntegrityForm, md5Of: ProofScope['md5']): ProofScope => ({
  integrity: context.integrity,
  form,
  hasMd5Etag: input.ssec === undefined,
  md5: md5Of,
})

/** Computes the MD5 of bytes that can be read again, at most once, when it is needed. */
const md5OnDemand = (given: BodyToGuard): ProofScope['md5'] => {
  const stream = streamOf(given)
  if (stream === undefined) return () => etagOfBytes(bytesIn(given.body) ?? nothing)
  if ((stream.given.body.source ?? 'once') === 'once') return () => undefined
  let hex: Promise<string> | undefined
  return () => {
    hex ??= stream.guards.digestOf(stream.given, 'MD5').then(hexFromBytes)
    return hex
  }
}

const nothing = new Uint8Array(0)
