/**
 * `r2kit/on-demand`: a client with whole groups of operations, whose rarer ones are loaded by their first call: what `R2Client` has,
 * without transfers. Not part of `r2kit/core`, because bundlers with code splitting keep everything together that one file exports.
 */
import { type Buckets, BucketsApi } from './client/buckets/buckets-api.js'
import { ClientOperation } from './client/client-operation.js'
import { type Multipart, MultipartApi } from './client/multipart/multipart-api.js'
import { type Objects, ObjectsApi } from './client/objects/objects-api.js'
import { type Presign, PresignApi } from './client/presign/presign-api.js'
import { streamSupport } from './client/streams.js'

export type { ClientExtension } from './client/client-extension.js'
export { layers, listeners, presignRules } from './client/client-extensions.js'
export type { ClientOperation } from './client/client-operation.js'
export {
  type Client,
  type ClientBase,
  type ClientOperations,
  type ClientOptions,
  createClient,
} from './client/create-client.js'
export { type ErrorCode, isR2Error, type R2Error } from './errors/calls.js'

/** Operations on objects: `r2.objects` of an `R2Client`. */
export const objects: ClientOperation<Objects> = /* @__PURE__ */ new ClientOperation(
  (runtime) => new ObjectsApi(runtime),
  { streams: streamSupport },
)
/** The single steps of multipart uploads: `r2.multipart` of an `R2Client`. */
export const multipart: ClientOperation<Multipart> = /* @__PURE__ */ new ClientOperation(
  (runtime) => new MultipartApi(runtime),
  { streams: streamSupport },
)
/** Buckets and their configurations: `r2.buckets` of an `R2Client`. */
export const buckets: ClientOperation<Buckets> = /* @__PURE__ */ new ClientOperation(
  (runtime) => new BucketsApi(runtime),
)
/** Presigned URLs: `r2.presign` of an `R2Client`. */
export const presign: ClientOperation<Presign> = /* @__PURE__ */ new ClientOperation(
  (runtime) => new PresignApi(runtime, runtime.presign),
)
