import { suppressUnhandledError } from '../../http/index.js'
import { detached } from '../detached.js'
import type { CallOptions } from '../operation.js'
import type { Runtime } from '../runtime.js'
import type { AbortMultipartUploadInput, AbortMultipartUploadOutput } from './abort-multipart-upload.js'
import type { CompleteMultipartUploadInput, CompleteMultipartUploadOutput } from './complete-multipart-upload.js'
import type { CreateMultipartUploadInput, CreateMultipartUploadOutput } from './create-multipart-upload.js'
import type { ListMultipartUploadsInput, ListMultipartUploadsOutput } from './list-multipart-uploads.js'
import type { ListPartsInput, ListPartsOutput } from './list-parts.js'
import type { UploadPartInput, UploadPartOutput } from './upload-part.js'
import type { UploadPartCopyInput, UploadPartCopyOutput } from './upload-part-copy.js'

/** Loaded by the first call that needs them. */
const loadOperations = () => import('./multipart-operations.js')

/** `r2.multipart`: uploads in parts, step by step. `r2.transfers.upload` takes all the steps for you. */
export class Multipart {
  readonly #runtime: Runtime

  constructor(runtime: Runtime) {
    this.#runtime = runtime
  }

  /** Begins an upload. Complete it or abort it: its parts are stored, and paid for, until then. */
  async create(given: CreateMultipartUploadInput, options?: CallOptions): Promise<CreateMultipartUploadOutput> {
    const input = detached(given)
    const { createMultipartUpload } = await loadOperations()
    return this.#runtime.execute(createMultipartUpload, input, options)
  }

  /** Sends a part; sending a number again replaces it. */
  async uploadPart(given: UploadPartInput, options?: CallOptions): Promise<UploadPartOutput> {
    const input = detached(given)
    suppressUnhandledError(input.body)
    const { uploadPart } = await loadOperations()
    return this.#runtime.execute(uploadPart, input, options)
  }

  /** Makes a part of another object's bytes, inside R2. */
  async uploadPartCopy(given: UploadPartCopyInput, options?: CallOptions): Promise<UploadPartCopyOutput> {
    const input = detached(given)
    const { uploadPartCopy } = await loadOperations()
    return this.#runtime.execute(uploadPartCopy, input, options)
  }

  /** Makes the object of its parts. */
  async complete(given: CompleteMultipartUploadInput, options?: CallOptions): Promise<CompleteMultipartUploadOutput> {
    const input = detached(given)
    const { completeMultipartUpload } = await loadOperations()
    return this.#runtime.execute(completeMultipartUpload, input, options)
  }

  /** Ends an upload and frees its parts. */
  async abort(given: AbortMultipartUploadInput, options?: CallOptions): Promise<AbortMultipartUploadOutput> {
    const input = detached(given)
    const { abortMultipartUpload } = await loadOperations()
    return this.#runtime.execute(abortMultipartUpload, input, options)
  }

  /** One page of the parts that have arrived. */
  async listParts(given: ListPartsInput, options?: CallOptions): Promise<ListPartsOutput> {
    const input = detached(given)
    const { listParts } = await loadOperations()
    return this.#runtime.execute(listParts, input, options)
  }

  /** One page of the bucket's unfinished uploads. */
  async listUploads(given: ListMultipartUploadsInput, options?: CallOptions): Promise<ListMultipartUploadsOutput> {
    const input = detached(given)
    const { listMultipartUploads } = await loadOperations()
    return this.#runtime.execute(listMultipartUploads, input, options)
  }
}
