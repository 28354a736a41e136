/** ListObjectsV2 and its older form. Both walk the same pages; they differ in how they say where to go on. */
import { compareUtf8, escapeXml, xmlDocument, xmlValue } from 'r2kit/protocol'
import type { BucketCall } from '../http/call.js'
import { type Reply, xmlReply } from '../http/reply.js'
import { requireBucket } from '../objects/buckets.js'
import { normalizedKey } from '../objects/keys.js'
import { isoTime, pageLimit, placeOf, readEncoding, readMaxKeys, tokenOf } from '../objects/listing.js'
import type { ListEntry } from '../storage/index.js'

interface Page {
  readonly markup: string
  readonly count: number
  readonly maxKeys: number
  /** Where the next page starts. */
  readonly next: string | undefined
  readonly isTruncated: boolean
}

export const listObjectsV2 = (call: BucketCall): Reply => {
  const { query } = call
  const encode = readEncoding(query.get('encoding-type'))
  const token = query.get('continuation-token') || undefined
  const startAfter = query.get('start-after')
  const place = token === undefined ? '' : placeOf(token)
  const after = startAfter === undefined || compareUtf8(place, startAfter) > 0 ? place : startAfter
  const page = listPage(call, after, query.get('fetch-owner') === 'true', encode)
  return document(call, encode, [
    page.markup,
    xmlValue('IsTruncated', page.isTruncated),
    xmlValue('StartAfter', startAfter === undefined ? undefined : encode(startAfter)),
    xmlValue('ContinuationToken', token),
    xmlValue('NextContinuationToken', page.next === undefined ? undefined : tokenOf(page.next)),
    xmlValue('MaxKeys', page.maxKeys),
    xmlValue('KeyCount', page.count),
  ])
}

export const listObjects = (call: BucketCall): Reply => {
  const { query } = call
  const encode = readEncoding(query.get('encoding-type'))
  const marker = query.get('marker') ?? ''
  const page = listPage(call, marker, false, encode)
  return document(call, encode, [
    page.markup,
    xmlValue('IsTruncated', page.isTruncated),
    xmlValue('Marker', encode(marker)),
    xmlValue('NextMarker', page.next === undefined ? undefined : encode(page.next)),
    xmlValue('MaxKeys', page.maxKeys),
  ])
}

const document = ({ bucket, query }: BucketCall, encode: (name: string) => string, parts: readonly string[]): Reply => {
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
    // R2 answers max-keys=0 with whether there is anything at all.
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

/** The account owns everything: its id is both the id and the name. */
export const ownerMarkup = (accountId: string, element = 'Owner'): string =>
  `<${element}><ID>${accountId}</ID><DisplayName>${accountId}</DisplayName></${element}>`
