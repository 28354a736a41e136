/**
 * R2's own hosts. Source: developers.cloudflare.com/r2/api/s3/api and /r2/reference/data-location.
 */

/** Data jurisdictions that have hosts of their own. */
export const jurisdictions = ['eu', 'fedramp', 'us'] as const
export type Jurisdiction = (typeof jurisdictions)[number]

const suffix = '.r2.cloudflarestorage.com'
const account = /^[0-9a-f]{32}$/

/** Whether a text is an account id, in either case. */
export const isAccountId = (text: string): boolean => account.test(text.toLowerCase())

/** The host of an account's buckets in a jurisdiction. */
export const r2HostOf = (accountId: string, jurisdiction?: string): string =>
  `${accountId.toLowerCase()}${jurisdiction === undefined ? '' : `.${jurisdiction}`}${suffix}`

/** Whether a host is R2's own, whichever account's. */
export const isR2Host = (host: string): boolean => host.toLowerCase().endsWith(suffix)

/** What is wrong with a host that is R2's, or undefined where nothing is or it is another server's. */
export const problemWithR2Host = (host: string, path: string): string | undefined => {
  const name = host.toLowerCase()
  if (!isR2Host(name)) return undefined
  if (path !== '' && path !== '/') return `has the path ${path}: with it, every key would be stored below that path`
  const [id = '', jurisdiction, ...more] = name.slice(0, -suffix.length).split('.')
  const isKnown = jurisdiction === undefined || jurisdictions.some((known) => known === jurisdiction)
  return account.test(id) && isKnown && more.length === 0
    ? undefined
    : 'is not the host of an account: it has another label than the account id and a jurisdiction'
}
