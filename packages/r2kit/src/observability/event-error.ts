import { type ErrorCode, isR2Error, type R2ErrorKind } from '../errors/calls.js'

/** An error as events carry it: its facts, without stack, cause and input. */
export interface R2EventError {
  /** The stable code of an `R2Error`; `ApplicationError` for an error that a layer or callback of the application threw. */
  readonly code: ErrorCode | 'ApplicationError'
  /** The topic of the error. */
  readonly kind: R2ErrorKind | 'Application'
  /** The sentence of the error. It never contains a secret; of an error of the application, only its class is named. */
  readonly message: string
  /** Whether the same call may succeed later without a change. */
  readonly retryable: boolean
  /** HTTP status of the response, where there was one. */
  readonly status: number | undefined
  /** S3's code as the server sent it. */
  readonly s3Code: string | undefined
  /** CF-Ray of the response. */
  readonly requestId: string | undefined
  /** The delay that the server asked for, in milliseconds. */
  readonly retryAfterMs: number | undefined
}

/** The facts of any thrown value. The text of foreign errors is left out: it may contain whatever the application put there. */
export const eventErrorOf = (error: unknown): R2EventError => {
  if (isR2Error(error)) {
    const { code, kind, message, retryable, status, s3Code, requestId, retryAfterMs } = error
    return { code, kind, message, retryable, status, s3Code, requestId, retryAfterMs }
  }
  return {
    code: 'ApplicationError',
    kind: 'Application',
    message: `The application threw ${error instanceof Error ? error.name : typeof error}`,
    retryable: false,
    status: undefined,
    s3Code: undefined,
    requestId: undefined,
    retryAfterMs: undefined,
  }
}
