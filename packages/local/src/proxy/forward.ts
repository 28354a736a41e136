/** Forwards a request: signs it for the target, and turns the target's response into a reply. */
import type { IncomingMessage } from 'node:http'
import {
  canonicalPathFromRaw,
  canonicalQueryFromRaw,
  type HttpMethod,
  type HttpRequest,
  type HttpResponse,
  isR2Error,
  parseAmzDate,
  parseAuthorization,
  parseCredential,
  type RequestSigner,
  type SigningCredentials,
  type Transport,
  unsignedPayload,
} from 'r2kit/protocol'
import { S3Error } from '../errors/s3-error.js'
import { targetOf } from '../faults/request-target.js'
import type { AlteredRequest } from '../faults/respond-with-fault.js'
import { payloadOf } from '../http/payload.js'
import { errorReply, type Reply } from '../http/reply.js'
import { QueryParameters } from '../routing/query.js'
import { parseTarget } from '../routing/target.js'
import { forwardedBody } from './forwarded-body.js'

export interface ForwardingContext {
  readonly target: string
  readonly credentials: SigningCredentials
  readonly signer: RequestSigner
  readonly transport: Transport
  /** Reads the bucket name from a Host field; undefined if the path names the bucket. */
  bucketOfHost(hostField: string | undefined): string | undefined
}

/** Never rejects: errors become error documents. A target that cannot be reached is 502 BadGateway. */
export const forward = async (
  context: ForwardingContext,
  incoming: IncomingMessage,
  { corruptedByte, skewMs = 0 }: AlteredRequest = {},
): Promise<Reply> => {
  try {
    const bucket = context.bucketOfHost(incoming.headers.host)
    const { rawPath, rawQuery } = parseTarget(incoming.url ?? '', bucket)
    const query = new QueryParameters(rawQuery)
    requireMethod(incoming)
    requireLocalHost(incoming)
    requireOwnKey(incoming, query, context.credentials.accessKeyId)
    requireNear(incoming, query, Date.now() + skewMs)
    requireUnsignedChunks(incoming)
    requireLength(incoming, bucket)
    // The target is addressed in path style.
    const path = bucket === undefined ? rawPath : `/${bucket}${rawPath}`
    const body = await forwardedBody(incoming, corruptedByte)
    const request = signedRequest(context, incoming, { path, rawQuery, body })
    const reply = await replyOf(await context.transport.send(request), request.method)
    return skewMs === 0
      ? reply
      : { ...reply, headers: { ...reply.headers, date: new Date(Date.now() + skewMs).toUTCString() } }
  } catch (error) {
    if (error instanceof S3Error) return errorReply(error)
    return badGateway(error)
  }
}

const badGateway = (error: unknown): Reply => ({
  status: 502,
  headers: { 'content-type': 'application/xml' },
  body: {
    kind: 'text',
    text: `<?xml version="1.0" encoding="UTF-8"?><Error><Code>BadGateway</Code><Message>${escaped(reasonOf(error))}</Message></Error>`,
  },
})

const reasonOf = (error: unknown): string =>
  isR2Error(error) ? error.message : 'The proxy could not forward the request.'

const escaped = (message: string): string => message.replace(/[<>&]/g, (character) => `&#${character.charCodeAt(0)};`)

const methods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'PUT', 'POST', 'DELETE'])

const requireMethod = ({ method = '' }: IncomingMessage): void => {
  // Without preflights, web pages cannot use the proxy.
  if (!methods.has(method)) throw new S3Error('NotImplemented', `${method} is not forwarded by the proxy`)
}

const localHost = /^(?:127(?:\.\d{1,3}){3}|(?:[a-z0-9.-]+\.)?localhost|\[::1\])(?::\d+)?$/i

/** A web page can make its own name resolve to 127.0.0.1, but not send another Host. The name `localhost` cannot be registered. */
const requireLocalHost = ({ headers }: IncomingMessage): void => {
  if (!localHost.test(headers.host ?? ''))
    throw new S3Error('AccessDenied', 'The Host header does not name this machine.')
}

const requireOwnKey = ({ headers }: IncomingMessage, query: QueryParameters, accessKeyId: string): void => {
  const credential =
    headers.authorization === undefined
      ? query.get('X-Amz-Credential')
      : parseAuthorization(headers.authorization).credential
  const scope = credential === undefined ? undefined : parseCredential(credential)
  if (typeof scope === 'object' && scope.accessKeyId === accessKeyId) return
  throw new S3Error('AccessDenied', 'The request does not name the access key ID that the proxy signs with.')
}

