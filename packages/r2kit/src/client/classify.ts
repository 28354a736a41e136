/**
 * Where the protocol's answers become our errors. Everything above this layer knows errors by code and verdict, not by status.
 */
import { type ErrorCode, R2Error } from '../errors/index.js'
import { type HeaderFields, type HttpResponse, headerOf } from '../http/index.js'
import type { Call, Layer } from '../pipeline/index.js'
import { errorFromDocument, readErrorDocument } from '../xml/index.js'

/** Longest error document that is read; R2's own are under 2 KB, with a canonical request in them. */
const maxErrorBytes = 64 * 1024

export const classifyLayer = (): Layer => (next) => async (call) => {
  const response = await next(call)
  const { status } = response
  if (status >= 200 && status < 300) {
    if (call.operation.mayFailLate === true) throwLateError(call, response)
    call.verify?.(response)
    return response
  }
  throw errorFrom(call, status, response.headers, await errorBody(response))
}

/** Copy and Complete send 200 while they still work, and an `<Error>` document if it then fails. */
const throwLateError = (call: Call, { status, headers, body }: HttpResponse): void => {
  if (!(body instanceof Uint8Array) || !startsLikeError(body)) return
  const document = readErrorDocument(body)
  if (document !== undefined) throw errorFromDocument(document, contextOf(call, status, headers))
}

/** Servers send white space while they work, so that the connection stays open. */
const startsLikeError = (body: Uint8Array): boolean => {
  const start = body.findIndex((byte) => byte > 0x20)
  return new TextDecoder().decode(body.subarray(start, start + 512)).includes('<Error')
}

const errorBody = async ({ body }: HttpResponse): Promise<Uint8Array> => {
  if (body instanceof Uint8Array) return body
  const reader = body.getReader()
  const bytes = new Uint8Array(maxErrorBytes)
  let size = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return bytes.subarray(0, size)
    const taken = value.subarray(0, maxErrorBytes - size)
    bytes.set(taken, size)
    size += taken.byteLength
    if (size < maxErrorBytes) continue
    await reader.cancel()
    return bytes
  }
}

const errorFrom = (call: Call, status: number, headers: HeaderFields, body: Uint8Array): R2Error => {
  const context = contextOf(call, status, headers)
  const document = body.byteLength > 0 ? readErrorDocument(body) : undefined
  if (document !== undefined) {
    const error = errorFromDocument(document, context)
    // A code that is new to us still has a status that says whether trying again makes sense.
    return error.code === 'UnknownError'
      ? new R2Error(codeOfStatus(call, status), error.message, { ...context, s3Code: document.code })
      : error
  }
  const code = codeOfStatus(call, status)
  const text = new TextDecoder().decode(body.subarray(0, 200)).replace(/\s+/g, ' ').trim()
  return new R2Error(code, text === '' ? `${inWords(code)} (status ${status})` : `status ${status}: ${text}`, context)
}

/** `Object not found`: our codes are words, and an answer to HEAD has no others. */
const inWords = (code: ErrorCode): string => code.replace(/\B[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)

/** For answers without a document: to HEAD there is none, and what stands between may answer in HTML or not at all. */
const codeOfStatus = (call: Call, status: number): ErrorCode => {
  if (status === 304) return 'NotModified'
  if (status === 401) return 'Unauthorized'
  if (status === 403) return 'AccessDenied'
  if (status === 404) return call.key === undefined ? 'BucketNotFound' : 'ObjectNotFound'
  if (status === 412) return 'PreconditionFailed'
  if (status === 416) return 'InvalidRange'
  if (status === 429) return 'SlowDown'
  if (status === 501) return 'NotImplemented'
  if (status === 503) return 'ServiceUnavailable'
  if (status >= 500) return 'InternalError'
  return 'BadRequest'
}

const contextOf = (call: Call, status: number, headers: HeaderFields) => ({
  status,
  operation: call.operation.name,
  bucket: call.bucket,
  key: call.key,
  requestId: headerOf(headers, 'cf-ray'),
  retryAfterMs: retryAfterMs(headers, call.clock.now()),
})

/** Retry-After in seconds or as a date (RFC 9110, section 10.2.3). */
const retryAfterMs = (headers: HeaderFields, nowMs: number): number | undefined => {
  const text = headerOf(headers, 'retry-after')
  if (text === undefined) return undefined
  const seconds = Number(text)
  const delayMs = Number.isNaN(seconds) ? Date.parse(text) - nowMs : seconds * 1000
  return Number.isNaN(delayMs) ? undefined : Math.max(0, delayMs)
}
