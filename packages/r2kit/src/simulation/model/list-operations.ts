/** Lists of the model: pages of keys and of multipart uploads. */
import { xmlDocument, xmlElement, xmlValue } from '../../xml/writer.js'
import { type SimulatedCall, type SimulatedOperations, xmlResponse } from './simulated-call.js'
import type { SimulatedStore } from './simulated-store.js'

export const listOperations = (store: SimulatedStore): SimulatedOperations => ({
  ListObjectsV2: ({ bucket, query }) => {
    const keys = [...store.objectsOf(bucket).keys()]
    const page = pageOf(keys, query, [query.get('start-after') ?? '', query.get('continuation-token') ?? ''])
    const contents = page.keys.map((key) => {
      const { bytes, etag, modifiedMs } = store.object(bucket, key)
      return xmlElement(
        'Contents',
        xmlValue('Key', encodeURIComponent(key)) +
          xmlValue('Size', bytes.length) +
          xmlValue('LastModified', new Date(modifiedMs).toISOString()) +
          xmlValue('ETag', `"${etag}"`) +
          xmlValue('StorageClass', 'STANDARD'),
      )
    })
    const markup =
      xmlValue('Name', bucket) +
      xmlValue('EncodingType', 'url') +
      xmlValue('IsTruncated', page.next !== undefined) +
      xmlValue('KeyCount', page.keys.length + page.prefixes.length) +
      xmlValue('MaxKeys', page.limit) +
      xmlValue('NextContinuationToken', page.next)
    return xmlResponse(xmlDocument('ListBucketResult', markup + contents.join('') + prefixMarkup(page.prefixes)))
  },
  ListMultipartUploads: ({ bucket, query }) => {
    store.objectsOf(bucket)
    const prefix = query.get('prefix') ?? ''
    const uploads = [...store.uploads].filter(([, upload]) => upload.bucket === bucket && upload.key.startsWith(prefix))
    const markup = uploads.map(([uploadId, { key, createdMs }]) =>
      xmlElement(
        'Upload',
        xmlValue('Key', encodeURIComponent(key)) +
          xmlValue('UploadId', uploadId) +
          xmlValue('Initiated', new Date(createdMs).toISOString()),
      ),
    )
    const fields =
      xmlValue('Bucket', bucket) +
      xmlValue('EncodingType', 'url') +
      xmlValue('IsTruncated', false) +
      xmlValue('MaxUploads', 1_000)
    return xmlResponse(xmlDocument('ListMultipartUploadsResult', fields + markup.join('')))
  },
})

interface Page {
  readonly keys: readonly string[]
  readonly prefixes: readonly string[]
  readonly limit: number
  /** The last entry of a page that others follow. */
  readonly next: string | undefined
}

/** @param after entries up to the last of these come on no page */
const pageOf = (all: readonly string[], query: SimulatedCall['query'], after: readonly string[]): Page => {
  const prefix = query.get('prefix') ?? ''
  const delimiter = query.get('delimiter') ?? ''
  const limit = Math.min(1_000, Number(query.get('max-keys') ?? 1_000))
  const entryOf = (key: string): string => {
    const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length)
    return end < 0 ? key : key.slice(0, end + delimiter.length)
  }
  const keys = all.filter((key) => key.startsWith(prefix))
  const entries = [...new Set(keys.map(entryOf))]
    .filter((entry) => after.every((one) => compareUtf8(entry, one) > 0))
    .sort(compareUtf8)
  const page = entries.slice(0, limit)
  const objects = new Set(keys.filter((key) => entryOf(key) === key && !isCommonPrefix(key, prefix, delimiter)))
  return {
    keys: page.filter((entry) => objects.has(entry)),
    prefixes: page.filter((entry) => !objects.has(entry)),
    limit,
    next: entries.length > page.length ? page.at(-1) : undefined,
  }
}

/** A key that ends with the delimiter, after the prefix, is its own common prefix. */
const isCommonPrefix = (key: string, prefix: string, delimiter: string): boolean =>
  delimiter !== '' && key.indexOf(delimiter, prefix.length) >= 0

const prefixMarkup = (prefixes: readonly string[]): string =>
  prefixes.map((prefix) => xmlElement('CommonPrefixes', xmlValue('Prefix', encodeURIComponent(prefix)))).join('')

/** R2 orders keys by their UTF-8 bytes, which is the order of code points, not of UTF-16 units. */
const compareUtf8 = (left: string, right: string): number => {
  const [a, b] = [Array.from(left), Array.from(right)]
  for (let index = 0; index < Math.min(a.length, b.length); index++) {
    const difference = (a[index]?.codePointAt(0) ?? 0) - (b[index]?.codePointAt(0) ?? 0)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}
