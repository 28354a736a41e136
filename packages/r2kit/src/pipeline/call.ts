import type { Clock } from '../base/clock.js'
import type { R2Error } from '../errors/index.js'
import type { HttpRequest, HttpResponse } from '../http/index.js'

/** Which of the client's timeouts bounds an attempt; see `Timeouts`. */
export type TimeoutClass = 'object' | 'list' | 'part' | 'small'

/** What the layers need to know of an operation: nothing of S3 but its name. */
export interface OperationTraits {
  /** S3's name: `PutObject`. */
  readonly name: string
  /** Whether sending it twice has the effect of sending it once, even if the first response was lost. */
  readonly idempotent: boolean
  readonly timeoutClass: TimeoutClass
  /** The server may respond with 200 first and put an error into the body (Copy, Complete): the body is parsed before it counts. */
  readonly mayFailLate?: boolean
  /** R2 responds to a success with 204: any other status of success is not R2's. */
  readonly succeedsWith204?: boolean
  /** The response carries the object's own content type; any other response that is HTML is not R2's. */
  readonly returnsObject?: boolean
}

/** One call on its way through the layers. Made once per call; `attempt` counts as the retry layer sends it again. */
export interface Call {
  readonly operation: OperationTraits
  readonly bucket: string | undefined
  readonly key: string | undefined
  readonly clock: Clock
  readonly signal: AbortSignal | undefined
  /** When the caller's patience ends, on the monotonic clock; Infinity without a deadline. */
  readonly deadlineMs: number
  /** From 1. */
  attempt: number
  /** Overrides the retry policy's. */
  readonly maxAttempts: number | undefined
  /** Whether the request may be repeated after its response was lost: the operation is idempotent and no condition makes it otherwise. */
  readonly repeatable: boolean
  /**
   * For writes that must not be stored twice: receives every failure of an attempt and, where the server may have acted,
   * looks whether it did. Resolves with the response that was lost, or rejects; a retryable error may be sent again.
   */
  readonly resolveOutcome: ((error: R2Error) => Promise<HttpResponse>) | undefined
  request: HttpRequest
  /** Lower-case hex SHA-256 of the body, or `UNSIGNED-PAYLOAD`. */
  readonly payloadHash: string
  /** Compares a successful answer with what was sent; throws `IntegrityMismatch`. */
  readonly verify: ((response: HttpResponse) => void) | undefined
}

export type Handler = (call: Call) => Promise<HttpResponse>
/** One concern around the rest of the way. */
export type Layer = (next: Handler) => Handler

/** Wraps `handler` in layers; the first of the list is the outermost. Rebuilt from the list, never patched. */
export const compose = (layers: readonly Layer[], handler: Handler): Handler =>
  layers.reduceRight((next, layer) => layer(next), handler)
