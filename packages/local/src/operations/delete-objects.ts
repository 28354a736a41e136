/** DeleteObjects: up to 1,000 keys. R2 validates `Quiet` but ignores it, and always lists the deleted keys. */
import { childOf, childrenOf, xmlDocument, xmlElement, xmlValue } from 'r2kit/protocol'
import { S3Error } from '../errors/s3-error.js'
import { type Reply, xmlReply } from '../http/reply.js'
import { normalizedKey } from '../objects/keys.js'
import { requireBucket } from '../objects/lookup.js'
import { readDocument } from '../objects/read-document.js'
import type { BucketCall } from './call.js'

const maxKeys = 1000

export const deleteObjects = async (call: BucketCall): Promise<Reply> => {
  requireBucket(call.server.storage, call.bucket)
  const document = await readDocument(call, 'Delete')
  const keys = childrenOf(document, 'Object').map((object) => {
    const key = childOf(object, 'Key')
    if (key === undefined || key.children.length > 0) throw new S3Error('MalformedXML')
    return key.text
  })
  if (keys.length === 0 || keys.length > maxKeys) throw new S3Error('MalformedXML')
  const quiet = childOf(document, 'Quiet')?.text
  if (quiet !== undefined && quiet !== 'true' && quiet !== 'false') throw new S3Error('MalformedXML')
  await call.server.storage.deleteObjects(call.bucket, keys.map(normalizedKey))
  const deleted = keys.map((key) => xmlElement('Deleted', xmlValue('Key', key))).join('')
  return xmlReply(xmlDocument('DeleteResult', deleted))
}
