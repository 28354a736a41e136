import type { Clock } from '../base/clock.js'
import type { R2Error } from '../errors/index.js'
import type { HeaderFields, HttpMethod, HttpResponse, RequestBody } from '../http/index.js'
import type { OperationTraits } from '../pipeline/index.js'
import {
  abortSignal,
  duration,
  integer,
  type ObjectField,
  objectOf,
  refuseInput,
  type ValidationRules,
} from '../validation/index.js'

/** Makes another call within a call, under its signal and with the client's retries. */
export type Execute = <Input, Output>(operation: Operation<Input, Output>, input: Input) => Promise<Output>

/** The call whose outcome is resolved. */
interface OutcomeScope {
  readonly clock: Clock
  readonly signal: AbortSignal | undefined
  readonly execute: Execute
}

/**
 * Makes the resolver of one call: it receives every failed attempt, and resolves with the response that was lost or rejects;
 * see `unknown-outcome.ts`.
 */
export type WriteOutcome = (scope: OutcomeScope) => (error: R2Error) => Promise<HttpResponse>

/** What an operation says of its request; the client adds endpoint, host, signature and time. */
export interface EncodedRequest {
  readonly method: HttpMethod
  readonly bucket?: string | undefined
  readonly key?: string | undefined
  readonly query?: readonly (readonly [name: string, value: string])[]
  /** Lower-case names. The client adds to this very object. */
  readonly headers: HeaderFields
  readonly body?: RequestBody
  /** @defaultValue 'bytes' */
  readonly responseBody?: 'bytes' | 'stream'
  /** @defaultValue 16 MiB, more than any XML response of R2 takes */
  readonly maxResponseBytes?: number | undefined
  /** Lower-case hex SHA-256 of the body; computed for bodies in memory, `UNSIGNED-PAYLOAD` for streams, where absent. */
  readonly payloadHash?: string
  /** False where a second attempt could conflict with the first, as with conditions on a write. @defaultValue the operation's `idempotent` */
  readonly repeatable?: boolean
  /** For writes that are not repeatable: resolves what became of a failed attempt before another one is made. */
  readonly outcome?: WriteOutcome
  /** Hex MD5 of a body that streams and is hashed; undefined until all of it has been sent once. */
  readonly sentMd5?: () => string | undefined
  /** Compares a successful response with what was sent; throws `IntegrityMismatch`. */
  readonly verify?: (response: HttpResponse) => void
}

/** What operations may ask of the client they run in. */
interface OperationContext {
  readonly rules: ValidationRules
}

/**
 * An S3 operation as a value: which input it takes, how its input is checked, how it goes out, and what comes back. The
 * list in `client/operations.ts` has all of them, for docs, metrics and tests.
 */
export interface Operation<Input, Output> extends OperationTraits {
  /** The input's fields and their types; any other field is refused. */
  readonly input: ObjectField<Input>
  /** Checks what depends on several fields or on the client's rules. Throws before any I/O, naming field, rule and value. */
  validate(input: Input, context: OperationContext): void
  encode(input: Input): EncodedRequest | Promise<EncodedRequest>
  /** Receives successful responses only. */
  decode(response: HttpResponse, input: Input): Output | Promise<Output>
}

export const defineOperation = <Input, Output>(operation: Operation<Input, Output>): Operation<Input, Output> =>
  operation

/**
 * Makes the loaders of the operations of one API, which are loaded together by the first call of any of them.
 *
 * @example const lazily = lazyOperations(() => import('./multipart-operations.js'))
 */
export const lazyOperations =
  <Module>(load: () => Promise<Module>) =>
  <Name extends keyof Module>(name: Name) =>
  async (): Promise<Module[Name]> =>
    (await load())[name]

/** Options of every call. */
export interface CallOptions {
  /** Ends the call in every phase; the error is `Aborted`, or `Timeout` for `AbortSignal.timeout()`, with the signal's reason as its cause. */
  readonly signal?: AbortSignal | undefined
  /** Longest time for the whole call, retries and waits included, in milliseconds. @defaultValue none */
  readonly timeoutMs?: number | undefined
  /**
   * How often a request is sent at most, the first time included. Nothing else depends on it: the unknown outcome of a write
   * is still resolved, and `resume: false` is what stops a stream from resuming. @defaultValue the client's `retry.maxAttempts`, 3
   */
  readonly maxAttempts?: number | undefined
}

export const callOptionFields = { signal: abortSignal, timeoutMs: duration, maxAttempts: integer(1) }

export const callOptionsField = objectOf<CallOptions>("a call's options", callOptionFields, {
  argument: 'options',
})

/**
 * Marks the options of a call whose caller owns the retries and resolves unknown outcomes itself: the transfer engine, whose
 * attempts are calls of their own. A symbol, so that it is no option of users.
 */
export const callerResolvesOutcome = Symbol('the caller resolves unknown outcomes')

export interface EngineCallOptions extends CallOptions {
  readonly [callerResolvesOutcome]?: true
}

/** Options as they were when the call was made, with the engine's mark, which tables of fields do not show. */
export const readEngineOptions = <T extends CallOptions>(
  field: ObjectField<T>,
  given: T & EngineCallOptions,
): T & EngineCallOptions => {
  const options = field.read(given, '', refuseInput)
  return isMarked(given) ? { ...options, [callerResolvesOutcome]: true } : options
}

const isMarked = (options: EngineCallOptions): boolean => {
  try {
    return options[callerResolvesOutcome] === true
  } catch {
    // A Proxy of the caller's, which knows nothing of the mark.
    return false
  }
}
