/** DeleteObject: 204 whether there was an object or not; sub-resources in the query change nothing. */

import type { ObjectCall } from '../http/call.js'
import { emptyReply, type Reply } from '../http/reply.js'
import { requireBucket } from '../objects/buckets.js'

export const deleteObject = async ({ server, bucket, key }: ObjectCall): Promise<Reply> => {
  requireBucket(server.storage, bucket)
  await server.storage.deleteObjects(bucket, [key])
  return emptyReply(204)
}
