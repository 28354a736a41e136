import { R2Error } from '../../errors/index.js'
import type { PresignMethod } from '../../signing/presigning.js'
import type { Refuse } from '../../validation/index.js'
import { detached } from '../detached.js'
import type { Runtime } from '../runtime.js'
import type { PresignedUrl, PresignGetInput, PresignInput, PresignOptions, PresignPutInput } from './presign-input.js'

/** `r2.presign`: URLs that permit one request without credentials, until they expire. Made without any request. */
export class Presign {
  readonly #runtime: Runtime
  readonly #options: PresignOptions

  constructor(runtime: Runtime, options: PresignOptions = {}) {
    this.#runtime = runtime
    this.#options = options
  }

  /** @example const { url } = await r2.presign.get({ bucket: 'photos', key: 'cat.jpg', expiresInSeconds: 600 }) */
  get(input: PresignGetInput): Promise<PresignedUrl> {
    return this.#presign('GET', input)
  }

  /** @example const { url, headers } = await r2.presign.put({ bucket: 'photos', key: 'cat.jpg', contentType: 'image/jpeg' }) */
  put(input: PresignPutInput): Promise<PresignedUrl> {
    return this.#presign('PUT', input)
  }

  /** Needs `presign: { allowedMethods: [..., 'HEAD'] }` on the client. */
  head(input: PresignInput): Promise<PresignedUrl> {
    return this.#presign('HEAD', input)
  }

  /** Needs `presign: { allowedMethods: [..., 'DELETE'] }` on the client. */
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
