/**
 * Time limits of one attempt, in milliseconds; `Infinity` means no limit. They are options of the client, of each call and of each
 * transfer; a call's own limits replace those of the client one by one.
 *
 * Where a response is collected in memory the limit covers the whole attempt. Where it streams, the limit covers the wait for its
 * headers, and `stallTimeoutMs` covers the body: a slow connection is not an error.
 */
export interface Timeouts {
  /**
   * Longest wait for the connection of an attempt, TLS included. With the default transport on Node, Bun and Deno; `fetch` does not
   * report its connections. @defaultValue the client's `connections.connectTimeoutMs`, 30_000
   */
  readonly connectMs?: number | undefined
  /** Objects of less than 1 MB, reads of unknown size, and small requests. @defaultValue 60_000 */
  readonly smallObjectMs?: number | undefined
  /** Objects of 1 MB and more. @defaultValue 300_000 */
  readonly largeObjectMs?: number | undefined
  /** Lists. @defaultValue 120_000 */
  readonly listMs?: number | undefined
  /** Parts of multipart uploads. @defaultValue 120_000 */
  readonly partMs?: number | undefined
  /** Longest time without a byte while a body is sent or received. @defaultValue 30_000 */
  readonly stallTimeoutMs?: number | undefined
}
