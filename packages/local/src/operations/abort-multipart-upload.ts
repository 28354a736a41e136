/** AbortMultipartUpload: removes the upload and its parts. */
import { S3Error } from '../errors/s3-error.js'
import { emptyReply, type Reply } from '../http/reply.js'
import { requireUpload } from '../objects/lookup.js'
import type { ObjectCall } from './call.js'

export const abortMultipartUpload = async ({ server, bucket, key, query }: ObjectCall): Promise<Reply> => {
  const upload = requireUpload(server.storage, bucket, key, query.get('uploadId'))
  if (!(await server.storage.abortUpload(upload))) throw new S3Error('NoSuchUpload')
  return emptyReply(204)
}
