import { detached } from '../detached.js'
import type { Runtime } from '../runtime.js'
import type {
  PresignEntry,
  PresignedUrl,
  PresignGetInput,
  PresignHeadInput,
  PresignInput,
  PresignOperation,
  PresignOptions,
  PresignPartInput,
  PresignPutInput,
} from './presign-input.js'
import { refusePresign } from './refuse-presign.js'

/**
 * `r2.presign`: URLs that permit one request without credentials, until they expire. They are made without any request. Equal
 * inputs receive the same URL until five minutes before it expires (`presign.cacheSize`).
 *
 * Every method rejects with an `R2Error`: `InvalidPresign` where a field breaks a rule, `InvalidCredentials` where a credential
 * provider fails, `ClientClosed` after `dispose`.
 */
export interface Presign extends Pick<PresignApi, keyof PresignApi> {}

/** Implements `Presign`. */
export class PresignApi {
  readonly #runtime: Runtime
  readonly #options: PresignOptions

  /** @internal */
  constructor(runtime: Runtime, options: PresignOptions = {}) {
    this.#runtime = runtime
    this.#options = options
  }

  /**
   * Makes a URL that downloads an object.
   *
   * @throws R2Error `InvalidPresign` naming the field that breaks a rule
   * @example
   * const { url } = await r2.presign.get({ bucket: 'photos', key: 'cat.jpg', expiresInSeconds: 600 })
   */
  get(input: PresignGetInput): Promise<PresignedUrl> {
    return this.#presign('get', input)
  }

  /**
   * Makes a URL that uploads an object. The upload must send all `headers` of the result.
   *
   * @throws R2Error `InvalidPresign` naming the field that breaks a rule; `InvalidInput` for metadata that no header can carry
   * @example
   * const { url, headers } = await r2.presign.put({ bucket: 'photos', key: 'cat.jpg', contentType: 'image/jpeg' })
   * await fetch(url, { method: 'PUT', headers, body })
   */
  put(input: PresignPutInput): Promise<PresignedUrl> {
    return this.#presign('put', input)
  }

  /**
   * Makes a URL that reads the metadata of an object. Needs `presign: { allowedMethods: ['GET', 'PUT', 'HEAD'] }` in the client's
   * options.
   *
   * @throws R2Error `InvalidPresign` where the method is not allowed, or a field breaks a rule
   * @example
   * const { url } = await r2.presign.head({ bucket: 'photos', key: 'cat.jpg' })
   */
  head(input: PresignHeadInput): Promise<PresignedUrl> {
    return this.#presign('head', input)
  }

  /**
   * Makes a URL that deletes an object. Needs `presign: { allowedMethods: ['GET', 'PUT', 'DELETE'] }` in the client's options.
   *
   * @throws R2Error `InvalidPresign` where the method is not allowed, or a field breaks a rule
   * @example
   * const { url } = await r2.presign.delete({ bucket: 'photos', key: 'cat.jpg' })
   */
  delete(input: PresignInput): Promise<PresignedUrl> {
    return this.#presign('delete', input)
  }

  /**
   * Makes a URL that uploads one part of a multipart upload, which `multipart.create` has begun and `multipart.complete` ends.
   * The upload must send all `headers` of the result.
   *
   * @throws R2Error `InvalidPresign` naming the field that breaks a rule
   * @example
   * const { url } = await r2.presign.uploadPart({ bucket, key, uploadId, partNumber: 1, contentLength: 8_388_608 })
   */
  uploadPart(input: PresignPartInput): Promise<PresignedUrl> {
    return this.#presign('uploadPart', input)
  }

  /**
   * Makes several URLs with one look at credentials and clock. All inputs are checked before the first URL is made.
   *
   * @throws R2Error `InvalidPresign`, whose `field` names the element and its field: `requests[2].key`
   * @example
   * const parts = Array.from({ length: 20 }, (_, index) => ({
   *   operation: 'uploadPart' as const, bucket, key, uploadId, partNumber: index + 1,
   * }))
   * const urls = await r2.presign.many(parts)
   */
  async many(requests: readonly PresignEntry[]): Promise<PresignedUrl[]> {
    const given = detached(requests, 'requests', refusePresign)
    const { presignMany } = await import('./presign-operations.js')
    return presignMany(this.#runtime, this.#options, given, refusePresign)
  }

  async #presign(operation: PresignOperation, given: unknown): Promise<PresignedUrl> {
    const input = detached(given, '', refusePresign)
    const { permitted, presignUrl } = await import('./presign-operations.js')
    return presignUrl(this.#runtime, this.#options, permitted[operation], input, refusePresign)
  }
}
