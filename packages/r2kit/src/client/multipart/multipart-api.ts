import type { CallOptions } from '../operation.js'
import type { Runtime } from '../runtime.js'
import {
  type AbortMultipartUploadInput,
  type AbortMultipartUploadOutput,
  abortMultipartUpload,
} from './abort-multipart-upload.js'
import {
  type CompleteMultipartUploadInput,
  type CompleteMultipartUploadOutput,
  completeMultipartUpload,
} from './complete-multipart-upload.js'
import {
  type CreateMultipartUploadInput,
  type CreateMultipartUploadOutput,
  createMultipartUpload,
} from './create-multipart-upload.js'
import {
  type ListMultipartUploadsInput,
  type ListMultipartUploadsOutput,
  listMultipartUploads,
} from './list-multipart-uploads.js'
import { type ListPartsInput, type ListPartsOutput, listParts } from './list-parts.js'
import { type UploadPartInput, type UploadPartOutput, uploadPart } from './upload-part.js'
import { type UploadPartCopyInput, type UploadPartCopyOutput, uploadPartCopy } from './upload-part-copy.js'

/** `r2.multipart`: uploads in parts, step by step. `r2.transfers.upload` takes all the steps for you. */
export class Multipart {
  readonly #runtime: Runtime

  constructor(runtime: Runtime) {
    this.#runtime = runtime
  }

  /** Begins an upload. Complete it or abort it: its parts are stored, and paid for, until then. */
  create(input: CreateMultipartUploadInput, options?: CallOptions): Promise<CreateMultipartUploadOutput> {
    return this.#runtime.execute(createMultipartUpload, input, options)
  }

  /** Sends a part; sending a number again replaces it. */
  uploadPart(input: UploadPartInput, options?: CallOptions): Promise<UploadPartOutput> {
    return this.#runtime.execute(uploadPart, input, options)
  }

  /** Makes a part of another object's bytes, inside R2. */
  uploadPartCopy(input: UploadPartCopyInput, options?: CallOptions): Promise<UploadPartCopyOutput> {
    return this.#runtime.execute(uploadPartCopy, input, options)
  }

  /** Makes the object of its parts. */
  complete(input: CompleteMultipartUploadInput, options?: CallOptions): Promise<CompleteMultipartUploadOutput> {
    return this.#runtime.execute(completeMultipartUpload, input, options)
  }

  /** Ends an upload and frees its parts. */
  abort(input: AbortMultipartUploadInput, options?: CallOptions): Promise<AbortMultipartUploadOutput> {
    return this.#runtime.execute(abortMultipartUpload, input, options)
  }

  /** One page of the parts that have arrived. */
  listParts(input: ListPartsInput, options?: CallOptions): Promise<ListPartsOutput> {
    return this.#runtime.execute(listParts, input, options)
  }

  /** One page of the bucket's unfinished uploads. */
  listUploads(input: ListMultipartUploadsInput, options?: CallOptions): Promise<ListMultipartUploadsOutput> {
    return this.#runtime.execute(listMultipartUploads, input, options)
  }
}
