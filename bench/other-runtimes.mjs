/** CPU time per operation for 1 KB GET and PUT with 32 in flight on Bun and Deno: r2kit beside what the runtime has, in turns. */
import { benchSmallOperations } from './small-operations.mjs'
import { withBefore } from './support/builds.mjs'
import { bunRuntime, denoRuntime } from './support/runtimes.mjs'
import { onRuntimes } from './support/turns.mjs'

/** `fetch` is the least that a program can send with it: a signed request without checks. */
const peers = {
  bun: [
    { name: 'Bun.s3', client: 'bun-s3', count: 8000 },
    { name: 'fetch', count: 8000 },
    { name: 'aws-sdk', count: 1000 },
  ],
  deno: [
    { name: 'fetch', count: 4000 },
    { name: 'aws-sdk', count: 1000 },
  ],
}

/**
 * @param {'bun' | 'deno'} name
 * @returns {Promise<import('./support/turns.mjs').Turns[]>} in microseconds per request
 */
export const benchRuntime = (name, { before, processes = 3, rounds = 7 }) => {
  const runtime = name === 'bun' ? bunRuntime() : denoRuntime()
  const contenders = [...withBefore([{ name: 'r2kit', count: 6000 }], before), ...peers[name]]
  return benchSmallOperations(onRuntimes([runtime], contenders), { processes, rounds })
}
