/**
 * R2's hosts, and how account and jurisdiction make an endpoint. Source: developers.cloudflare.com/r2/api/s3/api and
 * /r2/reference/data-location.
 */

/** Jurisdictions that have hosts of their own. */
export const jurisdictions = ['eu', 'fedramp', 'us'] as const

/** Where R2 keeps the data of a bucket by law: the EU, FedRAMP (US government) or the US. */
export type Jurisdiction = (typeof jurisdictions)[number]

/** Whether a text is an account ID: 32 hex characters in either case. */
export const isAccountId = (text: string): boolean => /^[0-9a-f]{32}$/i.test(text)

/** The host for the buckets of an account in a jurisdiction. @param jurisdiction undefined for buckets without one */
export const r2HostOf = (accountId: string, jurisdiction?: string): string =>
  [accountId.toLowerCase(), jurisdiction, 'r2.cloudflarestorage.com'].filter(Boolean).join('.')

/** Whether a host belongs to R2, for any account. A final dot and a port are ignored. */
export const isR2Host = (host: string): boolean => /(^|\.)r2\.(cloudflarestorage\.com|dev)\.?(:\d+)?$/i.test(host)

/** Whether a host of R2 accepts S3 requests: it consists of an account ID and, optionally, a jurisdiction. */
export const isAccountHost = (host: string): boolean =>
  /^[0-9a-f]{32}(\.(eu|fedramp|us))?\.r2\.cloudflarestorage\.com(:\d+)?$/i.test(host)

/**
 * Whether account or jurisdiction contradict the host of an endpoint. They would be ignored, and objects would be stored in
 * another place than intended.
 *
 * On a server other than R2 an account has no meaning, so it contradicts nothing. A jurisdiction does, because nothing shows
 * where such a server stores its data.
 *
 * @param host lower-case host of the endpoint, for R2 one that `isAccountHost`
 */
export const contradictsHost = (
  host: string,
  accountId: string | undefined,
  jurisdiction: string | undefined,
): boolean =>
  isR2Host(host)
    ? (accountId ?? jurisdiction) !== undefined && host !== r2HostOf(accountId ?? host.slice(0, 32), jurisdiction)
    : jurisdiction !== undefined

/** RFC 6761 reserves `localhost` and its subdomains for this machine. */
export const isLoopback = (hostname: string): boolean => /^((.*\.)?localhost|\[::1\]|127(\.\d{1,3}){3})$/.test(hostname)
