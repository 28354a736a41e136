/** Keeps the secrets of a configuration out of everything that prints it. */
import { mask, Secret } from '../security/index.js'
import type { Options } from './option-tree.js'

/**
 * The same options, whose secrets `console.log` and `JSON.stringify` do not show. The secret access key and the session token
 * become `Secret`s, which the client accepts. The password of a proxy stays a string, behind a getter.
 */
export const concealed = (options: Options): Options => {
  const { credentials, connections } = options
  const result: Options = { ...options }
  if (isObject(credentials)) {
    const { secretAccessKey, sessionToken } = credentials
    result.credentials = { ...credentials, ...asSecret({ secretAccessKey }), ...asSecret({ sessionToken }) }
  }
  if (isObject(connections) && isObject(connections.proxy) && typeof connections.proxy.password === 'string')
    result.connections = { ...connections, proxy: withoutPassword(connections.proxy) }
  return result
}

const isObject = (value: unknown): value is Options => typeof value === 'object' && value !== null

const asSecret = (field: Options): Options =>
  Object.fromEntries(
    Object.entries(field).flatMap(([name, value]) => (typeof value === 'string' ? [[name, new Secret(value)]] : [])),
  )

const withoutPassword = (proxy: Options): Options => {
  const { password, ...rest } = proxy
  return Object.defineProperties(rest, {
    password: { enumerable: true, get: () => password },
    // Not enumerable, because the client rejects unknown fields.
    toJSON: { enumerable: false, value: () => ({ ...rest, password: mask }) },
  })
}
