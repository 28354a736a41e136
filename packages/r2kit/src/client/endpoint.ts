import { encodeKeyPath } from '../base/encode.js'
import {
  contradictsHost,
  isAccountHost,
  isAccountId,
  isR2Host,
  type Jurisdiction,
  jurisdictions,
  r2HostOf,
} from '../base/r2-host.js'
import { R2Error } from '../errors/index.js'
import { anyText, type Fields, flag, oneOf, shown } from '../validation/index.js'

export type { Jurisdiction }
export type Addressing = 'path' | 'virtual-host'

export interface EndpointOptions {
  /** The account's id, 32 hex characters; with it the endpoint is R2's own. */
  readonly accountId?: string
  /** Data jurisdiction: its buckets are reachable only through its own endpoint. */
  readonly jurisdiction?: Jurisdiction
  /**
   * Another endpoint: a local R2, a proxy (with a base path if need be), another S3 server. R2's own hosts have no path: the
   * bucket is not part of the endpoint. Beside `accountId` or `jurisdiction` it has to be the endpoint that these make.
   */
  readonly endpoint?: string
  /** Where the bucket's name stands. @defaultValue 'path' */
  readonly addressing?: Addressing
  /** Allow plain HTTP to a host that is not this machine. @defaultValue false */
  readonly allowInsecureEndpoint?: boolean
}

export const endpointFields: Fields<EndpointOptions> = {
  accountId: anyText,
  jurisdiction: oneOf(...jurisdictions),
  endpoint: anyText,
  addressing: oneOf('path', 'virtual-host'),
  allowInsecureEndpoint: flag,
}

/** Where requests go, resolved once per client. */
export interface Endpoint {
  readonly protocol: 'http:' | 'https:'
  /** `protocol//host`, one text for all requests: pools are found by it. */
  readonly origin: string
  /** Host and, where it is not the default, port: what `host` says and the signature covers. */
  readonly host: string
  /** Percent-encoded, without a trailing slash; empty for none. */
  readonly basePath: string
  readonly addressing: Addressing
}

/** Where a request for this bucket and key goes. */
export const locate = (
  { origin, protocol, host, basePath, addressing }: Endpoint,
  bucket?: string,
  key?: string,
): { origin: string; host: string; path: string } => {
  const keyPath = key === undefined ? '' : encodeKeyPath(key)
  if (bucket === undefined) return { origin, host, path: `${basePath}/` }
  if (addressing === 'path') {
    const path = key === undefined ? `${basePath}/${bucket}` : `${basePath}/${bucket}/${keyPath}`
    return { origin, host, path }
  }
  const bucketHost = `${bucket}.${host}`
  return { origin: `${protocol}//${bucketHost}`, host: bucketHost, path: `${basePath}/${keyPath}` }
}

/** The account's endpoint, or the one that was given. */
export const resolveEndpoint = (options: EndpointOptions): Endpoint => {
  const { accountId, jurisdiction, endpoint, addressing = 'path' } = options
  if (accountId !== undefined && !isAccountId(accountId)) {
    throw invalid(
      'accountId',
      `must be 32 hex characters, but it is ${shown(accountId)}`,
      'Copy it from the Cloudflare dashboard: R2, "Account ID".',
    )
  }
  if (endpoint !== undefined) {
    const given = ofUrl(endpoint, addressing, options.allowInsecureEndpoint === true)
    requireSameHost(new URL(given.origin).hostname, options)
    return given
  }
  if (accountId === undefined) {
    throw invalid('accountId', 'is missing', 'Pass accountId (Cloudflare dashboard, R2, "Account ID") or endpoint.')
  }
  const host = r2HostOf(accountId, jurisdiction)
  return { protocol: 'https:', origin: `https://${host}`, host, basePath: '', addressing }
}

const requireSameHost = (host: string, { accountId, jurisdiction }: EndpointOptions): void => {
  if (!contradictsHost(host, accountId, jurisdiction)) return
  const isOtherAccount = isR2Host(host) && accountId !== undefined && !host.startsWith(accountId.toLowerCase())
  const option = isOtherAccount ? 'accountId' : 'jurisdiction'
  const problem = `contradicts the endpoint, whose host is ${host}`
  throw invalid(option, problem, 'Pass either accountId (with jurisdiction) or endpoint.')
}

