/** Reads the inputs of presigned URLs and makes the URLs, with the client's keys and clock. Loaded by the first one. */
import type { HeaderFields } from '../../http/index.js'
import { checkPresign, type PresignMethod, presignWithSigner } from '../../signing/presigning.js'
import { anyText, type Fields, integer, objectOf, type Refuse, type ValidationRules } from '../../validation/index.js'
import { locate } from '../endpoint.js'
import { checkContentMd5 } from '../fields/checksum.js'
import { addConditions, conditionFields } from '../fields/conditions.js'
import { addDescription, checkDescription, descriptionFields } from '../fields/description.js'
import { objectAddressFields } from '../fields/object-address.js'
import { checkOverrides, overrideFieldTable, readOverrides } from '../objects/read-object.js'
import type { Runtime } from '../runtime.js'
import type { PresignedUrl, PresignGetInput, PresignInput, PresignOptions, PresignPutInput } from './presign-input.js'

const defaultExpirySeconds = 900

const presignFields: Fields<PresignInput> = { ...objectAddressFields, expiresInSeconds: integer(0) }
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

/** The request that a URL permits. */
interface PermittedRequest {
  readonly input: PresignInput
  readonly query?: readonly (readonly [name: string, value: string])[]
  /** Signed, so that the request must send them. */
  readonly headers?: Record<string, string>
  readonly contentType?: string | undefined
}

/** @param given a copy of the input, whose fields are still of any type */
export const presignUrl = async (
  runtime: Runtime,
  options: PresignOptions,
  method: PresignMethod,
  given: PresignInput,
  refuse: Refuse,
): Promise<PresignedUrl> => {
  const { signer, clock, rules } = runtime
  const { input, query = [], headers = {}, contentType } = permittedRequest(method, given, rules, refuse)
  const { bucket, key, expiresInSeconds = defaultExpirySeconds } = input
  checkPresign({ method, bucket, key, expiresInSeconds, contentType }, { bucketNames: rules.bucketNames, ...options })
  const credentials = await runtime.credentials.current()
  const nowMs = clock.now() + runtime.clockOffset.ms
  const { origin, path } = locate(runtime.endpoint, bucket, key)
  const hits = signer.keyCacheHits
  const url = presignWithSigner(signer, { method, origin, path, query, headers }, credentials, {
    expiresInSeconds,
    nowMs,
  })
  const expiresAt = new Date(Math.floor(nowMs / 1000) * 1000 + expiresInSeconds * 1000)
  options.onPresign?.({ method, bucket, key, expiresAt })
  const isKeyCached = signer.keyCacheHits > hits
  runtime.events?.emit({ type: 'url.presigned', method, bucket, key, expiresAtMs: expiresAt.getTime(), isKeyCached })
  return { url, method, headers, expiresAt }
}

const permittedRequest = (
  method: PresignMethod,
  given: PresignInput,
  rules: ValidationRules,
  refuse: Refuse,
): PermittedRequest => {
  if (method === 'GET') {
    const input = getField.read(given, '', refuse)
    checkOverrides(input)
    return { input, query: readOverrides(input) }
  }
  if (method !== 'PUT') return { input: plainField.read(given, '', refuse) }
  const input = putField.read(given, '', refuse)
  return { input, headers: headersOfPut(input, rules), contentType: input.contentType }
}

/** Writes each field of a presigned PUT as the header that the upload must send. */
const headersOfPut = (input: PresignPutInput, rules: ValidationRules): Record<string, string> => {
  checkDescription(input, rules)
  const headers: HeaderFields = {}
  addDescription(headers, input)
  addConditions(headers, input)
  if (input.contentLength !== undefined) headers['content-length'] = String(input.contentLength)
  if (input.contentMd5 !== undefined) headers['content-md5'] = checkContentMd5(input.contentMd5)
  return headers
}
