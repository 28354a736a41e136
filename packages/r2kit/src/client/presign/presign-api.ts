import type { PresignMethod, PresignRules } from '../../signing/presigning.js'
import { checkOverrides, type ReadObjectInput, readOverrides } from '../objects/read-object.js'
import type { Runtime } from '../runtime.js'

export interface PresignOptions extends PresignRules {
  /** Gets a line for each URL made, for audit; the signature is never in it. */
  readonly onPresign?: (record: PresignRecord) => void
}

/** What is known of a URL that was given away. */
export interface PresignRecord {
  readonly method: PresignMethod
  readonly bucket: string
  readonly key: string
  readonly expiresAt: Date
}

export interface PresignInput {
  readonly bucket: string
  readonly key: string
  /** From 60 to 604,800 (7 days). @defaultValue 900 */
  readonly expiresInSeconds?: number
}

/** Overrides of the answer's headers, for downloads with a chosen name or type. */
export type PresignGetInput = PresignInput &
  Pick<
    ReadObjectInput,
    | 'responseContentType'
    | 'responseContentDisposition'
    | 'responseCacheControl'
    | 'responseContentEncoding'
    | 'responseContentLanguage'
    | 'responseExpires'
  >

export interface PresignPutInput extends PresignInput {
  /** Becomes part of the signature: the upload must send exactly this Content-Type. */
  readonly contentType?: string
}

export interface PresignedUrl {
  readonly url: string
  readonly method: PresignMethod
  /** What the request must send beside the URL. */
  readonly headers: Readonly<Record<string, string>>
  readonly expiresAt: Date
}

const defaultExpirySeconds = 900

/** `r2.presign`: URLs that permit one request without credentials, until they expire. No request is made for it. */
export class Presign {
  readonly #runtime: Runtime
  readonly #options: PresignOptions

  constructor(runtime: Runtime, options: PresignOptions = {}) {
    this.#runtime = runtime
    this.#options = options
  }

  /** @example const { url } = await r2.presign.get({ bucket: 'photos', key: 'cat.jpg', expiresInSeconds: 600 }) */
  async get(input: PresignGetInput): Promise<PresignedUrl> {
    checkOverrides(input)
    return this.#presign('GET', input, {}, readOverrides(input))
  }

  /** @example const { url, headers } = await r2.presign.put({ bucket: 'photos', key: 'cat.jpg', contentType: 'image/jpeg' }) */
  put(input: PresignPutInput): Promise<PresignedUrl> {
    const headers: Record<string, string> = {}
    if (input.contentType !== undefined) headers['content-type'] = input.contentType
    return this.#presign('PUT', input, headers, [], input.contentType)
  }

  /** Needs `presign: { allowedMethods: [..., 'HEAD'] }` on the client. */
  head(input: PresignInput): Promise<PresignedUrl> {
    return this.#presign('HEAD', input, {}, [])
  }

  /** Needs `presign: { allowedMethods: [..., 'DELETE'] }` on the client. */
  delete(input: PresignInput): Promise<PresignedUrl> {
    return this.#presign('DELETE', input, {}, [])
  }

  async #presign(
    method: PresignMethod,
    { bucket, key, expiresInSeconds = defaultExpirySeconds }: PresignInput,
    headers: Record<string, string>,
    query: readonly (readonly [string, string])[],
    contentType?: string,
  ): Promise<PresignedUrl> {
    const { presignUrl } = await import('./presign-url.js')
    const target = { method, bucket, key, expiresInSeconds, contentType, headers, query }
    return presignUrl(this.#runtime, this.#options, target)
  }
}
