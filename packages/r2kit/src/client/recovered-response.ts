/** Stands in for the response of a write that was stored although its response was lost. */
import { utf8Bytes } from '../base/bytes.js'
import type { HeaderFields, HttpResponse } from '../http/index.js'
import type { ObjectMetadata } from './fields/object-metadata.js'

/** The headers that R2 would have sent, as far as the object's own headers know them. */
export const recoveredResponse = ({ etag, checksum, versionId, requestId }: ObjectMetadata): HttpResponse => {
  const headers: HeaderFields = { etag: `"${etag}"` }
  if (checksum !== undefined) {
    headers[`x-amz-checksum-${checksum.algorithm.toLowerCase()}`] = checksum.value
    if (checksum.type !== undefined) headers['x-amz-checksum-type'] = checksum.type
  }
  if (versionId !== undefined) headers['x-amz-version-id'] = versionId
  if (requestId !== undefined) headers['cf-ray'] = requestId
  return { status: 200, headers, body: new Uint8Array(0) }
}

/** The same with the document that Copy and Complete respond with. */
export const recoveredDocument = (root: string, found: ObjectMetadata): HttpResponse => {
  const { etag, lastModified, checksum } = found
  const sum =
    checksum === undefined ? '' : `<Checksum${checksum.algorithm}>${checksum.value}</Checksum${checksum.algorithm}>`
  const fields = `<ETag>${etag}</ETag><LastModified>${lastModified.toISOString()}</LastModified>${sum}`
  return { ...recoveredResponse(found), body: utf8Bytes(`<${root}>${fields}</${root}>`) }
}
