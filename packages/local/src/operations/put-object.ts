/** PutObject: the body goes to storage first; conditions are decided with the commit, so that of two racing writers one loses. */

import type { ObjectCall } from '../http/call.js'
import { emptyReply, type Reply } from '../http/reply.js'
import { asS3Error } from '../objects/buckets.js'
import { checksumHeaders } from '../objects/checksums.js'
import { readConditions, requireConditions } from '../objects/conditions.js'
import { customerKeyHeaders } from '../objects/customer-key.js'
import { readDescription } from '../objects/description.js'
import { keyForm } from '../objects/keys.js'
import { receiveContent } from '../objects/receive-content.js'
import { ensureBucket } from './create-bucket.js'

export const putObject = async (call: ObjectCall): Promise<Reply> => {
  const { server, bucket, key, keyAsSent, headers } = call
  const description = readDescription(headers)
  const conditions = readConditions(headers)
  await ensureBucket(call)
  const { staged, etag, checksum } = await receiveContent(call)
  try {
    server.writeRate?.admit(bucket, key)
    const object = await server.storage.putObject(bucket, key, (current) => {
      requireConditions(conditions, current)
      return {
        ...description,
        ...keyForm(keyAsSent, key),
        content: staged.content,
        etag,
        lastModifiedMs: server.clock.now(),
        ...(checksum === undefined ? {} : { checksum }),
      }
    })
    const reply: Record<string, string> = { etag: `"${etag}"`, ...checksumHeaders(checksum) }
    const expiration = server.lifecycle.expirationOf(bucket, key, object)
    if (expiration !== undefined) reply['x-amz-expiration'] = expiration
    return emptyReply(200, Object.assign(reply, customerKeyHeaders(description.ssecKeyMd5)))
  } catch (error) {
    await staged.discard()
    throw asS3Error(error)
  }
}
