/** CPU time per operation for 1 KB GET and PUT with 32 in flight: a client without listeners, and with each of them, in turns. */
import { benchSmallOperations } from './small-operations.mjs'

/** `none again` shows the noise of the run: it is the same client as `none`. */
const contenders = [
  'none',
  'none again',
  'no-op',
  'diagnostics',
  'prometheus',
  'logging (pino, info)',
  'logging (pino, debug)',
  'otel without an SDK',
  'otel (SDK)',
]

/** @returns {Promise<{ operation: string, name: string, microseconds: number, overNone: number }[]>} */
export const benchEvents = async ({ processes = 2, rounds = 7 } = {}) => {
  const clients = contenders.map((name) => ({
    name,
    count: 4000,
    client: { name: 'r2kit-events', options: { listener: name } },
  }))
  const results = await benchSmallOperations(clients, { processes, rounds })
  return results.map(({ over, ...result }) => ({ ...result, overNone: over('none') }))
}
