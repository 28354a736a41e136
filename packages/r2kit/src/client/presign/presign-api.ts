import { R2Error } from '../../errors/index.js'
import type { PresignMethod } from '../../signing/presigning.js'
import type { Refuse } from '../../validation/index.js'
import { detached } from '../detached.js'
import type { Runtime } from '../runtime.js'
import type { PresignedUrl, PresignGetInput, PresignInput, PresignOptions, PresignPutInput } from './presign-input.js'

/**
 * `r2.presign`: URLs that permit one request without credentials, until they expire. They are made without any request.
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
    return this.#presign('GET', input)
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
    return this.#presign('PUT', input)
  }

  /**
   * Makes a URL that reads the metadata of an object. Needs `presign: { allowedMethods: ['GET', 'PUT', 'HEAD'] }` in the client's
   * options.
   *
   * @throws R2Error `InvalidPresign` where the method is not allowed, or a field breaks a rule
   * @example
   * const { url } = await r2.presign.head({ bucket: 'photos', key: 'cat.jpg' })
   */
  head(input: PresignInput): Promise<PresignedUrl> {
    return this.#presign('HEAD', input)
  }

  /**
   * Makes a URL that deletes an object. Needs `presign: { allowedMethods: ['GET', 'PUT', 'DELETE'] }` in the client's options.
   *
   * @throws R2Error `InvalidPresign` where the method is not allowed, or a field breaks a rule
   * @example
   * const { url } = await r2.presign.delete({ bucket: 'photos', key: 'cat.jpg' })
   */
  delete(input: PresignInput): Promise<PresignedUrl> {
    return this.#presign('DELETE', input)
  }

  async #presign(method: PresignMethod, given: PresignInput): Promise<PresignedUrl> {
    const input = detached(given, '', refusePresign)
    const { presignUrl } = await import('./presign-url.js')
    return presignUrl(this.#runtime, this.#options, method, input, refusePresign)
  }
}

const refusePresign: Refuse = (field, problem, hint, cause) =>
  new R2Error('InvalidPresign', `${field} ${problem}`, { field, hint, cause })
