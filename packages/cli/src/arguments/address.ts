/**
 * Addresses on the command line: an object, prefix or bucket on R2, a local path, or a pipe.
 *
 * A key in an address is literal, without URL decoding: `%2F`, `?`, `#`, `..` and spaces are bytes of the key. Every key that R2
 * allows can therefore be written.
 */
import { checkBucketName, checkObjectKey } from 'r2kit/protocol'
import { UsageError } from '../errors/error-kinds.js'

/** An address that starts with `r2://`. */
export interface R2Address {
  readonly kind: 'r2'
  readonly bucket: string
  /** Key or prefix. Empty for the bucket itself. */
  readonly key: string
}

interface LocalAddress {
  readonly kind: 'local'
  readonly path: string
}

/** A parsed address; `pipe` is `-`, standard input or output. */
export type Address = R2Address | LocalAddress | { readonly kind: 'pipe' }

const scheme = 'r2://'

/**
 * Parses an address of any kind.
 *
 * @throws UsageError for an empty text, a missing bucket, and other schemes such as `s3://`, which are likely a mistake
 */
export const parseAddress = (text: string): Address => {
  if (text === '')
    throw new UsageError('The address is empty.', 'Write r2://bucket/key, a local path, or - for a pipe.')
  if (text === '-') return { kind: 'pipe' }
  if (text.startsWith(scheme)) return parseR2(text)
  const otherScheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(text)?.[0]
  if (otherScheme !== undefined) {
    const isBucket = /^(?:r2|s3|s3a|gs):/i.test(otherScheme)
    throw new UsageError(
      `"${otherScheme}" is not a scheme of R2.`,
      `Write ${isBucket ? scheme + text.slice(otherScheme.length) : 'r2://bucket/key'}, or ./${text} for a local path.`,
    )
  }
  return { kind: 'local', path: text }
}

const parseR2 = (text: string): R2Address => {
  const rest = text.slice(scheme.length)
  const slash = rest.indexOf('/')
  const bucket = slash === -1 ? rest : rest.slice(0, slash)
  if (bucket === '') throw new UsageError(`"${text}" has no bucket.`, 'Write r2://bucket/key.')
  return { kind: 'r2', bucket, key: slash === -1 ? '' : rest.slice(slash + 1) }
}

/**
 * Parses an R2 address: a bucket, a prefix or an object.
 *
 * @throws UsageError for any other address
 */
export const parseR2Address = (text: string): R2Address => {
  const address = parseAddress(text)
  if (address.kind === 'r2') return address
  throw new UsageError(`"${text}" is not an R2 address.`, `Write ${suggestAddress(text) ?? suggestBucket(text)}.`)
}

/** The R2 address that a local path such as `r2:/bucket/key` or `r2:bucket/key` was probably meant to be. */
export const suggestAddress = (text: string): string | undefined => {
  const [, rest] = /^r2:\/?([^/].*)$/is.exec(text) ?? []
  return rest === undefined ? undefined : scheme + rest
}

const suggestBucket = (text: string): string =>
  /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9](?:\/|$)/.test(text) ? scheme + text : 'r2://bucket/key'

/**
 * Parses the address of one object.
 *
 * @throws UsageError for any other address
 */
export const parseObjectAddress = (text: string): R2Address => {
  const address = parseR2Address(text)
  if (address.key === '') throw new UsageError(`"${text}" is a bucket, not an object.`, 'Write r2://bucket/key.')
  return address
}

/**
 * Parses the address of a bucket, with or without a trailing slash, and returns its name.
 *
 * @throws UsageError for any other address
 */
export const parseBucketAddress = (text: string): string => {
  const address = parseR2Address(text)
  if (address.key !== '') throw new UsageError(`"${text}" is an object, not a bucket.`, 'Write r2://bucket.')
  return address.bucket
}

/**
 * Checks bucket and key by R2's rules, before a folder is created or a request is sent.
 *
 * @throws R2Error `InvalidInput`, with the broken rule
 */
export const checkNames = ({ bucket, key }: Pick<R2Address, 'bucket' | 'key'>): void => {
  checkBucketName(bucket, { bucketNames: 'r2' })
  if (key !== '') checkObjectKey(key)
}

/** The address that `parseAddress` parses into this bucket and key. */
export const formatR2Address = (bucket: string, key: string): string => `${scheme}${bucket}/${key}`

/** The prefix of all keys in a folder: `photos/` for both `photos` and `photos/`. Empty for the whole bucket. */
export const folderPrefix = (key: string): string => (key === '' || key.endsWith('/') ? key : `${key}/`)

/** The part of a key after its last slash. Empty for a key that ends in a slash. */
export const lastSegment = (key: string): string => key.slice(key.lastIndexOf('/') + 1)
