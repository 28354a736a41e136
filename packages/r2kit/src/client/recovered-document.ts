import { utf8Bytes } from '../base/bytes.js'
import type { HttpResponse } from '../http/index.js'
import type { ObjectMetadata } from './fields/object-metadata.js'
import { recoveredResponse } from './unknown-outcome.js'

/** `recoveredResponse` with the document of a response to Copy or Complete. */
export const recoveredDocument = (root: string, found: ObjectMetadata): HttpResponse => {
  const { etag, lastModified, checksum } = found
  const sum =
    checksum === undefined ? '' : `<Checksum${checksum.algorithm}>${checksum.value}</Checksum${checksum.algorithm}>`
  const fields = `<ETag>${etag}</ETag><LastModified>${lastModified.toISOString()}</LastModified>${sum}`
  return { ...recoveredResponse(found), body: utf8Bytes(`<${root}>${fields}</${root}>`) }
}
