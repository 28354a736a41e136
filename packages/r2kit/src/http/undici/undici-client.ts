import type { ClientSettings, HttpClient } from './connection.js'
import { Client } from './internals/undici-modules.js'

/** Undici's client of one connection. */
export const makeUndiciClient = (settings: ClientSettings): HttpClient => {
  const { origin, connect, http2, concurrency, idleTimeoutMs, maxHeadBytes } = settings
  const client = new Client(origin, {
    connect,
    allowH2: http2,
    pipelining: concurrency,
    keepAliveTimeout: idleTimeoutMs,
    keepAliveMaxTimeout: idleTimeoutMs,
    maxHeaderSize: maxHeadBytes,
    // The exchange watches the time, on the client's clock.
    headersTimeout: 0,
    bodyTimeout: 0,
  })
  client.on('connect', () => settings.opened())
  client.on('disconnect', () => settings.closed())
  return client
}
