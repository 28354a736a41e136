/** ListMultipartUploads: a bucket's unfinished uploads, sorted by key and upload ID. R2 also accepts it on object paths. */
import { xmlDocument, xmlElement, xmlValue } from 'r2kit/protocol'
import { type Reply, xmlReply } from '../http/reply.js'
import { normalizedKey } from '../objects/keys.js'
import { isoTime, pageLimit, readEncoding, readMaxEntries } from '../objects/listing.js'
import { requireBucket } from '../objects/lookup.js'
import type { UploadListQuery, UploadRecord } from '../storage/index.js'
import type { BucketCall } from './call.js'
import { ownerMarkup } from './list-objects.js'

export const listMultipartUploads = ({ server, bucket, query }: BucketCall): Reply => {
  requireBucket(server.storage, bucket)
  const encode = readEncoding(query.get('encoding-type'))
  const maxUploads = readMaxEntries(query, 'max-uploads')
  const delimiter = query.get('delimiter')
  const keyMarker = query.get('key-marker') ?? ''
  // Without a key marker, the upload ID marker is ignored (AWS).
  const uploadIdMarker = keyMarker === '' ? undefined : query.get('upload-id-marker') || undefined
  const listQuery: UploadListQuery = {
    prefix: normalizedKey(query.get('prefix') ?? ''),
    keyMarker: normalizedKey(keyMarker),
    limit: Math.min(maxUploads, pageLimit),
    ...(delimiter ? { delimiter: normalizedKey(delimiter) } : {}),
    ...(uploadIdMarker === undefined ? {} : { uploadIdMarker }),
  }
  const page = listQuery.limit === 0 ? { entries: [], next: undefined } : server.storage.listUploads(bucket, listQuery)
  const owner = ownerMarkup(server.accountId, 'Initiator') + ownerMarkup(server.accountId)
  const markup = [
    xmlValue('Bucket', bucket),
    xmlValue('KeyMarker', encode(keyMarker)),
    xmlValue('UploadIdMarker', uploadIdMarker ?? ''),
    xmlValue('NextKeyMarker', page.next && encode(page.next.keyMarker)),
    xmlValue('NextUploadIdMarker', page.next?.uploadIdMarker),
    xmlValue('Prefix', encode(query.get('prefix') ?? '')),
    xmlValue('Delimiter', delimiter === undefined ? undefined : encode(delimiter)),
    xmlValue('EncodingType', query.get('encoding-type')),
    xmlValue('MaxUploads', maxUploads),
    xmlValue('IsTruncated', page.next !== undefined),
    ...page.entries.map((entry) =>
      'upload' in entry
        ? uploadMarkup(entry.upload, owner, encode)
        : xmlElement('CommonPrefixes', xmlValue('Prefix', encode(entry.commonPrefix))),
    ),
  ].join('')
  return xmlReply(xmlDocument('ListMultipartUploadsResult', markup))
}

const uploadMarkup = (upload: UploadRecord, owner: string, encode: (name: string) => string): string =>
  xmlElement(
    'Upload',
    xmlValue('Key', encode(upload.keyAsPut ?? upload.key)) +
      xmlValue('UploadId', upload.uploadId) +
      owner +
      xmlValue('StorageClass', upload.storageClass) +
      xmlValue('Initiated', isoTime(upload.initiatedMs)),
  )
