/**
 * Virtual-host addressing: `<bucket>.localhost` always, and `<bucket>.<host>` where the server was told to listen on a
 * host name. Addresses have no subdomains, so an endpoint of `127.0.0.1` is addressed by path only; `localhost` needs no
 * DNS entry: resolvers send everything below it to loopback (RFC 6761, 6.3).
 */
import { isIP } from 'node:net'

/** Makes the function that reads a bucket's name from a Host field, or gives undefined where the path names the bucket. */
export const bucketOfHost = (listeningHost: string): ((hostField: string | undefined) => string | undefined) => {
  const suffixes = ['.localhost']
  if (isIP(listeningHost) === 0 && listeningHost !== 'localhost') suffixes.push(`.${listeningHost.toLowerCase()}`)
  return (hostField) => {
    if (hostField === undefined) return undefined
    const first = hostField.charCodeAt(0)
    // An address is the usual case: it begins with a digit or `[`, and a bucket may begin with a digit too.
    if (first === 91) return undefined
    const colon = hostField.lastIndexOf(':')
    const host = (colon < 0 ? hostField : hostField.slice(0, colon)).toLowerCase()
    const suffix = suffixes.find((candidate) => host.endsWith(candidate))
    if (suffix === undefined || host.length === suffix.length) return undefined
    return host.slice(0, -suffix.length)
  }
}
