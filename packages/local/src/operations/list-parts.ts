/** ListParts: the stored parts of an upload, sorted by part number. */
import { xmlDocument, xmlElement, xmlValue } from 'r2kit/protocol'
import { invalidArgument } from '../errors/s3-error.js'
import { type Reply, xmlReply } from '../http/reply.js'
import { isoTime, pageLimit, readEncoding, readMaxEntries } from '../objects/listing.js'
import { requireUpload } from '../objects/lookup.js'
import type { PartRecord } from '../storage/index.js'
import type { ObjectCall } from './call.js'
import { ownerMarkup } from './list-objects.js'

export const listParts = (call: ObjectCall): Reply => {
  const { server, bucket, key, keyAsSent, query } = call
  const upload = requireUpload(server.storage, bucket, key, query.get('uploadId'))
  const encode = readEncoding(query.get('encoding-type'))
  const maxParts = readMaxEntries(query, 'max-parts')
  const marker = readMarker(query.get('part-number-marker'))
  const limit = Math.min(maxParts, pageLimit)
  const found = server.storage.listParts(upload, { partNumberMarker: marker, limit: limit + 1 })
  const shown = found.slice(0, limit)
  const markup = [
    xmlValue('Bucket', bucket),
    xmlValue('Key', encode(keyAsSent)),
    xmlValue('UploadId', upload.uploadId),
    ownerMarkup(server.accountId, 'Initiator'),
    ownerMarkup(server.accountId),
    xmlValue('StorageClass', upload.storageClass),
    xmlValue('PartNumberMarker', marker),
    xmlValue('NextPartNumberMarker', shown.at(-1)?.partNumber ?? marker),
    xmlValue('MaxParts', maxParts),
    xmlValue('IsTruncated', found.length > limit),
    xmlValue('ChecksumAlgorithm', upload.checksumAlgorithm),
    xmlValue('ChecksumType', upload.checksumType),
    ...shown.map(partMarkup),
  ].join('')
  return xmlReply(xmlDocument('ListPartsResult', markup))
}

const readMarker = (text: string | undefined): number => {
  if (text === undefined || text === '') return 0
  if (!/^\d+$/.test(text)) throw invalidArgument('Provided part-number-marker not an integer or within integer range')
  return Number(text)
}

const partMarkup = ({ partNumber, lastModifiedMs, etag, content, checksum }: PartRecord): string =>
  xmlElement(
    'Part',
    xmlValue('PartNumber', partNumber) +
      xmlValue('LastModified', isoTime(lastModifiedMs)) +
      xmlValue('ETag', `"${etag}"`) +
      xmlValue('Size', content.size) +
      (checksum === undefined ? '' : xmlValue(`Checksum${checksum.algorithm}`, checksum.value)),
  )
