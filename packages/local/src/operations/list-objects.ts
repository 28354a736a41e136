/** ListObjectsV2 and ListObjects: the same pages, with different parameters to continue a list. */
import { compareUtf8, escapeXml, xmlDocument, xmlValue } from 'r2kit/protocol'
import { type Reply, xmlReply } from '../http/reply.js'
import { normalizedKey } from '../objects/keys.js'
import { decodeToken, encodeToken, isoTime, pageLimit, readEncoding, readMaxKeys } from '../objects/listing.js'
import { requireBucket } from '../objects/lookup.js'
import type { ListEntry } from '../storage/index.js'
import type { BucketCall } from './call.js'

interface Page {
  readonly markup: string
  readonly count: number
  readonly maxKeys: number
  /** The last name of the page, which the next page starts after; undefined for the last page. */
  readonly next: string | undefined
  readonly isTruncated: boolean
}

export const listObjectsV2 = (call: BucketCall): Reply => {
  const { query } = call
  const encode = readEncoding(query.get('encoding-type'))
  const token = query.get('continuation-token') || undefined
  const startAfter = query.get('start-after')
  const lastName = token === undefined ? '' : decodeToken(token)
  const after = startAfter === undefined || compareUtf8(lastName, startAfter) > 0 ? lastName : startAfter
  const page = listPage(call, after, query.get('fetch-owner') === 'true', encode)
  return listReply(call, encode, [
    page.markup,
    xmlValue('IsTruncated', page.isTruncated),
    xmlValue('StartAfter', startAfter === undefined ? undefined : encode(startAfter)),
    xmlValue('ContinuationToken', token),
    xmlValue('NextContinuationToken', page.next === undefined ? undefined : encodeToken(page.next)),
    xmlValue('MaxKeys', page.maxKeys),
    xmlValue('KeyCount', page.count),
  ])
}

export const listObjects = (call: BucketCall): Reply => {
  const { query } = call
  const encode = readEncoding(query.get('encoding-type'))
  const marker = query.get('marker') ?? ''
  const page = listPage(call, marker, false, encode)
  return listReply(call, encode, [
    page.markup,
    xmlValue('IsTruncated', page.isTruncated),
    xmlValue('Marker', encode(marker)),
    xmlValue('NextMarker', page.next === undefined ? undefined : encode(page.next)),
    xmlValue('MaxKeys', page.maxKeys),
  ])
}

const listReply = (
  { bucket, query }: BucketCall,
  encode: (name: string) => string,
  parts: readonly string[],
): Reply => {
  const delimiter = query.get('delimiter')
  const markup = [
    xmlValue('Name', bucket),
    ...parts,
    xmlValue('Prefix', encode(query.get('prefix') ?? '')),
    xmlValue('Delimiter', delimiter === undefined ? undefined : encode(delimiter)),
    xmlValue('EncodingType', query.get('encoding-type')),
  ].join('')
  return xmlReply(xmlDocument('ListBucketResult', markup))
}

const listPage = (
  { server, bucket, query }: BucketCall,
  startAfter: string,
  withOwner: boolean,
  encode: (name: string) => string,
): Page => {
  requireBucket(server.storage, bucket)
  const maxKeys = readMaxKeys(query.get('max-keys'))
  const limit = Math.min(maxKeys, pageLimit)
  const delimiter = query.get('delimiter')
  const page = server.storage.listObjects(bucket, {
    prefix: normalizedKey(query.get('prefix') ?? ''),
    startAfter: normalizedKey(startAfter),
    // For max-keys=0, R2 returns no entries, but IsTruncated shows whether there are any.
    limit: Math.max(limit, 1),
    ...(delimiter ? { delimiter: normalizedKey(delimiter) } : {}),
  })
  if (limit === 0) return { markup: '', count: 0, maxKeys, next: undefined, isTruncated: page.entries.length > 0 }
  const owner = withOwner ? ownerMarkup(server.accountId) : ''
  let contents = ''
  let prefixes = ''
  for (const entry of page.entries) {
    if ('key' in entry) contents += contentMarkup(entry, owner, encode)
    else prefixes += `<CommonPrefixes><Prefix>${escapeXml(encode(entry.commonPrefix))}</Prefix></CommonPrefixes>`
  }
  return {
    markup: contents + prefixes,
    count: page.entries.length,
    maxKeys,
    next: page.next,
    isTruncated: page.next !== undefined,
  }
}

const contentMarkup = (
  { key, object }: Extract<ListEntry, { key: string }>,
  owner: string,
  encode: (name: string) => string,
): string =>
  `<Contents><Key>${escapeXml(encode(object.keyAsPut ?? key))}</Key><Size>${object.content.size}</Size>` +
  `<LastModified>${isoTime(object.lastModifiedMs)}</LastModified><ETag>&quot;${object.etag}&quot;</ETag>` +
  `<StorageClass>${object.storageClass}</StorageClass>${owner}</Contents>`

/** The account owns everything, and its ID is also its display name. */
export const ownerMarkup = (accountId: string, element = 'Owner'): string =>
  `<${element}><ID>${accountId}</ID><DisplayName>${accountId}</DisplayName></${element}>`
