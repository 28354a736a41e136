/** Options that exclude each other, or of which one is required. */
import type { ConnectionOptions, Transport } from '../http/index.js'
import { refuseOption } from '../validation/index.js'

/** The server: R2's endpoint of an account, or a URL. Both may be given if they agree. */
export type EndpointChoice = { readonly accountId: string } | { readonly endpoint: string }

/** Connection options configure the platform's transport. A transport of the caller's has its own. */
export type TransportChoice =
  | {
      /** Number and lifetime of connections. Not beside a transport of your own. @defaultValue see `ConnectionOptions` */
      readonly connections?: ConnectionOptions | undefined
      /** A function that receives the platform's transport and returns the one to use, such as a recorder around it. */
      readonly transport?: ((platform: Transport) => Transport) | undefined
    }
  | {
      /** Not beside a transport of your own. */
      readonly connections?: undefined
      /**
       * Sends requests; or a function that receives the platform's transport and returns the one to use, such as a recorder or a
       * fault injector around it. @defaultValue undici's dispatcher on Node and Deno, sockets on Bun, `fetch` elsewhere
       */
      readonly transport?: Transport | ((platform: Transport) => Transport) | undefined
    }

/** Rejects connection options beside a transport that has its own. @throws R2Error `InvalidConfig` */
export const requireOneTransport = (options: {
  readonly transport?: unknown
  readonly connections?: unknown
}): void => {
  if (typeof options.transport !== 'object' || options.connections === undefined) return
  throw refuseOption(
    'connections',
    'has no effect beside transport',
    'Omit it, and configure the connections of the transport instead.',
  )
}
