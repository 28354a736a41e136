/**
 * What a word of the command line names: an object (or prefix, or bucket) on R2, a local path, or a pipe.
 *
 * A key stands in an address literally, with no URL decoding: `%2F`, `?`, `#`, `..` and spaces are bytes of the key, so
 * every key that R2 allows can be written.
 */
import { checkBucketName, checkObjectKey } from 'r2kit/protocol'
import { UsageError } from './usage-error.js'

export interface R2Address {
  readonly kind: 'r2'
  readonly bucket: string
  /** Empty for the bucket itself. */
  readonly key: string
}

interface LocalAddress {
  readonly kind: 'local'
  readonly path: string
}

export type Address = R2Address | LocalAddress | { readonly kind: 'pipe' }

const scheme = 'r2://'

/** @throws UsageError for an empty word, an address without a bucket, and other schemes (`s3://`), which are surely a mistake. */
export const parseAddress = (text: string): Address => {
  if (text === '') throw new UsageError('An address is empty.', 'Write r2://bucket/key, a local path, or - for a pipe.')
  if (text === '-') return { kind: 'pipe' }
  if (text.startsWith(scheme)) return parseR2(text)
  const otherScheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(text)?.[0]
  if (otherScheme !== undefined) {
    const isBucket = /^(?:r2|s3|s3a|gs):/i.test(otherScheme)
    throw new UsageError(
      `"${otherScheme}" is not an address of R2.`,
      `Write ${isBucket ? scheme + text.slice(otherScheme.length) : 'r2://bucket/key'}, or ./${text} for a local path.`,
    )
  }
  return { kind: 'local', path: text }
}

const parseR2 = (text: string): R2Address => {
  const rest = text.slice(scheme.length)
  const slash = rest.indexOf('/')
  const bucket = slash === -1 ? rest : rest.slice(0, slash)
  if (bucket === '') throw new UsageError(`"${text}" names no bucket.`, 'Write r2://bucket/key.')
  return { kind: 'r2', bucket, key: slash === -1 ? '' : rest.slice(slash + 1) }
}

/** An address on R2 of any depth. */
export const parseR2Address = (text: string): R2Address => {
  const address = parseAddress(text)
  if (address.kind === 'r2') return address
  throw new UsageError(`"${text}" is not an address on R2.`, `Write ${meantAddress(text) ?? likeABucket(text)}.`)
}

/** What `r2:/bucket/key` and `r2:bucket/key`, which are local paths, are likely to mean. */
export const meantAddress = (text: string): string | undefined => {
  const [, rest] = /^r2:\/?([^/].*)$/is.exec(text) ?? []
  return rest === undefined ? undefined : scheme + rest
}

const likeABucket = (text: string): string =>
  /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9](?:\/|$)/.test(text) ? scheme + text : 'r2://bucket/key'

/** An address of one object. */
export const parseObjectAddress = (text: string): R2Address => {
  const address = parseR2Address(text)
  if (address.key === '') throw new UsageError(`"${text}" names a bucket, not an object.`, 'Write r2://bucket/key.')
  return address
}

/** An address of a bucket and nothing in it; a trailing slash does no harm. */
export const parseBucketAddress = (text: string): string => {
  const address = parseR2Address(text)
  if (address.key !== '') throw new UsageError(`"${text}" names an object, not a bucket.`, 'Write r2://bucket.')
  return address.bucket
}

/** @throws R2Error `InvalidInput` for a name that R2 refuses, before a folder is made or a request is sent for it */
export const requireName = ({ bucket, key }: Pick<R2Address, 'bucket' | 'key'>): void => {
  checkBucketName(bucket, { bucketNames: 'r2' })
  if (key !== '') checkObjectKey(key)
}

/** The address that `parseAddress` reads back as this bucket and key. */
export const formatR2Address = (bucket: string, key: string): string => `${scheme}${bucket}/${key}`

/** The prefix of what a folder holds: `photos` and `photos/` both mean `photos/`; a whole bucket has none. */
export const folderPrefix = (key: string): string => (key === '' || key.endsWith('/') ? key : `${key}/`)

/** What stands after the last slash of a key; empty for a key that ends in one. */
export const lastSegment = (key: string): string => key.slice(key.lastIndexOf('/') + 1)
