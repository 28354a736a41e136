import { describe, expect, test } from 'vitest'
import { answering } from '../../../../test/support/raw-server.js'
import { pair, request, streamOf, transportSuite } from '../../../../test/support/transport-suite.js'
import type { VirtualClock } from '../../../../test/support/virtual-clock.js'
import { FetchTransport } from './fetch-transport.js'

const create = (clock: VirtualClock) => new FetchTransport({ clock })

transportSuite({ name: 'fetch', create })

describe('paths that fetch would change', () => {
  const transport = new FetchTransport()

  test.each(['/b/../a', '/b/.', '/b/..', '/b/./a', '/b/a/..', '/b/%2e%2E/a', '/b/.%2e', '/..', '/b/a/../../c'])(
    '%s is refused',
    (path) => expect(transport.cannotSend(path)).toContain('another object'),
  )

  test.each(['/b/...', '/b/a..b', '/b/..a', '/b/.hidden', '/b/a.', '/b//', '/b/%2F..%2F', '/b/%5C..%5Ca'])(
    '%s reaches the wire as it is',
    async (path) => {
      const { transport, server } = await pair(
        create,
        answering(({ target }, _, peer) => peer.answer(200, target)),
      )
      expect(transport.cannotSend(path)).toBeUndefined()
      const { body } = await transport.send(request(server, { path, query: 'x=..%2F..' }))
      expect(Buffer.from(body as Uint8Array).toString()).toBe(`${path}?x=..%2F..`)
    },
  )
})

describe('a platform whose bodies stay silent when their request is aborted', () => {
  const silent = () =>
    new FetchTransport({
      fetch: async () => new Response(new ReadableStream({ start: (sink) => sink.enqueue(new Uint8Array(5)) })),
    })
  const server = { origin: 'http://127.0.0.1:9' }

  test('keeps no reader waiting', async () => {
    const controller = new AbortController()
    const { signal } = controller
    const { body } = await silent().send(request(server, { responseBody: 'stream', signal }))
    const reader = streamOf({ status: 200, headers: {}, body }).getReader()
    expect((await reader.read()).value).toHaveLength(5)
    const waiting = reader.read()
    controller.abort()
    await expect(waiting).rejects.toMatchObject({ code: 'Aborted' })
  })

  test('keeps nobody waiting who wants it in memory', async () => {
    const controller = new AbortController()
    const answer = silent().send(request(server, { signal: controller.signal }))
    await new Promise((resolve) => setImmediate(resolve))
    controller.abort()
    await expect(answer).rejects.toMatchObject({ code: 'Aborted' })
  })

  test('ends a request whose abort came with the head', async () => {
    const controller = new AbortController()
    const transport = new FetchTransport({
      fetch: async () => {
        controller.abort()
        return new Response(new ReadableStream())
      },
    })
    const answer = transport.send(request(server, { signal: controller.signal }))
    await expect(answer).rejects.toMatchObject({ code: 'Aborted' })
  })
})
