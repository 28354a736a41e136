/**
 * Undici's main entry replaces the process's global dispatcher and takes over 100 ms to load, so only the two files that
 * are needed are imported. They have no types of their own.
 */
declare module 'undici/lib/dispatcher/client.js' {
  import { Client } from 'undici'
  export default Client
}
declare module 'undici/lib/core/connect.js' {
  import type { Duplex } from 'node:stream'
  import type { buildConnector } from 'undici'

  /** Returns the socket, which undici's own types do not say. */
  const build: (options: buildConnector.BuildOptions) => (...parameters: Parameters<buildConnector.connector>) => Duplex
  export default build
}
