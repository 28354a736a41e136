import type { Clock } from '../base/clock.js'
import { anyText, callback, duration, objectOf, refuseOption, required, withMethods } from '../validation/index.js'
import type { PlainSend } from './bounded-exchange.js'
import { BoundedTransport } from './bounded-transport.js'
import type { Transport } from './transport.js'

/** The parts of a transport that differ from one way to the wire to another. */
export interface CreateTransportOptions {
  /** For logs and errors. */
  readonly name: string
  /** Sends one request, and resolves at the head of its response. */
  readonly send: PlainSend
  /** As in `Transport`, for a `send` that parses URLs. @defaultValue every path can be sent */
  readonly cannotSend?: Transport['cannotSend'] | undefined
  /** @defaultValue the machine's clock */
  readonly clock?: Clock | undefined
  /** Longest time that `close` waits for requests in flight, in milliseconds. @defaultValue 5_000 */
  readonly closeTimeoutMs?: number | undefined
}

const optionsField = objectOf<CreateTransportOptions>(
  'CreateTransportOptions',
  {
    name: required(anyText),
    send: required(callback<PlainSend>()),
    cannotSend: callback(),
    clock: withMethods<Clock>('a Clock', 'now', 'monotonicMs', 'after'),
    closeTimeoutMs: duration,
  },
  { argument: 'options' },
)

/**
 * Makes a transport of a function that sends one request. Timeouts, size limits, collecting, gunzip, cancellation, closing and
 * `R2Error`s are added to it.
 *
 * @throws R2Error `InvalidConfig` naming the option
 *
 * @example
 * const transport = createTransport({
 *   name: 'my-proxy',
 *   send: async ({ method, origin, path, query, headers, body, signal }) => {
 *     const { status, fields, stream } = await proxy.request(origin, { method, path, query, headers, body, signal })
 *     return { status, headers: fields, body: stream }
 *   },
 * })
 * const r2 = new R2Client({ accountId, credentials, transport })
 */
export const createTransport = (given: CreateTransportOptions): Transport => {
  const { name, cannotSend, ...options } = optionsField.read(given, '', refuseOption)
  const transport = new BoundedTransport(name, { ...options, loadStreams: () => import('./streams.js') })
  return {
    name,
    async send(request) {
      if (request.headers['accept-encoding'] !== 'gzip') return transport.send(request)
      // Loaded before the request: once a connection has failed, code may be out of reach too.
      const { gunzipped } = await import('./gunzip.js')
      return gunzipped(await transport.send(request), request.bounds.maxResponseBytes)
    },
    close: () => transport.close(),
    ...(cannotSend === undefined ? {} : { cannotSend }),
  }
}