const ofUrl = (text: string, addressing: Addressing, allowInsecure: boolean): Endpoint => {
  const hint = 'Pass scheme and host, such as https://host or http://localhost:9000.'
  if (!URL.canParse(text) || !/^\s*https?:/i.test(text)) {
    // What stands before an @ may be a secret.
    const given = text.includes('@') ? 'not one' : shown(text)
    throw invalid('endpoint', `must be a URL with the scheme https: or http:, but it is ${given}`, hint)
  }
  const url = new URL(text)
  if (url.username !== '' || url.password !== '')
    throw invalid('endpoint', 'contains credentials', 'Pass them as credentials.')
  if (url.search !== '' || url.hash !== '')
    throw invalid('endpoint', 'has a query or a fragment; only scheme, host, port and path are possible', hint)
  const problem = isR2Host(url.hostname) ? problemWithR2Host(url) : undefined
  if (problem !== undefined) {
    throw invalid(
      'endpoint',
      problem,
      'Pass https://<account id>.r2.cloudflarestorage.com (or accountId), and the bucket with each call.',
    )
  }
  if (url.protocol === 'http:' && !allowInsecure && !isLoopback(url.hostname)) {
    throw invalid(
      'endpoint',
      `is plain HTTP to ${url.hostname}`,
      'Use https, or set allowInsecureEndpoint if the network is yours.',
    )
  }
  if (addressing === 'virtual-host' && isAddress(url.hostname)) {
    throw invalid(
      'addressing',
      `is 'virtual-host', but ${url.hostname} is an address, which has no subdomains`,
      "Name the host (http://localhost:9000), or use 'path'.",
    )
  }
  const { host } = url
  const protocol = url.protocol === 'http:' ? 'http:' : 'https:'
  return { protocol, origin: `${protocol}//${host}`, host, basePath: url.pathname.replace(/\/+$/, ''), addressing }
}

const problemWithR2Host = ({ hostname, pathname, protocol }: URL): string | undefined => {
  if (hostname.endsWith('r2.dev')) return 'is the public address of a bucket, which takes no S3 requests'
  if (!isAccountHost(hostname))
    return 'is not the host of an account, which consists of the account id and, where there is one, a jurisdiction'
  if (pathname !== '/') return `has the path ${pathname}: with it, every key would be stored below that path`
  return protocol === 'http:' ? 'is plain HTTP, which would show objects to everyone on the way to R2' : undefined
}

/** What R2 takes for a region in signatures; all mean the same. Source: developers.cloudflare.com/r2/api/s3/api. */
const regions = ['auto', 'us-east-1', 'wnam', 'enam', 'weur', 'eeur', 'apac', 'oc']

/** R2 refuses requests that are signed for another region. @throws R2Error `InvalidConfig` */
export const checkRegion = (region: string, { host }: Endpoint): void => {
  if (!isR2Host(host) || regions.includes(region)) return
  const hint = jurisdictions.some((known) => known === region)
    ? `Leave it out. For buckets in a jurisdiction pass jurisdiction: '${region}'.`
    : "Leave it out: it is 'auto' then."
  throw invalid('region', `must be one of ${regions.join(', ')}, but it is ${shown(region)}`, hint)
}

/** RFC 6761 reserves `localhost` and its subdomains for this machine. */
const isLoopback = (hostname: string): boolean =>
  hostname === 'localhost' ||
  hostname.endsWith('.localhost') ||
  hostname === '[::1]' ||
  /^127(\.\d{1,3}){3}$/.test(hostname)

/** The URL parser has brought IPv4 addresses into their usual form. */
const isAddress = (hostname: string): boolean => hostname.startsWith('[') || /^\d+(\.\d+){3}$/.test(hostname)

const invalid = (field: string, problem: string, hint?: string): R2Error =>
  new R2Error('InvalidConfig', `${field} ${problem}`, { field, hint })
