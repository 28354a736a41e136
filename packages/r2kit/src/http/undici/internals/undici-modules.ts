/**
 * The two files of undici that are needed. Its main entry replaces the process's global dispatcher and takes over 100 ms to
 * load. README.md in this folder lists what is relied on.
 */
import Client from 'undici/lib/dispatcher/client.js'

export { buildConnector } from './undici-connector.js'
export { Client }
