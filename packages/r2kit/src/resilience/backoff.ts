/** How the delays between attempts grow. */
export interface Backoff {
  /** Milliseconds after the first failure; each further failure doubles them. */
  readonly baseDelayMs: number
  /** Longest delay in milliseconds, before jitter. */
  readonly maxDelayMs: number
  /** A share of the delay that is added at random, or `full` for a random part of the delay. */
  readonly jitter: number | 'full'
}

/**
 * Milliseconds to wait after so many failures in a row, from 1. The one place with this arithmetic: every loop that waits between
 * attempts uses it.
 *
 * @param random from 0 to 1
 * @param minDelayMs shortest delay, to which jitter only adds
 */
export const backoffMs = (
  { baseDelayMs, maxDelayMs, jitter }: Backoff,
  failures: number,
  random: () => number,
  minDelayMs = 0,
): number => {
  const variableMs = Math.max(0, Math.min(maxDelayMs, baseDelayMs * 2 ** (failures - 1)) - minDelayMs)
  return minDelayMs + variableMs * (jitter === 'full' ? random() : 1 + jitter * random())
}
