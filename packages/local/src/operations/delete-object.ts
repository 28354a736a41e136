/** DeleteObject: 204 whether there was an object or not; sub-resources in the query change nothing. */
import { type Answer, emptyAnswer } from '../http/answer.js'
import type { ObjectCall } from '../http/call.js'
import { requireBucket } from '../objects/buckets.js'

export const deleteObject = async ({ server, bucket, key }: ObjectCall): Promise<Answer> => {
  requireBucket(server.storage, bucket)
  await server.storage.deleteObjects(bucket, [key])
  return emptyAnswer(204)
}
