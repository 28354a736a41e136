export {
  type Body,
  byteSourceOf,
  claimed,
  holdUntilRead,
  isStream,
  openedAnew,
  type ReopenableBody,
  requireUnread,
  suppressUnhandledError,
  toRequestBody,
} from './body/body.js'
export { chunksOf } from './body/chunks.js'
export { drain, type TakeBytes } from './body/lending-body.js'
export { notASource } from './body/not-a-source.js'
export type { ConnectionOptions } from './connection-options.js'
export { FetchTransport, type FetchTransportOptions } from './fetch-transport.js'
export {
  type HeaderFields,
  type HttpMethod,
  type HttpRequest,
  type HttpResponse,
  headerOf,
  isSuccess,
  maxErrorBytes,
  type RequestBody,
  type Transport,
} from './message.js'