/**
 * Chunks that are signed one by one are signed for the host of the proxy too, which cannot sign them again.
 * @throws S3Error `NotImplemented`, as R2 does
 */
const requireUnsignedChunks = ({ headers }: IncomingMessage): void => {
  const hash = headers['x-amz-content-sha256']
  payloadOf(typeof hash === 'string' ? hash : undefined)
}

const objectWrites: ReadonlySet<string> = new Set(['PutObject', 'UploadPart'])

/**
 * The proxy must not make a request succeed that R2 refuses: objects need a length, documents and aws-chunked bodies do not.
 * @throws S3Error `MissingContentLength`
 */
const requireLength = (incoming: IncomingMessage, virtualHostBucket: string | undefined): void => {
  const { headers } = incoming
  if (headers['transfer-encoding'] === undefined || headers['x-amz-decoded-content-length'] !== undefined) return
  if (objectWrites.has(targetOf(incoming, virtualHostBucket).operation)) throw new S3Error('MissingContentLength')
}

const maxSkewMs = 15 * 60_000

/** @throws S3Error `RequestTimeTooSkewed` for a signature whose time is more than 15 minutes from `nowMs` */
const requireNear = ({ headers }: IncomingMessage, query: QueryParameters, nowMs: number): void => {
  if (query.has('X-Amz-Date')) return
  const date = headers['x-amz-date']
  const signedMs = typeof date === 'string' ? parseAmzDate(date) : undefined
  if (signedMs !== undefined && Math.abs(signedMs - nowMs) > maxSkewMs) throw new S3Error('RequestTimeTooSkewed')
}

/** Fields of the connection to the client, of its signature, and those that the transport sets. */
const notForwarded =
  /^(?:connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|expect|host|content-length|accept-encoding|authorization|x-amz-date|x-amz-security-token)$/
const signingParameter = /^x-amz-(?:algorithm|credential|date|expires|security-token|signature|signedheaders)=/i

const signedRequest = (
  { target, credentials, signer }: ForwardingContext,
  incoming: IncomingMessage,
  { path, rawQuery, body }: { path: string; rawQuery: string; body: HttpRequest['body'] },
): HttpRequest => {
  const method = incoming.method as HttpMethod
  const headers: Record<string, string> = { host: new URL(target).host }
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value !== undefined && !notForwarded.test(name))
      headers[name] = typeof value === 'string' ? value : value.join(', ')
  }
  const kept = rawQuery.split('&').filter((pair) => pair !== '' && !signingParameter.test(pair))
  const query = canonicalQueryFromRaw(kept.join('&'))
  const payloadHash = headers['x-amz-content-sha256'] ?? unsignedPayload
  signer.sign({ method, path: canonicalPathFromRaw(path), query, headers }, credentials, payloadHash, Date.now())
  return {
    method,
    origin: target,
    path,
    query,
    headers,
    body,
    responseBody: 'stream',
    bounds: { maxResponseBytes: Number.MAX_SAFE_INTEGER, timeoutMs: 300_000, stallTimeoutMs: 300_000 },
    signal: undefined,
  }
}

const notReturned = /^(?:connection|keep-alive|transfer-encoding|content-length)$/

const replyOf = async ({ status, headers, body }: HttpResponse, method: HttpMethod): Promise<Reply> => {
  const returned = Object.fromEntries(Object.entries(headers).filter(([name]) => !notReturned.test(name)))
  const declared = headers['content-length']
  // The length of a response without a body is that of the object.
  if (method === 'HEAD' && declared !== undefined) returned['content-length'] = declared
  if (!(body instanceof Uint8Array) && declared !== undefined && Number(declared) > 0) {
    return { status, headers: returned, body: { kind: 'stream', length: Number(declared), source: body } }
  }
  // A body without a declared length is a document, which is collected to declare it.
  const bytes = body instanceof Uint8Array ? body : await collect(body)
  if (bytes.byteLength === 0) return { status, headers: returned }
  return { status, headers: returned, body: { kind: 'stream', length: bytes.byteLength, source: once(bytes) } }
}

const collect = async (chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> => {
  const pieces: Uint8Array[] = []
  for await (const chunk of chunks) pieces.push(chunk)
  return Buffer.concat(pieces)
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
