/**
 * PutObject: the body is staged first. Conditions are checked in the commit, so that only one of several concurrent
 * conditional writes succeeds.
 */

import { emptyReply, type Reply } from '../http/reply.js'
import { checksumHeaders } from '../objects/checksums.js'
import { readConditions, requireConditions } from '../objects/conditions.js'
import { customerKeyHeaders } from '../objects/customer-key.js'
import { readDescription } from '../objects/description.js'
import { uploadedForm } from '../objects/keys.js'
import { asS3Error } from '../objects/lookup.js'
import { receiveContent } from '../objects/receive-content.js'
import type { ObjectCall } from './call.js'
import { ensureBucket } from './create-bucket.js'

export const putObject = async (call: ObjectCall): Promise<Reply> => {
  const { server, bucket, key, keyAsSent, headers } = call
  const description = readDescription(headers)
  const conditions = readConditions(headers)
  await ensureBucket(call)
  const { staged, etag, checksum } = await receiveContent(call, server.storage)
  try {
    server.writeRate?.admit(bucket, key)
    const object = await server.storage.putObject(bucket, key, (current) => {
      requireConditions(conditions, current)
      return {
        content: staged.content,
        etag,
        lastModifiedMs: server.clock.now(),
        ...description,
        ...uploadedForm(keyAsSent, key),
        ...(checksum === undefined ? {} : { checksum }),
      }
    })
    return emptyReply(200, {
      etag: `"${etag}"`,
      ...checksumHeaders(checksum),
      ...server.lifecycle.expirationHeaders(bucket, key, object),
      ...customerKeyHeaders(description.ssecKeyMd5),
    })
  } catch (error) {
    await staged.discard()
    throw asS3Error(error)
  }
}
