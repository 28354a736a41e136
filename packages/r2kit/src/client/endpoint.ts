import { R2Error } from '../errors/index.js'

export type Jurisdiction = 'eu' | 'fedramp' | 'us'
export type Addressing = 'path' | 'virtual-host'

export interface EndpointOptions {
  /** The account's id, 32 hex characters; makes the endpoint unless `endpoint` is given. */
  readonly accountId?: string
  /** Data jurisdiction: its buckets are reachable only through its own endpoint. */
  readonly jurisdiction?: Jurisdiction
  /** Another endpoint, with a base path if need be: a local R2, a proxy, another S3 server. */
  readonly endpoint?: string
  /** Where the bucket's name stands. @defaultValue 'path' */
  readonly addressing?: Addressing
  /** Allow plain HTTP to a host that is not this machine. @defaultValue false */
  readonly allowInsecureEndpoint?: boolean
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

const accountIdShape = /^[0-9a-f]{32}$/i
const jurisdictions: readonly string[] = ['eu', 'fedramp', 'us']

/**
 * The account's endpoint, or the one that was given.
 * Source: developers.cloudflare.com/r2/api/s3/api and /r2/reference/data-location.
 */
export const resolveEndpoint = (options: EndpointOptions): Endpoint => {
  const { accountId, jurisdiction, endpoint, addressing = 'path' } = options
  if (addressing !== 'path' && addressing !== 'virtual-host') {
    throw invalid('addressing', `is ${JSON.stringify(addressing)}; it must be 'path' or 'virtual-host'`)
  }
  if (endpoint !== undefined) return ofUrl(endpoint, addressing, options.allowInsecureEndpoint === true)
  if (accountId === undefined) {
    throw invalid('accountId', 'is missing', 'Pass accountId (Cloudflare dashboard, R2, "Account ID") or endpoint.')
  }
  if (!accountIdShape.test(accountId)) {
    throw invalid('accountId', `is ${JSON.stringify(accountId.slice(0, 40))}; it must be 32 hex characters`)
  }
  if (jurisdiction !== undefined && !jurisdictions.includes(jurisdiction)) {
    throw invalid('jurisdiction', `is ${JSON.stringify(jurisdiction)}; it must be one of ${jurisdictions.join(', ')}`)
  }
  const place = jurisdiction === undefined ? '' : `.${jurisdiction}`
  const host = `${accountId.toLowerCase()}${place}.r2.cloudflarestorage.com`
  return { protocol: 'https:', origin: `https://${host}`, host, basePath: '', addressing }
}

const ofUrl = (text: string, addressing: Addressing, allowInsecure: boolean): Endpoint => {
  if (!URL.canParse(text))
    throw invalid('endpoint', `is ${JSON.stringify(text.slice(0, 100))}; it must be a URL such as https://host`)
  const url = new URL(text)
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw invalid('endpoint', `has the scheme ${url.protocol}; only https: and http: are possible`)
  if (url.username !== '' || url.password !== '')
    throw invalid('endpoint', 'contains credentials', 'Pass them as credentials.')
  if (url.search !== '' || url.hash !== '')
    throw invalid('endpoint', 'has a query or a fragment; only scheme, host, port and path are possible')
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
  const { protocol, host } = url
  return { protocol, origin: `${protocol}//${host}`, host, basePath: url.pathname.replace(/\/+$/, ''), addressing }
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
