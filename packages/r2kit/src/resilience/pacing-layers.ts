/** Waits that keep the client within a rate: of all its requests, and of its writes to one key. */
import { sleep } from '../base/clock.js'
import { abortError, R2Error } from '../errors/index.js'
import type { HttpResponse } from '../http/index.js'
import {
  type Attempt,
  type AttemptHandler,
  type AttemptLayer,
  type DelayReason,
  type InternalAttempt,
  ownLayer,
} from '../pipeline/index.js'
import { number, objectOf, refuseOption, required } from '../validation/index.js'
import { TokenBucket } from './token-bucket.js'

export interface RateLimitOptions {
  /** Most requests per second, averaged. */
  readonly requestsPerSecond: number
  /** Most requests that are sent together after a pause. @defaultValue `requestsPerSecond`, at least 1 */
  readonly burst?: number | undefined
}

const positive = number(0.001, Number.MAX_SAFE_INTEGER)

const rateLimitField = objectOf<RateLimitOptions>(
  'RateLimitOptions',
  { requestsPerSecond: required(positive), burst: number(1, Number.MAX_SAFE_INTEGER) },
  { argument: 'options' },
)

/**
 * A layer that delays requests beyond a rate. They keep their order of arrival.
 *
 * @example new R2Client({ ...options, layers: { attempt: [rateLimit({ requestsPerSecond: 50 })] } })
 */
export const rateLimit = (given: RateLimitOptions): AttemptLayer => {
  const { requestsPerSecond, burst = Math.max(1, requestsPerSecond) } = rateLimitField.read(given, '', refuseOption)
  return ownLayer((next) => {
    let bucket: TokenBucket | undefined
    return (attempt) => {
      bucket ??= new TokenBucket(requestsPerSecond, burst, attempt.clock)
      return whenAllowed(bucket, attempt, 'rate-limit', next)
    }
  })
}

/** From this number of keys on, those whose limit has passed are forgotten. */
const rememberedKeys = 1_000

/**
 * A layer that delays writes to a key, so that they do not meet R2's limit of one write per second and key (error 10058,
 * status 429). Reads, parts and other keys are not delayed.
 *
 * @param writesPerSecond rate for each key. @defaultValue 1
 * @example new R2Client({ ...options, layers: { attempt: [keyPacing()] } })
 */
export const keyPacing = (writesPerSecond = 1): AttemptLayer => {
  const rate = positive.read(writesPerSecond, 'writesPerSecond', refuseOption)
  return ownLayer((next) => {
    const buckets = new Map<string, TokenBucket>()
    let mostKeys = rememberedKeys
    const bucketOf = (name: string, { clock }: Attempt): TokenBucket => {
      const existing = buckets.get(name)
      if (existing !== undefined) return existing
      if (buckets.size >= mostKeys) {
        for (const [key, bucket] of buckets) if (bucket.isFull) buckets.delete(key)
        // Where few could be forgotten, the next look comes later: a look for each new key would take quadratic time.
        mostKeys = Math.max(rememberedKeys, 2 * buckets.size)
      }
      const bucket = new TokenBucket(rate, 1, clock)
      buckets.set(name, bucket)
      return bucket
    }
    return (attempt) => {
      const { bucket, key, operation } = attempt
      if (key === undefined || !pacedOperations.has(operation.name)) return next(attempt)
      return whenAllowed(bucketOf(`${bucket}/${key}`, attempt), attempt, 'key-pacing', next)
    }
  })
}

/** Operations that R2 counts as a write to the key. */
const pacedOperations: ReadonlySet<string> = new Set([
  'PutObject',
  'CopyObject',
  'DeleteObject',
  'CompleteMultipartUpload',
])

/** Sends the attempt when there is a token for it. */
const whenAllowed = (
  bucket: TokenBucket,
  attempt: Attempt,
  reason: DelayReason,
  next: AttemptHandler,
): Promise<HttpResponse> => {
  const delayMs = bucket.take()
  return delayMs === 0 ? next(attempt) : waitForToken(bucket, delayMs, attempt, reason).then(() => next(attempt))
}

/** Waits for a token that has been taken in advance; gives it back when the call ends first. */
const waitForToken = async (
  bucket: TokenBucket,
  delayMs: number,
  attempt: Attempt,
  reason: DelayReason,
): Promise<void> => {
  const { clock, signal, disposed, deadlineMs, number: attemptNumber } = attempt
  if (clock.monotonicMs() + delayMs >= deadlineMs) {
    bucket.giveBack()
    throw new R2Error(
      'Timeout',
      `the rate limit of this client delays the request by ${Math.ceil(delayMs)} ms, beyond the call's timeoutMs`,
    )
  }
  // The client's own layers make every attempt, and copies keep the internal fields.
  ;(attempt as InternalAttempt).events?.delayed(attemptNumber, reason, delayMs)
  try {
    await sleep(clock, delayMs, signal, disposed)
  } catch {
    bucket.giveBack()
    if (disposed.aborted) throw new R2Error('ClientClosed', 'the client was disposed before the request was sent')
    throw abortError(signal)
  }
}
