import type { Clock } from '../base/clock.js'
import { callback, duration, objectOf, refuseOption, withMethods } from '../validation/index.js'
import { type FetchFunction, PlatformFetch } from './platform-fetch.js'

export type { FetchFunction }

export interface FetchTransportOptions {
  /** The function to call. @defaultValue the platform's `fetch` */
  readonly fetch?: FetchFunction | undefined
  /** @defaultValue the machine's clock */
  readonly clock?: Clock | undefined
  /** As in `ConnectionOptions`. @defaultValue 5_000 */
  readonly closeTimeoutMs?: number | undefined
}

const optionsField = objectOf<FetchTransportOptions>(
  'FetchTransportOptions',
  {
    fetch: callback<FetchFunction>(),
    clock: withMethods<Clock>('a Clock', 'now', 'monotonicMs', 'after'),
    closeTimeoutMs: duration,
  },
  { argument: 'options' },
)

/**
 * The platform's own `fetch`, which is the default on Workers and in browsers. It parses URLs, so a key with `.` or `..` segments cannot be sent
 * unchanged and is rejected before it is signed.
 */
export class FetchTransport extends PlatformFetch {
  /** @throws R2Error `InvalidConfig` naming the option */
  constructor(given: FetchTransportOptions = {}) {
    const { fetch, ...options } = optionsField.read(given, '', refuseOption)
    super({ ...options, loadStreams: () => import('./streams.js') }, fetch)
  }
}
