/** r2kit with every layer of `r2kit/resilience`, and limits that the benchmark does not reach. */
import { R2Client } from 'r2kit'
import { circuitBreaker, concurrencyLimit, keyPacing, rateLimit } from 'r2kit/resilience'
import { connect as connectPlain } from './r2kit.mjs'

const perSecond = 1_000_000

class LayeredClient extends R2Client {
  constructor(options) {
    const attempt = [
      circuitBreaker({ per: 'bucket' }),
      rateLimit({ requestsPerSecond: perSecond }),
      keyPacing(perSecond),
      concurrencyLimit(64),
    ]
    super({ ...options, timeouts: { connectMs: 10_000 }, layers: { attempt } })
  }
}

export const connect = ({ options = {}, ...server }) =>
  connectPlain({ ...server, options: { ...options, R2Client: LayeredClient } })
