/** CPU time per operation for 1 KB GET and PUT with 32 in flight, of several clients in turns. */
import { startWorker } from './support/processes.mjs'
import { takeTurns } from './support/turns.mjs'

const inFlight = 32

/**
 * @param {import('./support/turns.mjs').Contender[]} contenders with `count`: slow clients need fewer operations per turn for
 *   the same precision
 * @param {{ processes: number, rounds: number }} settings
 */
export const benchSmallOperations = async (contenders, { processes, rounds }) => {
  const server = await startWorker(new URL('./servers/canned-server.mjs', import.meta.url), { largeBytes: 1 })
  try {
    return await takeTurns({
      contenders,
      operations: ['small-get', 'small-put'],
      taskOf: ({ count }) => ({ count, inFlight }),
      endpoint: `http://127.0.0.1:${server.ready.port}`,
      processes,
      rounds,
    })
  } finally {
    await server.stop()
  }
}
