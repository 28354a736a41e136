/** Multipart uploads of the model. */
import { md5 } from '#md5'
import { concatBytes } from '../../base/bytes.js'
import type { HttpResponse } from '../../http/index.js'
import { childOf, childrenOf, readTree } from '../../xml/index.js'
import { xmlDocument, xmlElement, xmlValue } from '../../xml/writer.js'
import { Refusal } from './refusal.js'
import {
  copySource,
  descriptionOf,
  emptyResponse,
  hexMd5,
  rangeOf,
  requireWriteConditions,
  type SimulatedCall,
  type SimulatedOperations,
  xmlResponse,
} from './simulated-call.js'
import {
  checksumField,
  completedChecksum,
  computedChecksum,
  requireListedChecksum,
  uploadChecksum,
} from './simulated-checksum.js'
import type { SimulatedPart, SimulatedStore, SimulatedUpload } from './simulated-store.js'

export const multipartOperations = (store: SimulatedStore): SimulatedOperations => ({
  CreateMultipartUpload: ({ bucket, key, headers }) => {
    const checksum = uploadChecksum(headers)
    const uploadId = store.createUpload(bucket, key, { description: descriptionOf(headers), checksum })
    const response = xmlResponse(
      xmlDocument(
        'InitiateMultipartUploadResult',
        xmlValue('Bucket', bucket) + xmlValue('Key', key) + xmlValue('UploadId', uploadId),
      ),
    )
    if (checksum === undefined) return response
    const { algorithm, type } = checksum
    const fields = { 'x-amz-checksum-algorithm': algorithm, 'x-amz-checksum-type': type }
    return { ...response, headers: { ...response.headers, ...fields } }
  },
  UploadPart: (call) => {
    const { etag, checksum } = storePart(store, call, call.body)
    const sum = checksum && { [checksumField(checksum.algorithm)]: checksum.value }
    return emptyResponse(200, { etag: `"${etag}"`, ...sum })
  },
  UploadPartCopy: (call) => {
    const { bytes } = copySource(store, call.headers)
    const range = rangeOf(call.headers['x-amz-copy-source-range'], bytes.length)
    const { etag } = storePart(store, call, bytes.slice(range?.start, range?.end))
    return xmlResponse(
      xmlDocument(
        'CopyPartResult',
        xmlValue('ETag', `"${etag}"`) + xmlValue('LastModified', new Date(store.now()).toISOString()),
      ),
    )
  },
  ListParts: (call) => {
    const after = Number(call.query.get('part-number-marker') ?? 0)
    const limit = Number(call.query.get('max-parts') ?? 1_000)
    const all = [...uploadOf(store, call).parts]
      .filter(([number]) => number > after)
      .sort(([left], [right]) => left - right)
    const page = all.slice(0, limit)
    const parts = page.map(([number, { bytes, etag, checksum }]) =>
      xmlElement(
        'Part',
        xmlValue('PartNumber', number) +
          xmlValue('ETag', `"${etag}"`) +
          xmlValue('Size', bytes.length) +
          xmlValue('LastModified', new Date(store.now()).toISOString()) +
          (checksum === undefined ? '' : xmlValue(`Checksum${checksum.algorithm}`, checksum.value)),
      ),
    )
    const next =
      xmlValue('IsTruncated', all.length > page.length) + xmlValue('NextPartNumberMarker', page.at(-1)?.[0] ?? 0)
    const names =
      xmlValue('Bucket', call.bucket) +
      xmlValue('Key', call.key) +
      xmlValue('UploadId', call.query.get('uploadId') ?? '')
    return xmlResponse(xmlDocument('ListPartsResult', names + next + xmlValue('MaxParts', limit) + parts.join('')))
  },
  CompleteMultipartUpload: (call) => complete(store, call),
  AbortMultipartUpload: (call) => {
    uploadOf(store, call)
    store.uploads.delete(call.query.get('uploadId') ?? '')
    return emptyResponse(204)
  },
})

const uploadOf = (store: SimulatedStore, { bucket, key, query }: SimulatedCall): SimulatedUpload =>
  store.upload(bucket, key, query.get('uploadId') ?? '')

const storePart = (store: SimulatedStore, call: SimulatedCall, bytes: Uint8Array): SimulatedPart => {
  const { parts, checksum: wanted } = uploadOf(store, call)
  const checksum = call.checksum ?? (wanted && computedChecksum(wanted.algorithm, bytes))
  const part = { bytes, etag: hexMd5(bytes), ...(checksum && { checksum }) }
  parts.set(Number(call.query.get('partNumber')), part)
  return part
}

/** Least size of every part but the last. */
const partBytesMin = 5 * 1024 * 1024

const complete = (store: SimulatedStore, call: SimulatedCall): HttpResponse => {
  const { bucket, key, body, query } = call
  const uploadId = query.get('uploadId') ?? ''
  const upload = uploadOf(store, call)
  const parts = childrenOf(readTree(body, ['CompleteMultipartUpload']), 'Part').map((node) => {
    const part = upload.parts.get(Number(childOf(node, 'PartNumber')?.text))
    if (part === undefined || childOf(node, 'ETag')?.text.replaceAll('"', '') !== part.etag)
      throw new Refusal(400, 'InvalidPart')
    requireListedChecksum(node, part)
    return part
  })
  const size = parts[0]?.bytes.length ?? 0
  if (parts.slice(0, -1).some((part) => part.bytes.length !== size)) throw new Refusal(400, 'InvalidPart')
  if (parts.length > 1 && size < partBytesMin) throw new Refusal(400, 'EntityTooSmall')
  const checksum = completedChecksum(upload.checksum, parts, call.headers)
  try {
    requireWriteConditions(store, call)
  } catch (error) {
    store.uploads.delete(uploadId) // As R2 does: the failed condition destroys the upload.
    throw error
  }
  const etag = `${hexMd5(concatBytes(parts.map((part) => md5(part.bytes))))}-${parts.length}`
  const modifiedMs = store.now()
  store.store(bucket, key, {
    bytes: concatBytes(parts.map(({ bytes }) => bytes)),
    etag,
    modifiedMs,
    description: upload.description,
    ...(checksum && { checksum }),
  })
  store.uploads.delete(uploadId)
  return xmlResponse(
    xmlDocument(
      'CompleteMultipartUploadResult',
      xmlValue('Bucket', bucket) +
        xmlValue('Key', key) +
        xmlValue('ETag', `"${etag}"`) +
        (checksum === undefined
          ? ''
          : xmlValue(`Checksum${checksum.algorithm}`, checksum.value) + xmlValue('ChecksumType', checksum.type)),
    ),
  )
}
