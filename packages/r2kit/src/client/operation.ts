import type { Clock } from '../base/clock.js'
import type { R2Error } from '../errors/calls.js'
import type { HeaderFields, HttpMethod, HttpResponse, RequestBody } from '../http/index.js'
import type { OperationTraits, Timeouts } from '../pipeline/index.js'
import {
  abortSignal,
  duration,
  integer,
  type ObjectField,
  objectOf,
  refuseInput,
  type ValidationRules,
} from '../validation/index.js'
import type { ClientIntegrity } from './client-integrity.js'
import type { UploadProof } from './fields/upload-proof.js'
import type { StreamSupport } from './stream-support.js'
import { timeoutsField } from './timeouts.js'

/** Carries out another operation within a call, with the call's signal and the client's retries. */
export type Execute = <Input, Output>(operation: Operation<Input, Output>, input: Input) => Promise<Output>

/** The call whose unknown outcome is resolved. */
interface OutcomeScope {
  readonly clock: Clock
  readonly signal: AbortSignal | undefined
  readonly execute: Execute
}

/**
 * Makes the resolver of one call. The resolver receives the error of every failed attempt; it resolves with the response that
 * was lost, or rejects. See `unknown-outcome.ts`.
 */
export type WriteOutcome = (scope: OutcomeScope) => (error: R2Error) => Promise<HttpResponse>

/** The request of an operation. The client adds endpoint, host, timeouts and signature. */
export interface EncodedRequest {
  readonly method: HttpMethod
  readonly bucket?: string | undefined
  readonly key?: string | undefined
  readonly query?: readonly (readonly [name: string, value: string])[]
  /** By lower-case name. Made for this request: the client adds further headers to the object. */
  readonly headers: HeaderFields
  readonly body?: RequestBody
  /** @defaultValue 'bytes' */
  readonly responseBody?: 'bytes' | 'stream'
  /** @defaultValue 16 MiB, more than any XML response of R2 */
  readonly maxResponseBytes?: number | undefined
  /** Lower-case hex SHA-256 of the body. @defaultValue computed for bodies in memory, `UNSIGNED-PAYLOAD` for streams */
  readonly payloadHash?: string
  /** False where a second attempt could fail because of the first, as with a conditional write. @defaultValue the operation's `idempotent` */
  readonly repeatable?: boolean
  /** For writes that are not repeatable: resolves the outcome of a failed attempt before the next one. */
  readonly outcome?: WriteOutcome
  /** Shows that the body was stored as it was sent. Absent for requests without a body, and where nothing is to be shown. */
  readonly proof?: UploadProof
  /** Compares the response to a read with the checksum that is stored with the object. @defaultValue nothing is compared */
  verifier?: { verify(response: HttpResponse): void | Promise<void> }
}

/** The part of the client that the functions of an operation depend on. */
export interface OperationContext {
  readonly rules: ValidationRules
  readonly integrity: ClientIntegrity
  /** Aborts when the client is disposed. */
  readonly disposed: AbortSignal
  /** Undefined where the client takes bodies in memory only. */
  readonly streams: StreamSupport | undefined
}

/**
 * An S3 operation as a value: the fields of its input, their checks, its request and its output. `client/operations.ts` lists all
 * operations, for docs, metrics and tests.
 */
export interface Operation<Input, Output> extends OperationTraits {
  /** The fields of the input; any other field is rejected. */
  readonly input: ObjectField<Input>
  /** Checks rules that concern several fields or depend on the client's options. Throws before any I/O. */
  validate(input: Input, context: OperationContext): void
  encode(
    input: Input,
    context: OperationContext,
    signal: AbortSignal | undefined,
  ): EncodedRequest | Promise<EncodedRequest>
  /** Receives successful responses only, and the request that they are for. */
  decode(response: HttpResponse, input: Input, request: EncodedRequest): Output | Promise<Output>
}

/** Checks the types of an operation. */
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

/** Options of a call. */
export interface CallOptions {
  /**
   * Ends the call at any time. The error is `Aborted`, or `Timeout` for `AbortSignal.timeout()`, with the signal's reason as
   * `cause`. @defaultValue none
   */
  readonly signal?: AbortSignal | undefined
  /** Time limit of the whole call in milliseconds, with retries, delays and a streamed response. @defaultValue Infinity */
  readonly timeoutMs?: number | undefined
  /**
   * How often a request is sent at most, the first time included. Nothing else depends on it: the unknown outcome of a write
   * is still resolved, and `resume: false` is what stops a stream from resuming. @defaultValue the client's `retry.maxAttempts`, 3
   */
  readonly maxAttempts?: number | undefined
  /** Time limits of each attempt; one that is left out is the client's. @defaultValue the client's `timeouts` */
  readonly timeouts?: Timeouts | undefined
}

/** The fields of `CallOptions`. */
export const callOptionFields = {
  signal: abortSignal,
  timeoutMs: duration,
  maxAttempts: integer(1),
  timeouts: timeoutsField,
}

export const callOptionsField = objectOf<CallOptions>("a call's options", callOptionFields, {
  argument: 'options',
})

/**
 * Marks the options of a caller that resolves unknown outcomes itself: the transfer engine, whose attempts are calls of their own.
 * A symbol, so that it is not an option for users.
 */
export const callerResolvesOutcome = Symbol('the caller resolves unknown outcomes')

/** Options of a call that the transfer engine makes. */
export interface EngineCallOptions extends CallOptions {
  readonly [callerResolvesOutcome]?: true
}

/**
 * Reads options at the time of the call. The engine's own are used as they are: they are made for one call, of options that were
 * read when the transfer began.
 */
export const readEngineOptions = <T extends CallOptions>(
  field: ObjectField<T>,
  given: T & EngineCallOptions,
): T & EngineCallOptions => (isMarked(given) ? given : field.read(given, '', refuseInput))

const isMarked = (options: EngineCallOptions): boolean => {
  try {
    return options[callerResolvesOutcome] === true
  } catch {
    // A Proxy that throws for the symbol.
    return false
  }
}
