import { R2Error } from '../../errors/index.js'
import type { PresignMethod, PresignRules } from '../../signing/presigning.js'
import { anyText, type Fields, integer, type ObjectField, objectOf, type Refuse } from '../../validation/index.js'
import { type Conditions, conditionFields } from '../fields/conditions.js'
import { descriptionFields, type ObjectDescription } from '../fields/description.js'
import { type ObjectAddress, objectAddressFields } from '../fields/object-address.js'
import { checkOverrides, type Overrides, overrideFieldTable, readOverrides } from '../objects/read-object.js'
import type { Runtime } from '../runtime.js'

export interface PresignOptions extends PresignRules {
  /** Called with a record of each URL made, for audit; the signature is never in it. */
  readonly onPresign?: (record: PresignRecord) => void
}

/** What is known of a URL that was made. */
export interface PresignRecord {
  readonly method: PresignMethod
  readonly bucket: string
  readonly key: string
  readonly expiresAt: Date
}

export interface PresignInput extends ObjectAddress {
  /** From 60 to 604,800 (7 days). @defaultValue 900 */
  readonly expiresInSeconds?: number
}

/** Overrides of the response's headers, for downloads with a chosen name or type. */
export type PresignGetInput = PresignInput & Overrides

/**
 * What the upload must be. Every field becomes a header that is part of the signature: a request that sends another value, or
 * leaves it out, is refused. The headers to send are in the result.
 */
export interface PresignPutInput extends PresignInput, Omit<ObjectDescription, 'ssec'>, Conditions {
  /** Exact length of the upload in bytes. */
  readonly contentLength?: number
  /** Base64 MD5 of the upload: R2 refuses other bytes. */
  readonly contentMd5?: string
}

export interface PresignedUrl {
  readonly url: string
  readonly method: PresignMethod
  /** Header fields that the request must send exactly so. */
  readonly headers: Readonly<Record<string, string>>
  readonly expiresAt: Date
}

const defaultExpirySeconds = 900

const presignFields: Fields<PresignInput> = {
  ...objectAddressFields,
  expiresInSeconds: integer(0),
}
const plainField = objectOf<PresignInput>('a presigned URL', presignFields)
const getField = objectOf<PresignGetInput>('a presigned GET', { ...presignFields, ...overrideFieldTable })
const { ssec: _ssec, ...describedFields } = descriptionFields
const putField = objectOf<PresignPutInput>('a presigned PUT', {
  ...presignFields,
  ...describedFields,
  ...conditionFields,
  contentLength: integer(0),
  contentMd5: anyText,
})

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
