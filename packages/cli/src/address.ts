/**
 * What a word of the command line names: an object (or prefix, or bucket) on R2, a local path, or a pipe.
 *
 * A key stands in an address literally, with no URL decoding: `%2F`, `?`, `#`, `..` and spaces are bytes of the key, so
 * every key that R2 allows can be written.
 */
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

/** @throws UsageError for an empty word, an address without a bucket, and other schemes (`s3://`), which are surely a slip. */
export const parseAddress = (text: string): Address => {
  if (text === '') throw new UsageError('An address is empty.', 'Write r2://bucket/key, a local path, or - for a pipe.')
  if (text === '-') return { kind: 'pipe' }
  if (text.startsWith(scheme)) return parseR2(text)
  const otherScheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(text)?.[0]
  if (otherScheme !== undefined) {
    throw new UsageError(
      `"${otherScheme}" is not an address of R2.`,
      `Write r2://bucket/key, or ./${text} for a local path.`,
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
  if (address.kind !== 'r2') throw new UsageError(`"${text}" is not an address on R2.`, 'Write r2://bucket/key.')
  return address
}

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

/** The address that `parseAddress` reads back as this bucket and key. */
export const formatR2Address = (bucket: string, key: string): string => `${scheme}${bucket}/${key}`

/** The prefix of what a folder holds: `photos` and `photos/` both mean `photos/`; a whole bucket has none. */
export const folderPrefix = (key: string): string => (key === '' || key.endsWith('/') ? key : `${key}/`)

/** What stands after the last slash of a key; empty for a key that ends in one. */
export const lastSegment = (key: string): string => key.slice(key.lastIndexOf('/') + 1)
