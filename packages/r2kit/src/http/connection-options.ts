import type { ProxyOptions } from './proxy.js'

/** Limits of a client's sockets. All times are in milliseconds. */
export interface ConnectionOptions {
  /** Most open sockets; further requests wait for one. @defaultValue 256 */
  readonly maxConnections?: number | undefined
  /** Most idle sockets. More are kept for a second, in which the next burst of requests may come. @defaultValue 20 */
  readonly maxIdleConnections?: number | undefined
  /** How long an idle socket is kept. @defaultValue 90_000 */
  readonly idleTimeoutMs?: number | undefined
  /** Interval of TCP keep-alive probes. @defaultValue 60_000 */
  readonly keepAliveIntervalMs?: number | undefined
  /** Longest time to make a connection, proxy and TLS included. @defaultValue 30_000 */
  readonly connectTimeoutMs?: number | undefined
  /**
   * Longest time that a request waits while the caller holds every connection: with response bodies that are neither read
   * nor cancelled, or with uploads whose source yields no data. The request then fails with `PoolExhausted`. Time in which
   * any connection waits for the server does not count, because the timeouts of that request limit it; a long queue behind
   * busy connections is not an error. `Infinity` for no limit. @defaultValue 30_000
   */
  readonly acquireTimeoutMs?: number | undefined
  /**
   * Longest time that `dispose` waits for requests in flight; those left then fail with `ClientClosed`. A response body that
   * is not read for a second fails earlier. `Infinity` for no limit while bytes flow. @defaultValue 5_000
   */
  readonly closeTimeoutMs?: number | undefined
  /**
   * Use HTTP/2: requests with a body in memory share one socket, and each streamed upload gets its own. It was slower than
   * HTTP/1.1 in every measurement, so choose it where sockets are scarce. The endpoint must support it. Node, Bun and Deno only.
   * @defaultValue false
   */
  readonly http2?: boolean | undefined
  /**
   * Read all sockets into one buffer, which saves a quarter of the CPU time of downloads to files. It replaces methods of the
   * sockets; `false` leaves them unchanged, for debugging and beside instrumentation of sockets. Node with HTTP/1.1 only.
   * @defaultValue true
   */
  readonly reuseReadBuffer?: boolean | undefined
  /** Certificate authorities to trust instead of the platform's, in PEM, for an endpoint with a private certificate. */
  readonly ca?: string | readonly string[] | undefined
  /**
   * An HTTP proxy between this machine and the server: its URL, which may have credentials, or `{ url, username, password }`.
   * `environment` follows `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`. All requests go through a tunnel (CONNECT): the proxy sees
   * the host of the server, and nothing of the requests. It is for Node, Bun and Deno; elsewhere the platform decides.
   *
   * @defaultValue none: variables are ignored
   * @example 'http://proxy.internal:3128'
   */
  readonly proxy?: string | ProxyOptions | undefined
}
