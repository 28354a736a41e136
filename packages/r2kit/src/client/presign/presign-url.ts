/** Makes presigned URLs with the client's keys and clock. Loaded by the first one. */

import type { HeaderFields } from '../../http/index.js'
import { checkPresign, type PresignMethod, presignWithSigner } from '../../signing/presigning.js'
import type { ValidationRules } from '../../validation/index.js'
import { checkDescription } from '../fields/check-description.js'
import { checkContentMd5 } from '../fields/checksum.js'
import { addConditions } from '../fields/conditions.js'
import { addDescription } from '../fields/description.js'
import type { Runtime } from '../runtime.js'
import type { PresignedUrl, PresignOptions, PresignPutInput } from './presign-input.js'

export interface PresignTarget {
  readonly method: PresignMethod
  readonly bucket: string
  readonly key: string
  readonly expiresInSeconds: number
  readonly contentType: string | undefined
  /** Signed: the request must send them. */
  readonly headers: Record<string, string>
  readonly query: readonly (readonly [name: string, value: string])[]
}

export const presignUrl = async (
  runtime: Runtime,
  options: PresignOptions,
  target: PresignTarget,
): Promise<PresignedUrl> => {
  const { method, bucket, key, expiresInSeconds, headers, query } = target
  const { signer, clock, rules } = runtime
  checkPresign(target, { bucketNames: rules.bucketNames, ...options })
  const credentials = await runtime.credentials.current()
  const nowMs = clock.now() + runtime.clockOffset.ms
  const { origin, path } = runtime.locate(bucket, key)
  const url = presignWithSigner(signer, { method, origin, path, query, headers }, credentials, {
    expiresInSeconds,
    nowMs,
  })
  const expiresAt = new Date(Math.floor(nowMs / 1000) * 1000 + expiresInSeconds * 1000)
  options.onPresign?.({ method, bucket, key, expiresAt })
  return { url, method, headers, expiresAt }
}

/** Every field of a presigned PUT as the header that the upload must send. */
export const headersOfPut = (input: PresignPutInput, rules: ValidationRules): Record<string, string> => {
  checkDescription(input, rules)
  const headers: HeaderFields = {}
  addDescription(headers, input)
  addConditions(headers, input)
  if (input.contentLength !== undefined) headers['content-length'] = String(input.contentLength)
  if (input.contentMd5 !== undefined) headers['content-md5'] = checkContentMd5(input.contentMd5)
  return headers
}
