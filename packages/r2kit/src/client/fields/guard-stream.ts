/** Guards bodies that stream. Loaded with the other code for streams. */
import { createMd5 } from '#md5'
import { base64FromBytes } from '../../base/bytes.js'
import { checksumLengths, createChecksum } from '../../base/checksums/index.js'
import { awsChunked, awsChunkedLength } from '../../http/body/aws-chunked.js'
import { sourceFailed } from '../../http/body/counted-source.js'
import { headerOf } from '../../http/index.js'
import { visitChunks } from '../visit-chunks.js'
import { checksumHeaders } from './checksum.js'
import { ChecksumProof } from './checksum-proof.js'
import { Md5Proof } from './compare-etag.js'
import { hashedBody } from './hashed-body.js'
import { PassingHash } from './passing-hash.js'
import type { StreamGuards } from './stream-guards.js'

export const withTrailer: StreamGuards['withTrailer'] = (given, algorithm, md5OnDemand) => {
  const { headers, body, integrity } = given
  const { contentLength } = body
  const name = checksumHeaders[algorithm]
  const trailer = { name, valueLength: base64Length(checksumLengths[algorithm]) }
  // Without a confirmation, the server may turn out to ignore trailers.
  const isConfirmed = integrity.support('trailer', algorithm) === 'supported'
  const sent = isConfirmed ? undefined : new PassingHash(contentLength, createMd5)
  let value = ''
  const open = () => {
    const checksum = createChecksum(algorithm)
    const alongside = sent?.start()
    return awsChunked(body.open(), contentLength, {
      ...trailer,
      update(chunk) {
        checksum.update(chunk)
        alongside?.(chunk)
      },
      value() {
        value = base64FromBytes(checksum.digest())
        return value
      },
    })
  }
  const coding = headerOf(headers, 'content-encoding')
  headers['content-encoding'] = coding === undefined ? 'aws-chunked' : `${coding},aws-chunked`
  headers['x-amz-decoded-content-length'] = String(contentLength)
  headers['x-amz-trailer'] = name
  const md5 = sent === undefined ? md5OnDemand : () => sent.hex
  return {
    body: { ...body, contentLength: awsChunkedLength(contentLength, trailer), open },
    payloadHash: 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
    proof: new ChecksumProof({ ...given, form: 'trailer', md5 }, algorithm, () => value),
  }
}

export const withPassingMd5: StreamGuards['withPassingMd5'] = (given) => {
  const { body } = given
  const sent = new PassingHash(body.contentLength, createMd5)
  const open = () => hashedBody(body.open(), sent.start())
  return { body: { ...body, open }, proof: new Md5Proof({ ...given, md5: () => sent.hex }, false) }
}

export const digestOf: StreamGuards['digestOf'] = async ({ body, signal, disposed }, algorithm) => {
  const hash = algorithm === 'MD5' ? createMd5() : createChecksum(algorithm)
  try {
    await visitChunks(body.open(), (chunk) => hash.update(chunk), signal, disposed)
  } catch (cause) {
    sourceFailed(cause)
  }
  return hash.digest()
}

const base64Length = (bytes: number): number => Math.ceil(bytes / 3) * 4
