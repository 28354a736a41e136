/** Servers that send a byte now and then, so that nothing stalls and nothing ends. Every call still has a time limit. */
import { R2Client } from 'r2kit'
import { describe, expect, onTestFinished, test } from 'vitest'
import { testCredentials } from '#test/support/fake-transport.js'
import { type Peer, rawServer, until } from '#test/support/raw-server.js'
import { errorOf } from '#test/support/results.js'
import { VirtualClock } from '#test/support/virtual-clock.js'
import { FetchTransport } from '../http/transports.js'

const object = { bucket: 'bucket', key: 'key' }

describe.each(['undici', 'fetch'])('over the %s transport', (name) => {
  /** A client on a clock that moves half a second with each byte of the server. */
  const drippingWorld = async (head: string, drip = 'x') => {
    const open: Peer[] = []
    const server = await rawServer(async (peer) => {
      for (let next = await peer.request(); next !== undefined; next = await peer.request()) {
        peer.send(head)
        open.push(peer)
      }
    })
    const clock = new VirtualClock()
    const r2 = new R2Client({
      endpoint: server.origin,
      credentials: testCredentials,
      clock,
      retry: { maxAttempts: 2 },
      timeouts: { smallObjectMs: 10_000, listMs: 20_000, stallTimeoutMs: 10_000 },
      ...(name === 'fetch' ? { transport: new FetchTransport({ clock }) } : {}),
    })
    onTestFinished(async () => {
      await server[Symbol.asyncDispose]()
      await r2.dispose()
    })
    /** Lets the server send bytes until the work has ended. */
    const dripped = async <T>(work: Promise<T>): Promise<T> => {
      let isOver = false
      const over = () => {
        isOver = true
      }
      work.then(over, over)
      await until(() => open.length > 0 || isOver)
      for (let time = 0; time < 500 && !isOver; time++) {
        open.at(-1)?.send(drip)
        await clock.advance(500)
      }
      expect(isOver).toBe(true)
      return work
    }
    return { r2, clock, requests: () => open.length, drip: dripped }
  }

  test('an error response that arrives byte by byte ends getStream with Timeout after all attempts', async () => {
    const { r2, clock, requests, drip } = await drippingWorld('HTTP/1.1 404 X\r\ncontent-length: 1000\r\n\r\n')
    const error = await drip(errorOf(r2.objects.getStream(object)))
    expect(error).toMatchObject({ code: 'Timeout', attempts: 2, ...object })
    expect(requests()).toBe(2)
    expect(clock.timers).toBe(0)
  })

  test('a page of a list that arrives byte by byte without an object times out', async () => {
    const head = 'HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n<ListBucketResult><IsTruncated>false</IsTruncated>'
    const { r2, clock, requests, drip } = await drippingWorld(head, ' ')
    const error = await drip(errorOf(r2.objects.listAll({ bucket: 'bucket' }).collect(10)))
    expect(error).toMatchObject({ code: 'StreamInterrupted', message: expect.stringContaining('20000 ms') })
    // The first, and three more without progress.
    expect(requests()).toBe(4)
    expect(clock.timers).toBe(0)
  })

  test('the body of an object may arrive byte by byte without a time limit', async () => {
    const fields = 'etag: "e"\r\nlast-modified: Thu, 01 Jan 2026 00:00:00 GMT\r\n'
    const { r2, drip } = await drippingWorld(`HTTP/1.1 200 OK\r\n${fields}content-length: 100\r\n\r\n`)
    const read = async () => {
      const { body } = await r2.objects.getStream(object)
      let size = 0
      for await (const chunk of body) size += chunk.byteLength
      return size
    }
    expect(await drip(read())).toBe(100)
  })
})
