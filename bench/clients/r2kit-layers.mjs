/** r2kit with every layer of `r2kit/resilience`, and limits that the benchmark does not reach. */
import { importR2kit } from '../support/builds.mjs'
import { connect as connectPlain } from './r2kit.mjs'

const perSecond = 1_000_000

export const connect = async ({ options = {}, ...server }) => {
  const { circuitBreaker, concurrencyLimit, keyPacing, rateLimit } = await importR2kit(
    options.build,
    'r2kit/resilience',
  )
  const attempt = [
    circuitBreaker({ per: 'bucket' }),
    rateLimit({ requestsPerSecond: perSecond }),
    keyPacing(perSecond),
    concurrencyLimit(64),
  ]
  const layered = { timeouts: { connectMs: 10_000 }, layers: { attempt } }
  return connectPlain({ ...server, options: { ...options, ...layered } })
}
