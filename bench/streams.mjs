/** CPU time per MB for streaming one large object, as a download and as an upload: r2kit, its peers and the floor, in turns. */
import { withBefore } from './support/builds.mjs'
import { scratchFolder, writeFileOf } from './support/files.mjs'
import { startWorker } from './support/processes.mjs'
import { onRuntimes, takeTurns } from './support/turns.mjs'

const megabyte = 1_000_000

/** The clients that run on every version of Node. */
const everywhere = (before) => [
  ...withBefore([{ name: 'r2kit' }], before),
  { name: 'r2kit, unverified', client: 'r2kit', options: { integrity: 'none' } },
  { name: 'undici' },
  { name: 'aws-sdk' },
]

const others = [
  { name: 'r2kit, MD5', client: 'r2kit', options: { integrity: 'md5' }, only: 'large-put' },
  { name: 'opendal', only: 'large-get' },
  { name: 'minio' },
  { name: 's3mini', only: 'large-get' },
  { name: 'aws4fetch', only: 'large-get' },
  { name: 'curl', worker: 'command' },
]

/**
 * All clients run on the first of `runtimes`, the most important ones on the others too.
 *
 * @returns {Promise<import('./support/turns.mjs').Turns[]>} in microseconds per MB
 */
export const benchStreams = async ({ runtimes, before, processes = 2, rounds = 5, megabytes = 256 }) => {
  const bytes = megabytes * megabyte
  const contenders = everywhere(before)
  const [first, ...rest] = runtimes
  const all = [...onRuntimes([first], [...contenders, ...others]), ...onRuntimes(rest, contenders)]
  const scratch = scratchFolder()
  const server = await startWorker(new URL('./servers/canned-server.mjs', import.meta.url), { largeBytes: bytes })
  const results = []
  try {
    // Programs send a file, clients a stream.
    const path = scratch.file('body')
    await writeFileOf(path, bytes)
    // One operation after the other in new processes, so that the resident memory is that of the operation.
    for (const operation of ['large-get', 'large-put']) {
      const turns = await takeTurns({
        contenders: all.filter(({ only }) => only === undefined || only === operation),
        operations: [operation],
        taskOf: () => ({ count: 1, bytes, path }),
        unitsPerCount: megabytes,
        endpoint: `http://127.0.0.1:${server.ready.port}`,
        processes,
        rounds,
        // On a server other than R2, the first stream has no trailer, and the second one has a MD5 beside it.
        warmUps: 3,
      })
      results.push(...turns)
    }
  } finally {
    await server.stop()
    scratch.remove()
  }
  return results
}
