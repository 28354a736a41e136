import { R2Error } from '../../errors/index.js'
import type { PresignMethod } from '../../signing/presigning.js'
import type { ObjectField, Refuse } from '../../validation/index.js'
import { checkOverrides, readOverrides } from '../objects/read-object.js'
import type { Runtime } from '../runtime.js'
import {
  getField,
  type PresignedUrl,
  type PresignGetInput,
  type PresignInput,
  type PresignOptions,
  type PresignPutInput,
  plainField,
  putField,
} from './presign-input.js'

const defaultExpirySeconds = 900

/** `r2.presign`: URLs that permit one request without credentials, until they expire. Made without any request. */
export class Presign {
  readonly #runtime: Runtime
  readonly #options: PresignOptions

  constructor(runtime: Runtime, options: PresignOptions = {}) {
    this.#runtime = runtime
    this.#options = options
  }

  /** @example const { url } = await r2.presign.get({ bucket: 'photos', key: 'cat.jpg', expiresInSeconds: 600 }) */
  async get(given: PresignGetInput): Promise<PresignedUrl> {
    const input = readWith(getField, given)
    checkOverrides(input)
    return this.#presign('GET', input, {}, readOverrides(input))
  }

  /** @example const { url, headers } = await r2.presign.put({ bucket: 'photos', key: 'cat.jpg', contentType: 'image/jpeg' }) */
  async put(given: PresignPutInput): Promise<PresignedUrl> {
    const input = readWith(putField, given)
    const { headersOfPut } = await loadPresign()
    return this.#presign('PUT', input, headersOfPut(input, this.#runtime.rules), [], input.contentType)
  }

  /** Needs `presign: { allowedMethods: [..., 'HEAD'] }` on the client. */
  async head(given: PresignInput): Promise<PresignedUrl> {
    return this.#presign('HEAD', readWith(plainField, given), {}, [])
  }

  /** Needs `presign: { allowedMethods: [..., 'DELETE'] }` on the client. */
  async delete(given: PresignInput): Promise<PresignedUrl> {
    return this.#presign('DELETE', readWith(plainField, given), {}, [])
  }

  async #presign(
    method: PresignMethod,
    { bucket, key, expiresInSeconds = defaultExpirySeconds }: PresignInput,
    headers: Record<string, string>,
    query: readonly (readonly [string, string])[],
    contentType?: string,
  ): Promise<PresignedUrl> {
    const { presignUrl } = await loadPresign()
    const target = { method, bucket, key, expiresInSeconds, contentType, headers, query }
    return presignUrl(this.#runtime, this.#options, target)
  }
}

const loadPresign = () => import('./presign-url.js')

const refuse: Refuse = (field, problem, hint, cause) =>
  new R2Error('InvalidPresign', `${field} ${problem}`, { field, hint, cause })

const readWith = <T>(field: ObjectField<T>, given: T): T => field.read(given, '', refuse)
