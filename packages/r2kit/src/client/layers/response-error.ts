/** The errors that responses describe, by an error document, a status or a header. Loaded by the first response of this kind. */
import { printable } from '../../base/shown.js'
import type { R2Error, R2ErrorContext } from '../../errors/calls.js'
import { serverError } from '../../errors/server-error.js'
import type { ResponseErrorCode } from '../../errors/server-errors.js'
import { type HeaderFields, type HttpResponse, headerOf, maxErrorBytes } from '../../http/index.js'
import type { Attempt } from '../../pipeline/index.js'
import { redactText } from '../../security/redact-text.js'
import { errorFromDocument, readErrorDocument } from '../../xml/error-document.js'

/** Longest quotation, in characters, from a page that is not an error document. */
const quotedLengthMax = 200
/** Longest message of an error document, in characters; R2's messages have one sentence. */
const messageLengthMax = 1000
/** R2 rejects signatures whose date differs by more. */
const clockSkewMaxMs = 15 * 60_000

/** Makes the error of a response that is no success. */
export const errorOfResponse = async (attempt: Attempt, response: HttpResponse): Promise<R2Error> =>
  errorFrom(attempt, response, await errorBody(response))

/** The error in the body of a response with status 200; undefined where it has none. */
export const lateErrorOf = (attempt: Attempt, response: HttpResponse): R2Error | undefined => {
  const document = response.body instanceof Uint8Array ? readErrorDocument(response.body) : undefined
  return document === undefined ? undefined : documentError(attempt, document, response)
}

/** The error for a response that has status 200 and did not come from R2. */
export const foreignResponse = (attempt: Attempt, response: HttpResponse, isPage: boolean): R2Error =>
  serverError(
    'InvalidResponse',
    isPage
      ? `the response is a web page (status ${response.status}), so it did not come from R2`
      : `the response has status ${response.status}, but R2 responds to ${attempt.operation.name} with 204`,
    contextOf(attempt, response),
  )

/** The body of an error, up to a limit. Transports should collect it; a custom transport may return a stream. */
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

const errorFrom = (attempt: Attempt, response: HttpResponse, body: Uint8Array): R2Error => {
  const { status, headers } = response
  const context = contextOf(attempt, response)
  const document = body.byteLength > 0 ? readErrorDocument(body) : undefined
  if (document !== undefined) return documentError(attempt, document, response)
  if (isRedirect(status)) return redirected(attempt, headerOf(headers, 'location'), context)
  const skewMs = clockSkewMs(attempt, headers)
  if (status === 403 && Math.abs(skewMs ?? 0) > clockSkewMaxMs) return skewed(skewMs, context)
  const code = codeOfStatus(attempt, status)
  const text = quoted(attempt, new TextDecoder().decode(body)).slice(0, quotedLengthMax)
  if (text !== '') return serverError(code, `status ${status}: ${text}`, context)
  const message = `${inWords(code)} (status ${status})`
  const hint = attempt.request.method === 'HEAD' ? headHints[status] : undefined
  if (hint === undefined) return serverError(code, message, context)
  return serverError(code, `${message}; a response to HEAD has no body with the reason`, {
    ...context,
    hint: `${hint} A GET of the same object reports the cause.`,
  })
}

/** Possible causes of a status without a body. */
const headHints: Readonly<Record<number, string>> = {
  400: 'The request may be malformed, or its session token expired.',
  401: 'The access key id or session token may be wrong, or belong to another account.',
  403: 'The secret access key may be wrong, the token may lack permission, or the bucket may be in another jurisdiction.',
  404: 'The object or the bucket does not exist. Check both names and the jurisdiction.',
}

const documentError = (
  attempt: Attempt,
  document: { readonly code: string; readonly message?: string | undefined; readonly requestId?: string | undefined },
  response: HttpResponse,
): R2Error => {
  const context = contextOf(attempt, response)
  const s3Code = quoted(attempt, document.code).slice(0, 100)
  const message = quoted(attempt, document.message ?? '').slice(0, messageLengthMax)
  const requestId = document.requestId && quoted(attempt, document.requestId).slice(0, 100)
  const error = errorFromDocument({ code: s3Code, message, requestId }, context)
  if (error.code === 'ClockSkewed') return skewed(clockSkewMs(attempt, response.headers), { ...context, s3Code })
  // R2's InvalidArgument for the value of an API token, or a secret, in place of the ID.
  if (message.includes('access key has length'))
    return serverError('InvalidCredentials', message, { ...context, s3Code })
  // The status of an unknown code still decides whether the request is retried.
  return error.code === 'UnknownError'
    ? serverError(codeOfStatus(attempt, response.status), error.message, { ...context, s3Code })
    : error
}

