/** DeleteObject: 204 whether or not the object exists. Sub-resources in the query are ignored. */

import { emptyReply, type Reply } from '../http/reply.js'
import { requireBucket } from '../objects/lookup.js'
import type { ObjectCall } from './call.js'

export const deleteObject = async ({ server, bucket, key }: ObjectCall): Promise<Reply> => {
  requireBucket(server.storage, bucket)
  await server.storage.deleteObjects(bucket, [key])
  return emptyReply(204)
}
