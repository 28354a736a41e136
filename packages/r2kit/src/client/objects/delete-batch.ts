import { md5 } from '#md5'
import { base64FromBytes, utf8Bytes } from '../../base/bytes.js'
import { headerOf } from '../../http/index.js'
import { anyText, checkBucketName, checkObjectKey, listOf, required } from '../../validation/index.js'
import { type DeleteResult, deleteDocument, readDeleteResult } from '../../xml/documents.js'
import { inputOf } from '../fields/input-of.js'
import { defineOperation } from '../operation.js'

/** One batch: at most 700 keys, each of which XML can contain. */
export interface DeleteBatchInput {
  readonly bucket: string
  readonly keys: readonly string[]
}

/** DeleteObjects: one batch. */
export const deleteBatch = defineOperation<DeleteBatchInput, DeleteResult & { requestId: string | undefined }>({
  name: 'DeleteObjects',
  idempotent: true,
  timeoutClass: 'list',
  input: inputOf<DeleteBatchInput>('DeleteObjects', { bucket: required(anyText), keys: required(listOf(anyText)) }),
  validate({ bucket, keys }, { rules }) {
    checkBucketName(bucket, rules)
    for (const key of keys) checkObjectKey(key, rules)
  },
  encode({ bucket, keys }) {
    const bytes = utf8Bytes(deleteDocument.write({ keys }))
    return {
      method: 'POST',
      bucket,
      query: [['delete', '']],
      headers: { 'content-type': 'application/xml', 'content-md5': base64FromBytes(md5(bytes)) },
      body: { kind: 'bytes', bytes },
    }
  },
  decode: ({ headers, body }) => ({ ...readDeleteResult(body as Uint8Array), requestId: headerOf(headers, 'cf-ray') }),
})
