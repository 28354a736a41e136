/** Reads whose connection breaks twenty times, over the transport that injects faults and over the sockets of the local R2. */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startLocalR2 } from '@r2kit/local'
import { R2Client } from 'r2kit'
import { FaultInjectionTransport, type FaultRule, SimulatedR2 } from 'r2kit/simulation'
import { describe, expect, test } from 'vitest'
import { eagerClock } from '#test/support/eager-clock.js'
import { testCredentials } from '#test/support/fake-transport.js'
import { withFolder } from '#test/support/with-folder.js'

const bucket = 'films'
const key = 'film.mp4'
const cuts = 20
/** Each cut takes half of what is left, so that 20 of them need a megabyte for the last one to find a byte. */
const content = Buffer.alloc(4 * 1024 * 1024)
for (let at = 0; at < content.length; at += 4) content.writeUInt32LE(Math.imul(at, 2_654_435_761) >>> 0, at)
const digestOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

/** Breaks with RST and with FIN in turn. */
const rules: FaultRule[] = Array.from({ length: cuts }, (_, index) => ({
  ...{ kind: index % 2 === 0 ? 'reset-during-response' : 'truncated-response' },
  ...{ operation: 'GetObject', times: 1 },
}))

interface Harness extends AsyncDisposable {
  readonly r2: R2Client
  /** Number of responses that were cut. */
  cut(): number
  /** Milliseconds of virtual time. */
  waitedMs(): number
}

const overTransport = async (): Promise<Harness> => {
  const clock = eagerClock()
  const transport = new FaultInjectionTransport(new SimulatedR2(clock, [bucket]), { rules, clock })
  const r2 = new R2Client({ endpoint: 'https://r2.test', credentials: testCredentials, transport, clock })
  const cut = () => transport.injected.reduce((sum, count) => sum + count, 0)
  return { r2, cut, waitedMs: () => clock.monotonicMs(), [Symbol.asyncDispose]: () => r2.dispose() }
}

const overSockets = async (): Promise<Harness> => {
  const local = await startLocalR2({ faults: rules })
  const { endpoint, credentials } = local
  const r2 = new R2Client({ endpoint, credentials, random: () => 0, retry: { baseDelayMs: 1 } })
  await r2.buckets.create({ bucket })
  return {
    r2,
    waitedMs: () => 0,
    cut: () => local.injectedFaults.reduce((sum, { count }) => sum + count, 0),
    [Symbol.asyncDispose]: async () => {
      await r2.dispose()
      await local.close()
    },
  }
}

const read = async (stream: AsyncIterable<Uint8Array>): Promise<Buffer> => {
  const chunks: Uint8Array[] = []
  for await (const chunk of stream) chunks.push(chunk.slice())
  return Buffer.concat(chunks)
}

describe.each([
  ['the transport that injects faults', overTransport],
  ['the sockets of the local R2', overSockets],
])('a GET that is cut 20 times over %s', (_, open) => {
  const reads: readonly (readonly [how: string, expected: Buffer, read: (r2: R2Client) => Promise<Uint8Array>])[] = [
    ['a stream of the whole object', content, async (r2) => read((await r2.objects.getStream({ bucket, key })).body)],
    [
      'a stream of a range',
      content.subarray(1_001, 3_001_001),
      async (r2) => {
        const range = { offset: 1_001, length: 3_000_000 }
        return read((await r2.objects.getStream({ bucket, key, range })).body)
      },
    ],
    [
      'a stream of the last bytes',
      content.subarray(-3_000_000),
      async (r2) => read((await r2.objects.getStream({ bucket, key, range: { suffix: 3_000_000 } })).body),
    ],
    ['a download as a stream', content, (r2) => read(r2.transfers.download({ bucket, key }, 'stream').body)],
    ['a download into memory', content, async (r2) => (await r2.transfers.download({ bucket, key }, 'bytes')).body],
    [
      'a download into a file',
      content,
      (r2) =>
        withFolder(async (folder) => {
          await r2.transfers.download({ bucket, key }, { path: join(folder, 'film.mp4') })
          return readFile(join(folder, 'film.mp4'))
        }),
    ],
    [
      'a download in ranges',
      content,
      (r2) =>
        withFolder(async (folder) => {
          const options = { rangeSizeBytes: 1024 * 1024 }
          await r2.transfers.download({ bucket, key }, { path: join(folder, 'film.mp4') }, options)
          return readFile(join(folder, 'film.mp4'))
        }),
    ],
  ]

  test.concurrent.each(reads)('%s is byte-exact', async (_how, expected, readWith) => {
    await using harness = await open()
    await harness.r2.objects.put({ bucket, key, body: content })
    const received = await readWith(harness.r2)
    expect(harness.cut()).toBe(cuts)
    // Each break comes after progress, so that no wait is longer than the first one, a tenth of a second and its jitter.
    expect(harness.waitedMs()).toBeLessThan(cuts * 115)
    expect([received.byteLength, digestOf(received)]).toEqual([expected.byteLength, digestOf(expected)])
  })
})
