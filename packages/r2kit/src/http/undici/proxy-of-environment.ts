/**
 * The proxy that `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` select. There is no standard; this follows curl and Go: lower-case
 * names first, and this machine is never reached through a proxy.
 */
import { isIP } from 'node:net'
import { refuseOption } from '../../validation/index.js'
import type { ProxyOptions } from '../proxy.js'
import { parseProxy } from '../proxy-field-node.js'

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>

/**
 * The proxy for an origin, or undefined for a direct connection.
 *
 * @throws R2Error `InvalidConfig` that names the variable
 */
export const proxyOfEnvironment = (origin: string, environment: Environment): ProxyOptions | undefined => {
  const { protocol, hostname, port } = new URL(origin)
  const host = hostname.replace(/^\[|\]$/g, '').toLowerCase()
  const portNumber = port === '' ? (protocol === 'https:' ? '443' : '80') : port
  if (isLoopback(host)) return undefined
  if (bypasses(environment.no_proxy || environment.NO_PROXY || '', host, portNumber)) return undefined
  // A CGI program gets the header "Proxy" of a request as HTTP_PROXY (httpoxy.org).
  const isCgi = environment.REQUEST_METHOD !== undefined
  const names =
    protocol === 'https:' ? ['https_proxy', 'HTTPS_PROXY'] : ['http_proxy', ...(isCgi ? [] : ['HTTP_PROXY'])]
  for (const name of names) {
    const value = environment[name]?.trim()
    if (!value) continue
    // `proxy.internal:3128`, which many tools accept.
    return parseProxy(value.includes('://') ? value : `http://${value}`, name, refuseOption)
  }
  return undefined
}

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host.endsWith('.localhost') || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)

/**
 * Whether `NO_PROXY` names a host. Its entries are separated by commas or spaces: `*` for all hosts; a name, which covers its
 * subdomains, with or without a leading `.` or `*.`; an IP address; a range of addresses (`10.0.0.0/8`); each with `:port`.
 */
export const bypasses = (list: string, host: string, port: string): boolean =>
  list
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => matches(entry.toLowerCase(), host, port))

/** `[::1]:443`, `::1`, `10.0.0.0/8`, `.example.com:8443` */
const entryPattern = /^(?:\[(?<bracketed>[^\]]+)\]|(?<plain>[^:]+|[^:]*:[^:]*:.*?))(?::(?<port>\d+))?$/

const matches = (entry: string, host: string, port: string): boolean => {
  if (entry === '*') return true
  const { bracketed, plain = '', port: entryPort } = entryPattern.exec(entry)?.groups ?? {}
  const name = bracketed ?? plain
  if (entryPort !== undefined && entryPort !== port) return false
  if (isIP(host) !== 0) return name === host || isInRange(name, host)
  const domain = name.replace(/^\*?\./, '').replace(/\.$/, '')
  return domain !== '' && (host === domain || host.endsWith(`.${domain}`))
}

/** Whether an address is in a range such as `10.0.0.0/8` or `fd00::/8`. */
const isInRange = (range: string, host: string): boolean => {
  const [network = '', bitsText = ''] = range.split('/')
  const family = isIP(network)
  const bits = Number(bitsText)
  if (!/^\d{1,3}$/.test(bitsText) || family === 0 || family !== isIP(host)) return false
  const size = family === 4 ? 32 : 128
  if (bits > size) return false
  const shift = BigInt(size - bits)
  return numberOf(network, family) >> shift === numberOf(host, family) >> shift
}

/** An IP address as a number. */
const numberOf = (address: string, family: number): bigint => {
  if (family === 4) return address.split('.').reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n)
  // The URL parser writes the last 32 bits as two groups.
  const normalised = new URL(`http://[${address}]`).hostname.slice(1, -1)
  const [head = '', tail = ''] = normalised.split('::')
  const groups = (text: string) => text.split(':').filter((group) => group !== '')
  const left = groups(head)
  const right = groups(tail)
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => '0')
  return [...left, ...zeros, ...right].reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n)
}
