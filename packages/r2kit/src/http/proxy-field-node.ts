/**
 * The check of `connections.proxy` on Node. Selected by the import condition `#proxy`. No error shows the value, which may have a
 * password.
 */
import { anyText, type Field, objectOf, type Refuse, required } from '../validation/index.js'
import type { ProxyOptions } from './proxy.js'

const proxyFields = objectOf<ProxyOptions>('a proxy', {
  url: required(anyText),
  username: anyText,
  password: anyText,
})

const hint = "Pass a URL such as 'http://proxy.internal:3128', { url, username, password }, or 'environment'."

/** Takes a URL, which may have credentials, an object, or `environment`. */
export const proxyField: Field<'environment' | ProxyOptions> = {
  takes: 'a proxy',
  read(value, name, refuse) {
    if (value === 'environment') return value
    if (typeof value === 'string') return parseProxy(value, name, refuse)
    if (typeof value !== 'object' || value === null) throw refuse(name, 'must be a proxy', hint)
    const { url, username, password } = proxyFields.read(value, name, refuse)
    const parsed = parseProxy(url, `${name}.url`, refuse)
    if (parsed.username !== undefined && username !== undefined)
      throw refuse(`${name}.username`, 'must not be beside a user name in the URL', 'Omit one of the two.')
    return username === undefined ? parsed : { url: parsed.url, username, password }
  },
}

/** Separates the credentials from the URL of a proxy. */
export const parseProxy = (text: string, name: string, refuse: Refuse): ProxyOptions => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.pathname !== '/' || url.search + url.hash !== '') {
    const scheme = url !== undefined && /^socks/.test(url.protocol) ? '; SOCKS is not supported' : ''
    throw refuse(name, `must be a URL of scheme http: or https:, host and port${scheme}`, hint)
  }
  if (url.username + url.password === '') return { url: url.origin }
  try {
    const [username, password] = [decodeURIComponent(url.username), decodeURIComponent(url.password)]
    return { url: url.origin, username, password }
  } catch {
    throw refuse(name, 'has credentials that are not percent-encoded', 'Write %25 for % in a password.')
  }
}
