/** CPU time per operation for 1 KB GET and PUT with 32 in flight: r2kit, its peers and the floor, in turns. */
import { benchSmallOperations } from './small-operations.mjs'
import { withBefore } from './support/builds.mjs'
import { onRuntimes } from './support/turns.mjs'

/** The clients that run on every version of Node. */
const everywhere = (before) => [
  ...withBefore([{ name: 'r2kit', count: 8000 }], before),
  { name: 'undici', count: 8000 },
  { name: 'opendal', count: 4000 },
  { name: 'aws-sdk', count: 1000 },
]

const others = (before) => [
  ...withBefore([{ name: 'r2kit with all layers', client: 'r2kit-layers', count: 8000 }], before),
  { name: 'minio', count: 2000 },
  { name: 's3mini', count: 1000 },
  { name: 'aws4fetch', count: 1000 },
]

/**
 * All clients run on the first of `runtimes`, the most important ones on the others too.
 *
 * @returns {Promise<import('./support/turns.mjs').Turns[]>} in microseconds per request
 */
export const benchRequests = ({ runtimes, before, processes = 3, rounds = 7 }) => {
  const contenders = everywhere(before)
  const [first, ...rest] = runtimes
  const all = [...onRuntimes([first], [...contenders, ...others(before)]), ...onRuntimes(rest, contenders)]
  return benchSmallOperations(all, { processes, rounds })
}