/** A server's text for a message: one printable line, without the secrets of the request. */
const quoted = (attempt: Attempt, text: string): string =>
  printable(redactText(text, attempt.request.headers).replace(/\s+/g, ' ').trim())

/** Browsers report a redirect as status 0. */
const isRedirect = (status: number): boolean =>
  status === 0 || status === 301 || status === 302 || status === 303 || status === 307 || status === 308

const redirected = (attempt: Attempt, location: string | undefined, context: R2ErrorContext): R2Error => {
  const target = location === undefined ? 'an unnamed address' : quoted(attempt, location).slice(0, 200)
  return serverError('Redirected', `${attempt.request.origin} redirects to ${target}`, context)
}

const skewed = (skewMs: number | undefined, context: R2ErrorContext): R2Error => {
  if (skewMs === undefined) {
    return serverError('ClockSkewed', "this machine's clock and the server's differ by more than 15 minutes", context)
  }
  const minutes = Math.round(Math.abs(skewMs) / 60_000)
  const amount = minutes < 120 ? `${minutes} minutes` : `${Math.round(minutes / 60)} hours`
  const message = `this machine's clock is ${amount} ${skewMs > 0 ? 'ahead of' : 'behind'} the server's`
  return serverError('ClockSkewed', message, { ...context, clockSkewMs: skewMs })
}

/** Milliseconds by which our clock is ahead of the server's; undefined without a `Date` header. */
const clockSkewMs = (attempt: Attempt, headers: HeaderFields): number | undefined => {
  const serverMs = Date.parse(headerOf(headers, 'date') ?? '')
  return Number.isNaN(serverMs) ? undefined : attempt.clock.now() - serverMs
}

/** `Object not found`: the code as words, for a response to HEAD, which has no text. */
const inWords = (code: ResponseErrorCode): string => code.replace(/\B[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)

const codesByStatus: Readonly<Record<number, ResponseErrorCode>> = {
  304: 'NotModified',
  401: 'Unauthorized',
  403: 'AccessDenied',
  408: 'Timeout',
  411: 'LengthRequired',
  412: 'PreconditionFailed',
  413: 'EntityTooLarge',
  416: 'InvalidRange',
  429: 'SlowDown',
  501: 'NotImplemented',
  503: 'ServiceUnavailable',
}

/** The code for a response without an error document: HEAD has none, and proxies send HTML or nothing. */
const codeOfStatus = (attempt: Attempt, status: number): ResponseErrorCode => {
  if (status === 404) return attempt.key === undefined ? 'BucketNotFound' : 'ObjectNotFound'
  const code = codesByStatus[status]
  if (code !== undefined) return code
  if (status >= 520) return 'EdgeError'
  return status >= 500 ? 'InternalError' : 'BadRequest'
}

const contextOf = (attempt: Attempt, { status, headers }: HttpResponse) => {
  const requestId = headerOf(headers, 'cf-ray')
  return {
    status,
    operation: attempt.operation.name,
    bucket: attempt.bucket,
    key: attempt.key,
    requestId: requestId === undefined ? undefined : quoted(attempt, requestId).slice(0, 100),
    retryAfterMs: retryAfterMs(headers, attempt.clock.now()),
  }
}

/**
 * Retry-After in seconds or as a date (RFC 9110, section 10.2.3). The date is one of the server's clock, which the response has in
 * its `Date`: ours may differ by hours.
 */
const retryAfterMs = (headers: HeaderFields, nowMs: number): number | undefined => {
  const text = headerOf(headers, 'retry-after')?.trim() ?? ''
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000
  // `Date.parse` accepts more than dates, such as "-5".
  const atMs = / GMT$/.test(text) ? Date.parse(text) : Number.NaN
  const serverNowMs = Date.parse(headerOf(headers, 'date') ?? '')
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - (Number.isNaN(serverNowMs) ? nowMs : serverNowMs))
}
