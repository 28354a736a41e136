/** Signed requests made by hand: every way in which the bytes of an object or of a part reach R2, and their check. */
import { createHash } from 'node:crypto'
import { type ChecksumAlgorithm, checksumOf, RequestSigner, type SigningCredentials } from 'r2kit/protocol'

export const content = Buffer.from('checked bytes of an object')
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')
const sumOf = (algorithm: ChecksumAlgorithm): string => base64(checksumOf(algorithm, content))
const fieldOf = (algorithm: ChecksumAlgorithm): string => `x-amz-checksum-${algorithm.toLowerCase()}`

interface Form {
  readonly isPart?: true
  readonly headers: Readonly<Record<string, string>>
  readonly payloadHash: string
  readonly body: Buffer
  /** Sends the body in chunks of the transfer coding, without `Content-Length`. */
  readonly isTransferChunked?: true
}

const unsigned = 'UNSIGNED-PAYLOAD'
const inHeader = (algorithm: ChecksumAlgorithm): Form => ({
  headers: { [fieldOf(algorithm)]: sumOf(algorithm) },
  payloadHash: unsigned,
  body: content,
})

const inTrailer = (algorithm: ChecksumAlgorithm): Form => ({
  headers: {
    'content-encoding': 'aws-chunked',
    'x-amz-decoded-content-length': String(content.length),
    'x-amz-trailer': fieldOf(algorithm),
  },
  payloadHash: 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
  body: Buffer.concat([
    ...[content.subarray(0, 10), content.subarray(10)].flatMap((chunk) => [
      Buffer.from(`${chunk.length.toString(16)}\r\n`),
      chunk,
      Buffer.from('\r\n'),
    ]),
    Buffer.from(`0\r\n${fieldOf(algorithm)}:${sumOf(algorithm)}\r\n\r\n`),
  ]),
})

const withMd5: Form = {
  headers: { 'content-md5': createHash('md5').update(content).digest('base64') },
  payloadHash: unsigned,
  body: content,
}
const withSignedHash: Form = {
  headers: {},
  payloadHash: createHash('sha256').update(content).digest('hex'),
  body: content,
}

const isPart = true

const forms: Readonly<Record<string, Form>> = {
  'object with CRC32 in a header': inHeader('CRC32'),
  'object with CRC32C in a header': inHeader('CRC32C'),
  'object with CRC64NVME in a header': inHeader('CRC64NVME'),
  'object with SHA256 in a header': inHeader('SHA256'),
  'object with Content-MD5': withMd5,
  'object with a signed hash': withSignedHash,
  'object with a CRC32 trailer': inTrailer('CRC32'),
  'object with a CRC64NVME trailer': inTrailer('CRC64NVME'),
  'object with a CRC32 trailer, in transfer chunks': { ...inTrailer('CRC32'), isTransferChunked: true },
  'part with CRC32 in a header': { ...inHeader('CRC32'), isPart },
  'part with Content-MD5': { ...withMd5, isPart },
  'part with a CRC32 trailer': { ...inTrailer('CRC32'), isPart },
}

export const formNames = Object.keys(forms)

export const formNamed = (name: string): Form => {
  const form = forms[name]
  if (form === undefined) throw new Error(`there is no form '${name}': ${formNames.join(', ')}`)
  return form
}

interface Endpoint {
  /** `127.0.0.1:4000`. */
  readonly host: string
  readonly credentials: SigningCredentials
}

/** The bytes of a request, as they are sent. */
export const requestBytes = (
  { headers, payloadHash, body, isTransferChunked }: Form,
  path: string,
  query: string,
  { host, credentials }: Endpoint,
): Buffer => {
  const fields: Record<string, string> = { host, ...headers }
  new RequestSigner({ region: 'auto' }).sign(
    { method: 'PUT', path, query, headers: fields },
    credentials,
    payloadHash,
    Date.now(),
  )
  const framing = isTransferChunked ? 'transfer-encoding: chunked' : `content-length: ${body.length}`
  const sent = isTransferChunked ? inTransferChunks(body) : body
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}`)
  const head = [`PUT ${path}${query === '' ? '' : `?${query}`} HTTP/1.1`, ...lines, framing, '', ''].join('\r\n')
  return Buffer.concat([Buffer.from(head), sent])
}

const inTransferChunks = (body: Buffer): Buffer =>
  Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n0\r\n\r\n')])
