import type { Clock } from '../base/clock.js'
import type { CallEvents } from './call-events.js'
import type { Layer } from './compose.js'
import type { Timeouts } from './timeouts.js'

/** Which of the client's timeouts bounds an attempt; see `Timeouts`. */
export type TimeoutClass = 'object' | 'list' | 'part' | 'small'

/** Properties of an operation that layers depend on. */
export interface OperationTraits {
  /** S3's name: `PutObject`. */
  readonly name: string
  /** Whether sending it twice has the effect of sending it once, even if the first response was lost. */
  readonly idempotent: boolean
  /** Selects the timeout of each attempt. */
  readonly timeoutClass: TimeoutClass
  /** Whether R2 responds to a success with 204: any other successful status did not come from R2. */
  readonly succeedsWith204?: boolean | undefined
  /** Whether the response has the object's own content type. HTML in response to any other operation did not come from R2. */
  readonly returnsObject?: boolean | undefined
}

/** One call of an operation on its way through the call layers. */
export interface Call {
  /** The operation: its name, and whether it is idempotent. */
  readonly operation: OperationTraits
  /** The input of the operation, read and copied when the call was made. */
  readonly input: unknown
  /** The bucket that the input names; undefined for operations without one. */
  readonly bucket: string | undefined
  /** The key that the input names; undefined for operations on buckets. */
  readonly key: string | undefined
  /** The client's clock. */
  readonly clock: Clock
  /** Ends the call; the deadline of `timeoutMs` included. */
  readonly signal: AbortSignal | undefined
  /** When `timeoutMs` ends, in milliseconds on the monotonic clock; Infinity without a timeout. */
  readonly deadlineMs: number
  /** Overrides the number of attempts of the client's `retry` option. */
  readonly maxAttempts: number | undefined
  /**
   * Called once when the body of a successful response has ended. A body in memory ends before `next` resolves; a stream ends
   * when it has been read or cancelled, or when it fails, with that error as the argument.
   */
  readonly onBodyEnd: ((error?: unknown) => void) | undefined
}

/** A call with the fields that only the client's own layers use. */
export interface InternalCall extends Call {
  /** `timeoutMs` of the caller's options. */
  readonly timeoutMs: number | undefined
  /** Limits of each attempt that replace those of the client. */
  readonly timeouts: Timeouts | undefined
  /** Whether the caller resolves unknown outcomes itself, as the transfer engine does. */
  readonly callerResolvesOutcome: boolean
  /** Reports the call to the client's listeners; undefined without listeners. */
  readonly events: CallEvents | undefined
}

/** A layer of the client's own. */
export type InternalCallLayer = Layer<InternalCall, unknown>

/** Carries out a call, and resolves with the output of its operation. */
export type CallHandler = (call: Call) => Promise<unknown>

/**
 * A layer around each call: a trace, a metric, a log. It runs once per operation that the client carries out, however often
 * the request is sent. Operations that one method makes by itself are calls of their own: pages of `listAll`, batches of
 * `deleteObjects`, parts of a transfer, and the HEAD that resolves an unknown outcome.
 *
 * - **Reads** every field of the call. Objects are shared and must not be mutated.
 * - **Changes** by passing a copy to `next`: `next({ ...call, maxAttempts: 1 })`. `signal`, `maxAttempts` and `onBodyEnd` may
 *   differ from the call's own. A layer that sets `onBodyEnd` calls the previous one too.
 * - **Output**: the layer returns what `next` resolves with, which is the value that the caller receives.
 * - **Errors** of `next` are those that the caller receives, with operation, bucket, key and number of attempts. The layer
 *   rethrows them, throws another, or calls `next` again. An error that the layer throws ends the call and reaches the caller
 *   unchanged.
 * - **Time**: `timeoutMs` covers the layer. Its own waits do not end by themselves: it listens to `call.signal`.
 *
 * @example
 * const logLayer: CallLayer = (next) => async (call) => {
 *   const startedMs = call.clock.monotonicMs()
 *   try {
 *     return await next(call)
 *   } finally {
 *     console.log(call.operation.name, call.bucket, call.key, call.clock.monotonicMs() - startedMs)
 *   }
 * }
 */
export type CallLayer = (next: CallHandler) => CallHandler
