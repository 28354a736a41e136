/** How many sockets there may be, and how long they live. */
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
   * Speak HTTP/2: requests with a body in memory share one socket, streamed uploads get one each. Slower on every load we
   * measured, so choose it where sockets are scarce. The endpoint must speak it too; Node only. @defaultValue false
   */
  readonly http2?: boolean
  /** Certificate authorities, in PEM, to trust in place of the platform's, for an endpoint with a private one. */
  readonly ca?: string | readonly string[]
}
