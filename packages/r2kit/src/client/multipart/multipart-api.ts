import { type CallOptions, lazyOperations } from '../operation.js'
import type { Runtime } from '../runtime.js'
import type { AbortMultipartUploadInput, AbortMultipartUploadOutput } from './abort-multipart-upload.js'
import type { CompleteMultipartUploadInput, CompleteMultipartUploadOutput } from './complete-multipart-upload.js'
import type { CreateMultipartUploadInput, CreateMultipartUploadOutput } from './create-multipart-upload.js'
import type { ListMultipartUploadsInput, ListMultipartUploadsOutput } from './list-multipart-uploads.js'
import type { ListPartsInput, ListPartsOutput } from './list-parts.js'
import type { UploadPartInput, UploadPartOutput } from './upload-part.js'
import type { UploadPartCopyInput, UploadPartCopyOutput } from './upload-part-copy.js'

const lazily = lazyOperations(() => import('./multipart-operations.js'))

/** `r2.multipart`: uploads in parts, step by step. `r2.transfers.upload` takes all the steps for you. */
export class Multipart {
  readonly #runtime: Runtime

  constructor(runtime: Runtime) {
    this.#runtime = runtime
  }

  /** Begins an upload. Complete it or abort it: its parts are stored, and paid for, until then. */
  create(given: CreateMultipartUploadInput, options?: CallOptions): Promise<CreateMultipartUploadOutput> {
    return this.#runtime.executeLoaded(lazily('createMultipartUpload'), given, options)
  }

  /** Sends a part; sending a number again replaces it. */
  uploadPart(given: UploadPartInput, options?: CallOptions): Promise<UploadPartOutput> {
    return this.#runtime.executeLoaded(lazily('uploadPart'), given, options)
  }

  /** Makes a part of another object's bytes, inside R2. */
  uploadPartCopy(given: UploadPartCopyInput, options?: CallOptions): Promise<UploadPartCopyOutput> {
    return this.#runtime.executeLoaded(lazily('uploadPartCopy'), given, options)
  }

  /** Makes the object of its parts. */
  complete(given: CompleteMultipartUploadInput, options?: CallOptions): Promise<CompleteMultipartUploadOutput> {
    return this.#runtime.executeLoaded(lazily('completeMultipartUpload'), given, options)
  }

  /** Ends an upload and frees its parts. */
  abort(given: AbortMultipartUploadInput, options?: CallOptions): Promise<AbortMultipartUploadOutput> {
    return this.#runtime.executeLoaded(lazily('abortMultipartUpload'), given, options)
  }

  /** One page of the parts that have arrived. */
  listParts(given: ListPartsInput, options?: CallOptions): Promise<ListPartsOutput> {
    return this.#runtime.executeLoaded(lazily('listParts'), given, options)
  }

  /** One page of the bucket's unfinished uploads. */
  listUploads(given: ListMultipartUploadsInput, options?: CallOptions): Promise<ListMultipartUploadsOutput> {
    return this.#runtime.executeLoaded(lazily('listMultipartUploads'), given, options)
  }
}
