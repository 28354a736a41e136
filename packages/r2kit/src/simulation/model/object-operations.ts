/** Objects of the model: put, copy, get, head, delete. */

import { copyOf } from '../../base/bytes.js'
import type { HeaderFields } from '../../http/index.js'
import { childOf, childrenOf, readTree } from '../../xml/index.js'
import { xmlDocument, xmlElement, xmlValue } from '../../xml/writer.js'
import {
  chunked,
  copySource,
  descriptionOf,
  emptyResponse,
  hexMd5,
  rangeOf,
  requireReadConditions,
  requireWriteConditions,
  type SimulatedOperations,
  xmlResponse,
} from './simulated-call.js'
import { checksumHeaders } from './simulated-checksum.js'
import type { SimulatedObject, SimulatedStore } from './simulated-store.js'

export const objectOperations = (store: SimulatedStore): SimulatedOperations => ({
  PutObject: (call) => {
    const { bucket, key, body, headers, checksum } = call
    requireWriteConditions(store, call)
    const etag = hexMd5(body)
    store.store(bucket, key, {
      bytes: body,
      etag,
      modifiedMs: store.now(),
      description: descriptionOf(headers),
      ...(checksum && { checksum }),
    })
    return emptyResponse(200, { etag: `"${etag}"`, ...checksumHeaders(checksum) })
  },
  CopyObject: (call) => {
    const { bucket, key, headers } = call
    const source = copySource(store, headers)
    requireWriteConditions(store, call)
    const isReplaced = headers['x-amz-metadata-directive'] === 'REPLACE'
    const modifiedMs = store.now()
    store.store(bucket, key, {
      ...source,
      modifiedMs,
      ...(isReplaced ? { description: descriptionOf(headers) } : {}),
    })
    return xmlResponse(
      xmlDocument(
        'CopyObjectResult',
        xmlValue('ETag', `"${source.etag}"`) + xmlValue('LastModified', new Date(modifiedMs).toISOString()),
      ),
    )
  },
  GetObject: (call) => {
    const object = store.object(call.bucket, call.key)
    const unchanged = requireReadConditions(call.headers, object)
    const checksums = call.headers['x-amz-checksum-mode'] === 'ENABLED' ? checksumHeaders(object.checksum) : {}
    if (unchanged) return emptyResponse(304, { ...objectHeaders(object), ...checksums })
    const { bytes } = object
    const range = rangeOf(call.headers.range, bytes.length)
    const part = range === undefined ? bytes : bytes.subarray(range.start, range.end)
    const headers = {
      ...objectHeaders(object),
      'content-length': String(part.length),
      ...(range === undefined
        ? checksums
        : { 'content-range': `bytes ${range.start}-${range.end - 1}/${bytes.length}` }),
    }
    return {
      status: range === undefined ? 200 : 206,
      headers,
      body: call.wantsStream ? chunked(part) : copyOf(part),
    }
  },
  HeadObject: ({ bucket, key, headers }) => {
    const object = store.object(bucket, key)
    const checksums = headers['x-amz-checksum-mode'] === 'ENABLED' ? checksumHeaders(object.checksum) : {}
    const status = requireReadConditions(headers, object) ? 304 : 200
    return emptyResponse(status, { ...objectHeaders(object), ...checksums })
  },
  DeleteObject: ({ bucket, key }) => {
    store.delete(bucket, key)
    return emptyResponse(204)
  },
  DeleteObjects: ({ bucket, body }) => {
    const keys = childrenOf(readTree(body, ['Delete']), 'Object').map((node) => childOf(node, 'Key')?.text ?? '')
    for (const key of keys) store.delete(bucket, key)
    return xmlResponse(
      xmlDocument('DeleteResult', keys.map((key) => xmlElement('Deleted', xmlValue('Key', key))).join('')),
    )
  },
})

const objectHeaders = ({ bytes, etag, modifiedMs, description }: SimulatedObject): HeaderFields => ({
  'content-type': 'application/octet-stream',
  ...description,
  'content-length': String(bytes.length),
  etag: `"${etag}"`,
  'last-modified': new Date(modifiedMs).toUTCString(),
  'accept-ranges': 'bytes',
})
