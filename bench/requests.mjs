/** CPU time per operation for 1 KB GET and PUT with 32 in flight: r2kit, its peers and the floor, in turns. */
import { benchSmallOperations } from './small-operations.mjs'

/** `count`: operations per turn. Slow clients need fewer for the same precision, so that all turns take about as long. */
const contenders = [
  { name: 'r2kit', count: 8000 },
  { name: 'r2kit-layers', count: 8000 },
  { name: 'undici', count: 8000 },
  { name: 'aws-sdk', count: 1000 },
  { name: 'minio', count: 2000 },
  { name: 's3mini', count: 1000 },
  { name: 'aws4fetch', count: 1000 },
]

/**
 * @returns {Promise<{ operation: string, name: string, microseconds: number, overFloor: number, timesLess: number }[]>}
 *   `timesLess`: CPU time over r2kit's
 */
export const benchRequests = async ({ processes = 3, rounds = 7, names } = {}) => {
  const chosen = names === undefined ? contenders : contenders.filter(({ name }) => names.includes(name))
  const results = await benchSmallOperations(chosen, { processes, rounds })
  return results.map(({ over, ...result }) => ({ ...result, overFloor: over('undici'), timesLess: over('r2kit') }))
}
