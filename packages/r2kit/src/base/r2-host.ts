/**
 * R2's own hosts. Source: developers.cloudflare.com/r2/api/s3/api and /r2/reference/data-location.
 */

/** Data jurisdictions that have hosts of their own. */
export const jurisdictions = ['eu', 'fedramp', 'us'] as const
export type Jurisdiction = (typeof jurisdictions)[number]

/** Whether a text is an account id, in either case. */
export const isAccountId = (text: string): boolean => /^[0-9a-f]{32}$/i.test(text)

/** The host of an account's buckets in a jurisdiction. */
export const r2HostOf = (accountId: string, jurisdiction?: string): string =>
  `${accountId.toLowerCase()}${jurisdiction === undefined ? '' : `.${jurisdiction}`}.r2.cloudflarestorage.com`

/** Whether a host is R2's own, whichever account's; a final dot or a port do not make it another. */
export const isR2Host = (host: string): boolean => /(^|\.)r2\.(cloudflarestorage\.com|dev)\.?(:\d+)?$/i.test(host)

/** Whether a host of R2 takes S3 requests: that of an account and, where there is one, a jurisdiction, and no more. */
export const isAccountHost = (host: string): boolean =>
  /^[0-9a-f]{32}(\.(eu|fedramp|us))?\.r2\.cloudflarestorage\.com(:\d+)?$/i.test(host)
