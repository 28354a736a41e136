/** The memory of sent chunks: it is free when the kernel has the bytes, and not before. */
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { IncomingMessage, RequestListener } from 'node:http'
import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { request } from '#test/support/transport-suite/setup.js'
import { reportingSent, reuseWhenSent } from '../body/sent-chunks.js'
import type { RequestBody } from '../transport.js'
import { UndiciTransport } from './undici-transport.js'

const fixture = (name: string) =>
  readFileSync(fileURLToPath(new URL(`../../../../../test/fixtures/loopback/${name}`, import.meta.url)), 'utf8')
const [cert, key] = [fixture('certificate.pem'), fixture('key.pem')]

/** Reads a body in small steps, so that it waits in the buffers of the client. */
const digestOf = async (incoming: IncomingMessage): Promise<string> => {
  const hash = createHash('sha256')
  for await (const chunk of incoming) {
    hash.update(chunk as Buffer)
    await new Promise((resolve) => setImmediate(resolve))
  }
  return hash.digest('hex')
}

/** Chunks of many lengths. The memory of a sent one is overwritten immediately. */
const reusingBody = (lengths: readonly number[]) => {
  const state = { reused: 0, digest: createHash('sha256') }
  const body: RequestBody = {
    kind: 'stream',
    contentLength: lengths.reduce((sum, length) => sum + length, 0),
    canOpen: () => true,
    async *open() {
      for (const length of lengths) {
        const chunk = randomBytes(length)
        state.digest.update(chunk)
        reuseWhenSent(chunk, () => {
          state.reused++
          chunk.fill(0)
        })
        yield chunk
      }
    },
  }
  return { body, state }
}

const lengths = [524_288, 1, 70_000, 524_288, 16_384, 524_288, 524_288, 1000, 3_000_000, 65_536, 524_288, 10]

test.each(['http', 'https'] as const)(
  'overwriting sent chunks does not change what a slow %s server receives',
  async (scheme) => {
    const respond: RequestListener = async (incoming, response) => {
      response.end(await digestOf(incoming))
    }
    const server = scheme === 'http' ? createServer(respond) : createTlsServer({ cert, key }, respond)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('The server has no port.')
    const transport = new UndiciTransport({ connections: { ca: cert } })
    onTestFinished(async () => {
      await transport.close()
      server.close()
    })
    for (let round = 0; round < 5; round++) {
      const { body, state } = reusingBody(lengths)
      const origin = `${scheme}://127.0.0.1:${address.port}`
      const response = await transport.send(request({ origin }, { method: 'PUT', body }))
      expect(Buffer.from(response.body as Uint8Array).toString()).toBe(state.digest.digest('hex'))
      expect(state.reused).toBeGreaterThanOrEqual(6)
    }
  },
)

test('a chunk that is still in the socket when the next one is read is not reported as sent', async () => {
  let isFlushed = false
  const sent: number[] = []
  const chunks = [1, 2, 3].map((length) => {
    const chunk = new Uint8Array(length)
    reuseWhenSent(chunk, () => sent.push(length))
    return chunk
  })
  const source = (async function* () {
    yield* chunks
  })()
  const reporting = reportingSent(source, () => isFlushed)
  await reporting.next()
  await reporting.next()
  isFlushed = true
  await reporting.next()
  expect((await reporting.next()).done).toBe(true)
  expect(sent).toEqual([2, 3])
})

test('cancelling the source reports no chunk as sent', async () => {
  let isSent = false
  const chunk = new Uint8Array(1)
  reuseWhenSent(chunk, () => {
    isSent = true
  })
  const source = (async function* () {
    yield chunk
  })()
  const reporting = reportingSent(source, () => true)
  await reporting.next()
  await reporting.return?.()
  expect(isSent).toBe(false)
})
