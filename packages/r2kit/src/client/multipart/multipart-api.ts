import type { ListedPart, ListedUpload } from '../../xml/documents.js'
import { executeLoaded } from '../execute-loaded.js'
import { LazyList, type PagedList } from '../lists/paged-list.js'
import { type CallOptions, lazyOperations } from '../operation.js'
import type { Runtime } from '../runtime.js'
import type { AbortMultipartUploadInput, AbortMultipartUploadOutput } from './abort-multipart-upload.js'
import type { CompleteMultipartUploadInput, CompleteMultipartUploadOutput } from './complete-multipart-upload.js'
import type { CreateMultipartUploadInput, CreateMultipartUploadOutput } from './create-multipart-upload.js'
import type { ListAllPartsInput } from './list-all-parts.js'
import type { ListAllUploadsInput } from './list-all-uploads.js'
import type { ListMultipartUploadsInput, ListMultipartUploadsOutput } from './list-multipart-uploads.js'
import type { ListPartsInput, ListPartsOutput } from './list-parts.js'
import type { UploadPartInput, UploadPartOutput } from './upload-part.js'
import type { UploadPartCopyInput, UploadPartCopyOutput } from './upload-part-copy.js'

const lazily = lazyOperations(() => import('./multipart-operations.js'))

/**
 * `r2.multipart`: the single steps of a multipart upload. `r2.transfers.upload` carries out all of them, in parallel and with
 * resume.
 *
 * Every method rejects with an `R2Error`: `InvalidInput` before anything is sent where a field breaks a rule, `UploadNotFound`
 * for an absent upload, `Aborted` and `Timeout` by the options, and the codes of `docs/errors.md` for failures of network and
 * server.
 */
export interface Multipart extends Pick<MultipartApi, keyof MultipartApi> {}

/** Implements `Multipart`. */
export class MultipartApi {
  readonly #runtime: Runtime

  /** @internal */
  constructor(runtime: Runtime) {
    this.#runtime = runtime
  }

  /**
   * Creates an upload. Complete or abort it: R2 stores its parts, and bills them, until then.
   *
   * @throws R2Error `BucketNotFound`, `AccessDenied`. After an ambiguous failure an upload without parts may remain.
   * @example
   * const { uploadId } = await r2.multipart.create({ bucket, key: 'film.mp4', contentType: 'video/mp4' })
   */
  create(input: CreateMultipartUploadInput, options?: CallOptions): Promise<CreateMultipartUploadOutput> {
    return executeLoaded(this.#runtime, lazily('createMultipartUpload'), input, options)
  }

  /**
   * Stores a part, and verifies it. A part of the same number is replaced.
   *
   * @throws R2Error `IntegrityMismatch` where R2 stored other bytes than were sent
   * @example
   * const { etag } = await r2.multipart.uploadPart({ bucket, key, uploadId, partNumber: 1, body: bytes })
   */
  uploadPart(input: UploadPartInput, options?: CallOptions): Promise<UploadPartOutput> {
    return executeLoaded(this.#runtime, lazily('uploadPart'), input, options)
  }

  /**
   * Stores bytes of another object as a part, inside R2.
   *
   * @throws R2Error `ObjectNotFound` for an absent source
   * @example
   * await r2.multipart.uploadPartCopy({ bucket, key, uploadId, partNumber: 2, source: { bucket, key: 'intro.mp4' } })
   */
  uploadPartCopy(input: UploadPartCopyInput, options?: CallOptions): Promise<UploadPartCopyOutput> {
    return executeLoaded(this.#runtime, lazily('uploadPartCopy'), input, options)
  }

  /**
   * Makes the object from its parts, and ends the upload. All parts but the last must have the same size.
   *
   * @throws R2Error `InvalidPart` for a part that is absent or has another ETag, `PreconditionFailed` where a condition does not
   *   hold, `OutcomeUnknown` where neither the upload nor its object is found after an ambiguous failure
   * @example
   * await r2.multipart.complete({ bucket, key, uploadId, parts: [{ partNumber: 1, etag }] })
   */
  complete(input: CompleteMultipartUploadInput, options?: CallOptions): Promise<CompleteMultipartUploadOutput> {
    return executeLoaded(this.#runtime, lazily('completeMultipartUpload'), input, options)
  }

  /**
   * Aborts an upload, and deletes its parts. A part in flight may arrive afterwards: abort again when it has ended.
   *
   * @throws R2Error `UploadNotFound` for an upload that is completed, aborted or unknown
   * @example
   * await r2.multipart.abort({ bucket, key, uploadId })
   */
  abort(input: AbortMultipartUploadInput, options?: CallOptions): Promise<AbortMultipartUploadOutput> {
    return executeLoaded(this.#runtime, lazily('abortMultipartUpload'), input, options)
  }

  /**
   * Returns one page of the parts that are stored, at most 1,000, by ascending number.
   *
   * @throws R2Error `UploadNotFound` for an absent upload
   * @example
   * const { parts, isTruncated } = await r2.multipart.listParts({ bucket, key, uploadId })
   */
  listParts(input: ListPartsInput, options?: CallOptions): Promise<ListPartsOutput> {
    return executeLoaded(this.#runtime, lazily('listParts'), input, options)
  }

  /**
   * Returns one page of the unfinished uploads in a bucket, at most 1,000, in the order of their keys.
   *
   * @throws R2Error `BucketNotFound`, `AccessDenied`
   * @example
   * const { uploads } = await r2.multipart.listUploads({ bucket, prefix: 'videos/' })
   */
  listUploads(input: ListMultipartUploadsInput, options?: CallOptions): Promise<ListMultipartUploadsOutput> {
    return executeLoaded(this.#runtime, lazily('listMultipartUploads'), input, options)
  }

  /**
   * Returns all stored parts of an upload as an async iterable, by ascending number, in the memory of one page. Ending the
   * iteration early cancels the request in flight.
   *
   * @throws R2Error from the iteration: `InvalidInput` before anything is sent, `UploadNotFound` for an absent upload
   * @example
   * for await (const { partNumber, size } of r2.multipart.listAllParts({ bucket, key, uploadId })) console.log(partNumber, size)
   */
  listAllParts(input: ListAllPartsInput, options: CallOptions = {}): PagedList<ListedPart, ListPartsOutput> {
    return new LazyList(this.#runtime, lazily('partList'), input, options)
  }

  /**
   * Returns all unfinished uploads of a bucket as an async iterable, by key, in the memory of one page. Ending the iteration
   * early cancels the request in flight.
   *
   * @throws R2Error from the iteration: `InvalidInput` before anything is sent, `BucketNotFound`, `AccessDenied`
   * @example
   * for await (const { key, uploadId } of r2.multipart.listAllUploads({ bucket })) {
   *   await r2.multipart.abort({ bucket, key, uploadId })
   * }
   */
  listAllUploads(
    input: ListAllUploadsInput,
    options: CallOptions = {},
  ): PagedList<ListedUpload, ListMultipartUploadsOutput> {
    return new LazyList(this.#runtime, lazily('uploadList'), input, options)
  }
}
