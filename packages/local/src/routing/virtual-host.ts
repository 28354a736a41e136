/**
 * Virtual-host addressing: `<bucket>.localhost`, and `<bucket>.<host>` if the server listens on a host name. IP addresses have
 * no subdomains, so an endpoint such as `127.0.0.1` supports path style only. `localhost` needs no DNS entry: resolvers map
 * all of its subdomains to loopback (RFC 6761, 6.3).
 */
import { isIP } from 'node:net'

/** @returns A function that reads the bucket name from a Host field, or returns undefined if the path names the bucket. */
export const bucketOfHost = (listeningHost: string): ((hostField: string | undefined) => string | undefined) => {
  const suffixes = ['.localhost']
  if (isIP(listeningHost) === 0 && listeningHost !== 'localhost') suffixes.push(`.${listeningHost.toLowerCase()}`)
  return (hostField) => {
    // `[` begins an IPv6 address, whose colons would be taken for a port below.
    if (hostField === undefined || hostField.startsWith('[')) return undefined
    const colon = hostField.lastIndexOf(':')
    const host = (colon < 0 ? hostField : hostField.slice(0, colon)).toLowerCase()
    const suffix = suffixes.find((candidate) => host.endsWith(candidate))
    if (suffix === undefined || host.length === suffix.length) return undefined
    return host.slice(0, -suffix.length)
  }
}
