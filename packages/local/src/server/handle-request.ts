/**
 * Handles a request, stage by stage: routing → preflight or authentication → operation detection → header screening →
 * lifecycle sweep of the bucket → operation. Any stage may throw an S3Error. The order is R2's: authentication errors take
 * precedence over missing buckets, unknown operations over rejected headers.
 */
import type { IncomingMessage } from 'node:http'
import type { Clock } from 'r2kit/protocol'
import { withFlippedBit } from 'r2kit/protocol'
import { authenticate, hasAuthentication } from '../authentication/authenticate.js'
import { requirePermission } from '../authentication/permission.js'
import type { Authenticator, SignedRequest } from '../authentication/signed-request.js'
import { corsHeaders, replyToPreflight } from '../cors/cors-headers.js'
import { detectOperation } from '../detection/detect-operation.js'
import type { BucketOperationName, OperationName } from '../detection/operation-name.js'
import type { InternalErrorReporter } from '../errors/internal-errors.js'
import { S3Error } from '../errors/s3-error.js'
import type { AlteredRequest } from '../faults/respond-with-fault.js'
import { decodeHeader, type RequestHeaders } from '../http/header-values.js'
import { IncomingBody } from '../http/incoming-body.js'
import { rejectUndeclaredFraming, verifyUnusedBody } from '../http/payload.js'
import { errorReply, type Reply } from '../http/reply.js'
import { normalizedKey, requireKey } from '../objects/keys.js'
import { requireBucketName } from '../objects/lookup.js'
import { listBuckets } from '../operations/buckets.js'
import type { Call, OperationContext } from '../operations/call.js'
import { bucketOperations, objectOperations } from '../operations/operations.js'
import { QueryParameters } from '../routing/query.js'
import { parseTarget, type Target } from '../routing/target.js'
import { screenHeaders } from '../screening/screen-headers.js'
import { type Storage, StorageClosed } from '../storage/index.js'

/** The state that all requests of a server share. */
export interface LocalServer extends OperationContext {
  readonly authenticator: Authenticator
  readonly reportInternalError: InternalErrorReporter
  /** Reads the bucket name from a Host field; undefined if the path names the bucket. */
  bucketOfHost(hostField: string | undefined): string | undefined
}

/**
 * Never rejects: failures of the server itself are reported and become 500 InternalError.
 * @param altered How a fault changes the request, or the server's clock. Undefined without a fault.
 */
export const handleRequest = async (
  given: LocalServer,
  incoming: IncomingMessage,
  altered?: AlteredRequest,
): Promise<Reply> => {
  const server = altered?.skewMs === undefined ? given : { ...given, clock: skewed(given.clock, altered.skewMs) }
  try {
    return await handle(server, incoming, bodyOf(incoming, altered?.corruptedByte))
  } catch (error) {
    return replyToError(server, incoming, error)
  }
}

const replyToError = (server: LocalServer, incoming: IncomingMessage, error: unknown): Reply => {
  const s3Error = error instanceof S3Error ? error : new S3Error('InternalError')
  // StorageClosed only means that the server was closed during the request.
  if (s3Error.code === 'InternalError' && !(error instanceof StorageClosed)) server.reportInternalError(error, incoming)
  return errorReply(s3Error)
}

/** A clock that differs by `skewMs`. */
const skewed = (clock: Clock, skewMs: number): Clock => ({
  now: () => clock.now() + skewMs,
  monotonicMs: () => clock.monotonicMs(),
  after: (delayMs, action, keepsAlive) => clock.after(delayMs, action, keepsAlive),
})

const bodyOf = (incoming: IncomingMessage, corruptedByte: number | undefined): IncomingBody =>
  corruptedByte === undefined
    ? new IncomingBody(incoming)
    : new IncomingBody(incoming, (chunks) => withFlippedBit(chunks, corruptedByte))

