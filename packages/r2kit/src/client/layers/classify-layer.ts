/**
 * Turns responses that are not a success into errors. The layers above depend on codes and verdicts, never on a status.
 */
import { clientError, isR2Error, type R2Error } from '../../errors/calls.js'
import { cancelBody, type HttpResponse, headerOf, isSuccess } from '../../http/index.js'
import type { Attempt, InternalAttemptLayer } from '../../pipeline/index.js'

export const classifyLayer: InternalAttemptLayer = (next) => async (attempt) => {
  const response = await next(attempt)
  if (!isSuccess(response.status))
    throw await errorIn(response, ({ errorOfResponse }) => errorOfResponse(attempt, response))
  const { returnsObject, succeedsWith204 } = attempt.operation
  if (returnsObject !== true && succeedsWith204 !== true && startsLikeError(response))
    await throwLateError(attempt, response)
  const isPage = returnsObject !== true && /^text\/html/i.test(headerOf(response.headers, 'content-type') ?? '')
  // Captive portals and proxies respond to every request with 200 and a page, although nothing was stored or deleted.
  if (isPage || (succeedsWith204 === true && response.status !== 204)) {
    cancelBody(response)
    throw await errorIn(response, ({ foreignResponse }) => foreignResponse(attempt, response, isPage))
  }
  const pending = attempt.verifier?.verify(response)
  if (pending !== undefined) await pending
  return response
}

/**
 * Copy and Complete respond with 200 before they have ended, and with an `<Error>` document if they fail. Here the secrets that it
 * may reflect are still known, so other operations are checked too. A 200 in place of 204 is `InvalidResponse`, whatever its body.
 */
const throwLateError = async (attempt: Attempt, response: HttpResponse): Promise<void> => {
  const error = await errorIn(response, ({ lateErrorOf }) => lateErrorOf(attempt, response))
  if (error !== undefined) throw error
}

/** Servers send white space first, which keeps the connection open. */
const startsLikeError = ({ body }: HttpResponse): boolean => {
  if (!(body instanceof Uint8Array) || body.byteLength === 0) return false
  const start = body.findIndex((byte) => byte > 0x20)
  return new TextDecoder().decode(body.subarray(start, start + 512)).includes('<Error')
}

/**
 * Makes the error of a response with the code that reads error documents, which the first such response loads.
 */
const errorIn = async <T>(
  response: HttpResponse,
  make: (code: typeof import('./after-failure.js')) => T | Promise<T>,
): Promise<T | R2Error> => {
  if (loaded === undefined) {
    const code = await import('./after-failure.js').catch((cause: unknown) => unreadable(response, cause))
    if (isR2Error(code)) return code
    loaded = code
  }
  return make(loaded)
}

/** Kept, because an `import()` of a loaded module costs microseconds per response. */
let loaded: typeof import('./after-failure.js') | undefined

/** In browsers a chunk is a request of its own, which may fail. */
const unreadable = (response: HttpResponse, cause: unknown): R2Error => {
  cancelBody(response)
  return clientError(
    'ConnectionReset',
    `the response has status ${response.status}, and the chunk of this program that explains it could not be loaded`,
    { status: response.status, cause },
  )
}
