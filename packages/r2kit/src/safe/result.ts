import { isR2Error, type R2Error } from '../errors/index.js'

/** A call that succeeded. */
export interface Ok<out T> {
  /** Distinguishes success from failure. */
  readonly ok: true
  /** The result of the call. */
  readonly value: T
}

/** A call that failed. */
export interface Err<out E> {
  /** Distinguishes success from failure. */
  readonly ok: false
  /** The reason. */
  readonly error: E
}

/**
 * The outcome of a call that may fail.
 *
 * @example
 * const result = await safe.getObject({ bucket, key })
 * if (!result.ok) return result.error.code === 'ObjectNotFound' ? undefined : fail(result.error)
 * return result.value.text()
 */
export type Result<T, E = R2Error> = Ok<T> | Err<E>

/** Makes the result of a success. @example ok(5) */
export const ok = <T>(value: T): Ok<T> => ({ ok: true, value })

/** Makes the result of a failure. @example err(new R2Error('InvalidInput', 'the name is taken')) */
export const err = <E>(error: E): Err<E> => ({ ok: false, error })

/**
 * Returns the value of a success.
 *
 * @throws the error of a failure
 * @example
 * const { etag } = unwrap(await safe.putObject({ bucket, key, body }))
 */
export const unwrap = <T, E>(result: Result<T, E>): T => {
  if (result.ok) return result.value
  throw result.error
}

/**
 * Returns the value of a success, or a fallback.
 *
 * @example
 * const exists = unwrapOr(await safe.objectExists({ bucket, key }), false)
 */
export const unwrapOr = <T, U, E>(result: Result<T, E>, fallback: U): T | U => (result.ok ? result.value : fallback)

/**
 * Changes the value of a success. A failure is returned unchanged, and so are exceptions in `change` thrown.
 *
 * @example
 * const size = map(await safe.headObject({ bucket, key }), (object) => object.size)
 */
export const map = <T, U, E>(result: Result<T, E>, change: (value: T) => U): Result<U, E> =>
  result.ok ? ok(change(result.value)) : result

/**
 * Changes the error of a failure. A success is returned unchanged.
 *
 * @example
 * const result = mapErr(await safe.headObject({ bucket, key }), (error) => error.code)
 */
export const mapErr = <T, E, F>(result: Result<T, E>, change: (error: E) => F): Result<T, F> =>
  result.ok ? result : err(change(result.error))

/**
 * Turns a promise into one of a result: an `R2Error` becomes a failure. Any other rejection stays one, because it is a bug or an
 * exception of your own code.
 *
 * @example
 * const result = await resultOf(r2.objects.head({ bucket, key }))
 */
export const resultOf = async <T>(promise: PromiseLike<T>): Promise<Result<T>> => {
  try {
    return ok(await promise)
  } catch (error) {
    return failureOf(error)
  }
}

/** The failure of an `R2Error`. @throws any other error */
export const failureOf = (error: unknown): Err<R2Error> => {
  if (isR2Error(error)) return err(error)
  throw error
}
