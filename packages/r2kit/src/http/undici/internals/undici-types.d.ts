/** Undici's deep imports have no types of their own. */
declare module 'undici/lib/dispatcher/client.js' {
  import { Client } from 'undici'
  export default Client
}
declare module 'undici/lib/core/connect.js' {
  import type { Duplex } from 'node:stream'
  import type { buildConnector } from 'undici'

  /** Returns the socket, which undici's own types leave out. */
  const build: (options: buildConnector.BuildOptions) => (...parameters: Parameters<buildConnector.connector>) => Duplex
  export default build
}
