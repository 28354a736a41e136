/** How many sockets there may be, how long they live, and how long requests wait for them. */
export interface ConnectionOptions {
  /** Most sockets open at once; further requests wait for one. @defaultValue 256 */
  readonly maxConnections?: number
  /** Most sockets kept open without work, but for a second, in which the next burst may come. @defaultValue 20 */
  readonly maxIdleConnections?: number
  /** How long a socket without work is kept. @defaultValue 90_000 */
  readonly idleTimeoutMs?: number
  /** Interval of TCP keep-alive probes. @defaultValue 60_000 */
  readonly keepAliveIntervalMs?: number
  /** Longest time to make a connection, TLS included. @defaultValue 30_000 */
  readonly connectTimeoutMs?: number
  /**
   * Longest time that a request waits while the caller holds every connection: with response bodies that are neither read
   * nor cancelled, or with uploads whose source yields no data. The request then fails with `PoolExhausted`. Time in which
   * any connection waits for the server does not count, because the timeouts of that request bound it; so a long queue
   * behind busy connections is no error. `Infinity` switches the bound off. @defaultValue 30_000
   */
  readonly acquireTimeoutMs?: number
  /**
   * Longest time that closing waits for requests in flight; those left then fail with `ClientClosed`. A response body that
   * is not read for a second is not waited for any longer. `Infinity` waits for as long as bytes flow. @defaultValue 5_000
   */
  readonly closeTimeoutMs?: number
  /**
   * Speak HTTP/2: requests with a body in memory share one socket, streamed uploads get one each. Slower on every load we
   * measured, so choose it where sockets are scarce. The endpoint must speak it too; Node only. @defaultValue false
   */
  readonly http2?: boolean
  /**
   * Read all sockets into one buffer, which saves a third of a download's CPU time. It replaces methods of the sockets, on Node with
   * HTTP/1.1 only; `false` leaves them as they are, for debugging, or where another library relies on them. @defaultValue true
   */
  readonly reuseReadBuffer?: boolean
  /** Certificate authorities, in PEM, to trust in place of the platform's, for an endpoint with a private one. */
  readonly ca?: string | readonly string[]
}
