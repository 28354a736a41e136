/**
 * A request's walk, stage by stage: routing → preflight or authentication → operation detection → header screening → the
 * bucket's lifecycle → the operation. Any stage may throw an S3Error, which becomes R2's error document. Real R2 has the
 * same order: authentication errors win over missing buckets, unknown operations over refused headers.
 */
import type { IncomingMessage } from 'node:http'
import { authenticate, hasAuthentication } from './authentication/authenticate.js'
import { corsHeaders, replyToPreflight } from './cors/reply-cors.js'
import { detectOperation } from './detection/detect-operation.js'
import type { BucketOperationName, OperationName } from './detection/operation-name.js'
import { S3Error } from './errors/s3-error.js'
import type { Call } from './http/call.js'
import { errorReply } from './http/error-document.js'
import { textOfHeader } from './http/header-text.js'
import { IncomingBody } from './http/incoming-body.js'
import type { Reply } from './http/reply.js'
import { refuseUndeclaredFraming } from './http/undeclared-framing.js'
import { requireHashOfUnread } from './http/unread-body.js'
import type { LocalServer } from './local-server.js'
import { requireBucketName } from './objects/buckets.js'
import { normalizedKey, requireKey } from './objects/keys.js'
import { listBuckets } from './operations/buckets.js'
import { bucketOperations, objectOperations } from './operations/operations.js'
import { QueryParameters } from './routing/query.js'
import { parseTarget, type Target } from './routing/target.js'
import { screenHeaders } from './screening/screen-headers.js'
import { StorageClosed } from './storage/index.js'

type Headers = Record<string, string | undefined>

/** The response to a request. Never rejects: a failure of the server itself is reported and becomes 500 InternalError. */
export const handleRequest = async (server: LocalServer, incoming: IncomingMessage): Promise<Reply> => {
  try {
    return await walk(server, incoming)
  } catch (error) {
    return refusal(server, incoming, error)
  }
}

const refusal = (server: LocalServer, incoming: IncomingMessage, error: unknown): Reply => {
  const refused = error instanceof S3Error ? error : new S3Error('InternalError')
  // A request that outlasts the server is no failure of it.
  if (refused.code === 'InternalError' && !(error instanceof StorageClosed)) server.reportInternalError(error, incoming)
  return errorReply(refused)
}

const walk = (server: LocalServer, incoming: IncomingMessage): Reply | Promise<Reply> => {
  const method = incoming.method ?? ''
  const headers = headersOf(incoming)
  const target = parseTarget(incoming.url ?? '', server.bucketOfHost(headers.host))
  const query = new QueryParameters(target.rawQuery)
  if (method === 'OPTIONS') return replyToPreflight(server.storage, target.bucket, headers)
  const nowMs = server.clock.now()
  const signed = { method, rawPath: target.rawPath, rawQuery: target.rawQuery, query, headers }
  refuseBrowserForm(target, signed)
  const payload = authenticate(signed, server.authenticator, nowMs)
  if (headers.authorization === undefined) takeHoistedHeaders(query, headers)
  const call = { ...signed, server, body: new IncomingBody(incoming), payload, nowMs }
  if (headers.origin === undefined || target.bucket === undefined) return carryOut(call, target)
  return withCors(incoming, call, target, target.bucket, headers.origin)
}

const headersOf = (incoming: IncomingMessage): Headers => {
  const headers: Headers = {}
  for (const name in incoming.headers) {
    const value = incoming.headers[name]
    headers[name] = typeof value === 'string' ? textOfHeader(value) : value?.join(', ')
  }
  return headers
}

/**
 * An unsigned POST to a bucket is a browser's form upload, which R2 recognises and does not have. The text says so twice,
 * and that is R2's.
 */
const refuseBrowserForm = (target: Target, signed: Parameters<typeof hasAuthentication>[0]): void => {
  if (signed.method !== 'POST' || target.bucket === undefined || target.key !== undefined) return
  if (signed.query.has('delete') || hasAuthentication(signed)) return
  throw new S3Error('NotImplemented', 'Presigned post requests are not yet implemented not implemented')
}

/** Presigners move `x-amz-` fields into the query: there they mean the same, and the signature covers them. */
const takeHoistedHeaders = (query: QueryParameters, headers: Headers): void => {
  for (const [name, value] of query.entries) {
    if (name.startsWith('x-amz-') && headers[name] === undefined) headers[name] = value
  }
}

const carryOut = async (call: Call, target: Target): Promise<Reply> => {
  const { bucket, key } = target
  const operation = detectOperation({ bucket, key, method: call.method, query: call.query, headers: call.headers })
  screenHeaders(operation, call.headers)
  if (readsBody.has(operation)) refuseUndeclaredFraming(call)
  else if (call.payload.kind === 'sha256') await requireHashOfUnread(call, call.payload.hex)
  if (bucket === undefined) return listBuckets(call)
  requireBucketName(bucket)
  const sweep = call.server.lifecycle.upToDate(bucket)
  if (sweep !== undefined) await sweep
  if (isBucketOperation(operation)) return bucketOperations[operation]({ ...call, bucket })
  if (key === undefined || operation === 'ListBuckets') throw new S3Error('RouteNotFound')
  requireKey(key)
  const objectCall = { ...call, bucket, key: normalizedKey(key), keyAsSent: key }
  return objectOperations[operation](objectCall)
}

const isBucketOperation = (operation: OperationName): operation is BucketOperationName => operation in bucketOperations

/** These verify the body as they read it; all others have none, or one that means nothing. */
const readsBody: ReadonlySet<OperationName> = new Set<OperationName>([
  'PutObject',
  'UploadPart',
  'CompleteMultipartUpload',
  'DeleteObjects',
  'CreateBucket',
  'PutBucketCors',
  'PutBucketEncryption',
  'PutBucketLifecycleConfiguration',
])

/** Errors of the operation carry the fields too, or a browser would hide them from its page. */
const withCors = async (
  incoming: IncomingMessage,
  call: Call,
  target: Target,
  bucket: string,
  origin: string,
): Promise<Reply> => {
  const reply = await carryOut(call, target).catch((error: unknown) => refusal(call.server, incoming, error))
  const fields = corsHeaders(call.server.storage, bucket, call.method, origin)
  return fields === undefined ? reply : { ...reply, headers: { ...reply.headers, ...fields } }
}
