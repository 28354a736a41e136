import { encodeKeyPath } from '../base/encode.js'
import {
  contradictsHost,
  isAccountHost,
  isAccountId,
  isLoopback,
  isR2Host,
  type Jurisdiction,
  jurisdictions,
  r2HostOf,
} from '../base/r2-host.js'
import { anyText, type Fields, flag, oneOf, refuseOption, shown } from '../validation/index.js'

export type { Jurisdiction }

/** Position of the bucket's name in a URL: `host/bucket/key` or `bucket.host/key`. */
export type Addressing = 'path' | 'virtual-host'

/** Endpoint of a client. Pass `accountId` for R2, or `endpoint` for another server. */
export interface EndpointOptions {
  /** ID of the Cloudflare account, 32 hex characters. The endpoint is then R2's own. @defaultValue none; required without `endpoint` */
  readonly accountId?: string | undefined
  /** Data jurisdiction of the buckets, which are reachable only through its endpoint. @defaultValue none */
  readonly jurisdiction?: Jurisdiction | undefined
  /**
   * URL of another server: a local R2, a proxy (with a base path if needed), any S3 server. For R2 itself it has no path, because
   * the bucket is not part of the endpoint. Beside `accountId` or `jurisdiction` it must agree with them.
   *
   * @defaultValue R2's endpoint of the account
   * @example 'http://localhost:9000'
   */
  readonly endpoint?: string | undefined
  /** Position of the bucket's name in URLs. @defaultValue 'path' */
  readonly addressing?: Addressing | undefined
  /** Whether plain HTTP to another machine is allowed. @defaultValue false */
  readonly allowInsecureEndpoint?: boolean | undefined
}

export const endpointFields: Fields<EndpointOptions> = {
  accountId: anyText,
  jurisdiction: oneOf(...jurisdictions),
  endpoint: anyText,
  addressing: oneOf('path', 'virtual-host'),
  allowInsecureEndpoint: flag,
}

/** A resolved endpoint. */
export interface Endpoint {
  /** Scheme of URLs. */
  readonly protocol: 'http:' | 'https:'
  /** `protocol//host`. The same string for all requests, because connection pools are keyed by it. */
  readonly origin: string
  /** Host, and port where it is not the default: the `host` header, which the signature covers. */
  readonly host: string
  /** Base path, percent-encoded, without a trailing slash; empty where there is none. */
  readonly basePath: string
  /** Position of the bucket's name. */
  readonly addressing: Addressing
}

/** Returns the origin, `host` header and path of a request. */
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

/** Resolves the options to an endpoint. @throws R2Error `InvalidConfig` naming the option */
export const resolveEndpoint = (options: EndpointOptions): Endpoint => {
  const { accountId, jurisdiction, endpoint, addressing = 'path' } = options
  if (accountId !== undefined && !isAccountId(accountId)) {
    throw refuseOption(
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
    throw refuseOption(
      'accountId',
      'is missing',
      'Pass accountId (Cloudflare dashboard, R2, "Account ID") or endpoint.',
    )
  }
  const host = r2HostOf(accountId, jurisdiction)
  return { protocol: 'https:', origin: `https://${host}`, host, basePath: '', addressing }
}

const requireSameHost = (host: string, { accountId, jurisdiction }: EndpointOptions): void => {
  if (!contradictsHost(host, accountId, jurisdiction)) return
  const isOtherAccount = isR2Host(host) && accountId !== undefined && !host.startsWith(accountId.toLowerCase())
  const option = isOtherAccount ? 'accountId' : 'jurisdiction'
  const problem = `contradicts the endpoint, whose host is ${host}`
  throw refuseOption(option, problem, 'Pass either accountId (with jurisdiction) or endpoint.')
}

const ofUrl = (text: string, addressing: Addressing, allowInsecure: boolean): Endpoint => {
  const hint = 'Pass scheme and host, such as https://host or http://localhost:9000.'
  if (!URL.canParse(text) || !/^\s*https?:/i.test(text)) {
    // The part before an @ may be a secret.
    const given = text.includes('@') ? 'another text' : shown(text)
    throw refuseOption('endpoint', `must be a URL with the scheme https: or http:, but it is ${given}`, hint)
  }
  const url = new URL(text)
  if (url.username !== '' || url.password !== '')
    throw refuseOption('endpoint', 'contains credentials', 'Pass them as credentials.')
  if (url.search !== '' || url.hash !== '')
    throw refuseOption('endpoint', 'has a query or a fragment, but only scheme, host, port and path are allowed', hint)
  const problem = isR2Host(url.hostname) ? problemWithR2Host(url) : undefined
  if (problem !== undefined) {
    throw refuseOption(
      'endpoint',
      problem,
      'Pass https://<account id>.r2.cloudflarestorage.com (or accountId), and the bucket with each call.',
    )
  }
  if (url.protocol === 'http:' && !allowInsecure && !isLoopback(url.hostname)) {
    throw refuseOption(
      'endpoint',
      `is plain HTTP to ${url.hostname}`,
      'Use https. In a network that you trust, set allowInsecureEndpoint (R2_ALLOW_INSECURE_ENDPOINT=true).',
    )
  }
  if (addressing === 'virtual-host' && isAddress(url.hostname)) {
    throw refuseOption(
      'addressing',
      `is 'virtual-host', but ${url.hostname} is an IP address, which has no subdomains`,
      "Use a host name, such as localhost, or addressing: 'path'.",
    )
  }
  const { host } = url
  const protocol = url.protocol === 'http:' ? 'http:' : 'https:'
  return { protocol, origin: `${protocol}//${host}`, host, basePath: url.pathname.replace(/\/+$/, ''), addressing }
}

const problemWithR2Host = ({ hostname, pathname, protocol }: URL): string | undefined => {
  if (hostname.endsWith('r2.dev')) return 'is the public address of a bucket, which does not accept S3 requests'
  if (!isAccountHost(hostname))
    return 'is not the host of an account, which consists of the account id and, where there is one, a jurisdiction'
  if (pathname !== '/') return `has the path ${pathname}, under which every key would be stored`
  return protocol === 'http:' ? 'is plain HTTP, which exposes objects on the way to R2' : undefined
}

/** Regions that R2 accepts in signatures, without a difference. Source: developers.cloudflare.com/r2/api/s3/api. */
const regions = ['auto', 'us-east-1', 'wnam', 'enam', 'weur', 'eeur', 'apac', 'oc']

/** Rejects a region that R2 does not accept in signatures. @throws R2Error `InvalidConfig` */
export const checkRegion = (region: string, { host }: Endpoint): void => {
  if (!isR2Host(host) || regions.includes(region)) return
  const hint = jurisdictions.some((known) => known === region)
    ? `Omit it. For buckets in a jurisdiction, pass jurisdiction: '${region}'.`
    : "Omit it: the default is 'auto'."
  throw refuseOption('region', `must be one of ${regions.join(', ')}, but it is ${shown(region)}`, hint)
}

/** Whether a host name is an IP address. The URL parser has normalised IPv4 addresses already. */
const isAddress = (hostname: string): boolean => /^(\[|\d+(\.\d+){3}$)/.test(hostname)
