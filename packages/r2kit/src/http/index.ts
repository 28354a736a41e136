export type { ChunkConsumer, ZeroCopy } from './body/drain.js'
export type { Body, FromSource } from './body/request-body.js'
export type { ReopenableBody } from './body/source-kind.js'
export type { PlainRequest, PlainResponse, PlainSend, Streams } from './bounded-exchange.js'
export type { ConnectionOptions } from './connection-options.js'
export type { ProxyOptions } from './proxy.js'
export {
  cancelBody,
  type HeaderFields,
  type HttpMethod,
  type HttpRequest,
  type HttpResponse,
  headerOf,
  isSuccess,
  maxErrorBytes,
  mayHaveBody,
  type RequestBody,
  type RequestBounds,
  type Transport,
} from './transport.js'