const handle = (server: LocalServer, incoming: IncomingMessage, body: IncomingBody): Reply | Promise<Reply> => {
  const method = incoming.method ?? ''
  const headers = headersOf(incoming)
  const target = parseTarget(incoming.url ?? '', server.bucketOfHost(headers.host))
  const { bucket, rawPath, rawQuery } = target
  const query = new QueryParameters(rawQuery)
  if (method === 'OPTIONS') return replyToPreflight(server.storage, bucket, headers)
  const signed = { method, rawPath, rawQuery, query, headers }
  rejectBrowserForm(target, signed)
  const { keyPair, payload } = authenticate(signed, server.authenticator, server.clock.now())
  const call = {
    server,
    method,
    query,
    headers: headers.authorization === undefined ? withHoistedHeaders(query, headers) : headers,
    body,
    payload,
    keyPair,
  }
  const reply = dispatch(call, target)
  if (headers.origin === undefined || bucket === undefined) return reply
  const replyOrError = reply.catch((error: unknown) => replyToError(server, incoming, error))
  return withCorsHeaders(replyOrError, server.storage, { bucket, method, origin: headers.origin })
}

/** Errors of the operation need CORS headers too: without them, a browser hides the error from the page. */
const withCorsHeaders = async (
  pending: Promise<Reply>,
  storage: Storage,
  { bucket, method, origin }: { bucket: string; method: string; origin: string },
): Promise<Reply> => {
  const reply = await pending
  // Looked up after the operation, which may have changed the bucket's rules.
  const fields = corsHeaders(storage, bucket, method, origin)
  return fields === undefined ? reply : { ...reply, headers: { ...reply.headers, ...fields } }
}

const headersOf = (incoming: IncomingMessage): RequestHeaders => {
  const headers: Record<string, string | undefined> = {}
  for (const name in incoming.headers) {
    const value = incoming.headers[name]
    headers[name] = typeof value === 'string' ? decodeHeader(value) : value?.join(', ')
  }
  return headers
}

/**
 * An unsigned POST to a bucket is a form upload by a browser, which R2 recognises but does not support. R2's message has
 * "implemented" twice.
 */
const rejectBrowserForm = ({ bucket, key }: Target, signed: SignedRequest): void => {
  if (signed.method !== 'POST' || bucket === undefined || key !== undefined) return
  if (signed.query.has('delete') || hasAuthentication(signed)) return
  throw new S3Error('NotImplemented', 'Presigned post requests are not yet implemented not implemented')
}

/** Presigners hoist `x-amz-` headers into the query, where they have the same meaning and are covered by the signature. */
const withHoistedHeaders = (query: QueryParameters, headers: RequestHeaders): RequestHeaders => {
  let merged: Record<string, string | undefined> | undefined
  for (const [name, value] of query.entries) {
    if (!name.startsWith('x-amz-') || (merged ?? headers)[name] !== undefined) continue
    merged ??= { ...headers }
    merged[name] = value
  }
  return merged ?? headers
}

/** The remaining stages, from the detection of the operation to its result. */
const dispatch = async (call: Call, { bucket, key }: Target): Promise<Reply> => {
  const operation = detectOperation({ bucket, key, method: call.method, query: call.query, headers: call.headers })
  requirePermission(call.keyPair, operation, bucket)
  screenHeaders(operation, call.headers)
  if (readsBody.has(operation)) rejectUndeclaredFraming(call)
  else await verifyUnusedBody(call)
  if (bucket === undefined) return listBuckets(call)
  requireBucketName(bucket)
  const sweep = call.server.lifecycle.sweepIfDue(bucket)
  if (sweep !== undefined) await sweep
  if (isBucketOperation(operation)) return bucketOperations[operation]({ bucket, ...call })
  if (key === undefined || operation === 'ListBuckets') throw new S3Error('RouteNotFound')
  requireKey(key)
  return objectOperations[operation]({ bucket, key: normalizedKey(key), keyAsSent: key, ...call })
}

const isBucketOperation = (operation: OperationName): operation is BucketOperationName => operation in bucketOperations

/** Operations that read and verify the body. Bodies of other operations are normally empty and have no effect. */
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
