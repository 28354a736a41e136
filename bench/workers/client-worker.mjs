/** Runs the operations of one client in a separate process and reports their CPU time. */
import { credentials, smallBody, streamedBody } from '../support/bodies.mjs'
import { cpuOf, serve } from '../support/processes.mjs'

/** Runs `count` operations with `inFlight` concurrent loops. */
const repeat = async (count, inFlight, operation) => {
  let left = count
  const loop = async () => {
    while (left-- > 0) await operation()
  }
  await Promise.all(Array.from({ length: inFlight }, loop))
}

const expectBytes = async (pending, expected) => {
  const bytes = await pending
  if (bytes !== expected) throw new Error(`received ${bytes} bytes instead of ${expected}`)
}

const operations = (client) => ({
  'small-get': () => expectBytes(client.get('small'), smallBody.length),
  'small-put': () => client.put('small', smallBody),
  'large-get': ({ bytes }) => expectBytes(client.getStream(String(bytes)), bytes),
  'large-put': ({ bytes }) => client.putStream(String(bytes), streamedBody(bytes), bytes),
  'buffer-put': ({ keys }) => client.put(keys.next(), smallBody),
})

serve(async ({ name, endpoint, bucket = 'bench', options, access = credentials }) => {
  const { connect, unavailable } = await import(`../clients/${name}.mjs`)
  const reason = unavailable?.()
  if (reason !== undefined) return { ready: { unavailable: reason } }
  const client = await connect({ endpoint, bucket, credentials: access, options })
  const table = operations(client)
  let serial = 0
  const keys = { next: () => `folder/${process.pid}-${serial++}` }
  return {
    ready: {},
    async handle({ operation, count, inFlight = 1, bytes }) {
      const startMs = performance.now()
      const cpuMicroseconds = await cpuOf(() => repeat(count, inFlight, () => table[operation]({ bytes, keys })))
      return { cpuMicroseconds, wallMs: performance.now() - startMs, rssBytes: process.memoryUsage.rss() }
    },
  }
})
