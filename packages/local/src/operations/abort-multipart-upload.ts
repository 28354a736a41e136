/** AbortMultipartUpload: 204 for an upload that there is; its parts go with it. */
import { S3Error } from '../errors/s3-error.js'
import type { ObjectCall } from '../http/call.js'
import { emptyReply, type Reply } from '../http/reply.js'
import { requireUpload } from '../objects/uploads.js'

export const abortMultipartUpload = async (call: ObjectCall): Promise<Reply> => {
  if (!(await call.server.storage.abortUpload(requireUpload(call)))) throw new S3Error('NoSuchUpload')
  return emptyReply(204)
}
