/** Request bodies: streams, their lengths and their errors. */
import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { responding } from '../raw-server.js'
import { errorOf } from '../results.js'
import { chunked, pair, request, sha256, streamed, type TransportUnderTest } from './setup.js'

export const requestBodiesSuite = ({ name, create }: TransportUnderTest): void => {
  describe(`${name}: request bodies`, () => {
    test('a stream is sent with its Content-Length, complete and in order', async () => {
      const chunks = Array.from({ length: 40 }, (_, index) => randomBytes(index * 1000))
      const whole = Buffer.concat(chunks)
      let received: Uint8Array = Buffer.alloc(0)
      let length: string | undefined
      const { transport, server } = await pair(
        create,
        responding((seen, body, peer) => {
          length = seen.headers['content-length']
          received = body
          peer.response(200)
        }),
      )
      const { body } = chunked(chunks, whole.length)
      await transport.send(request(server, { method: 'PUT', body }))
      expect(length).toBe(String(whole.length))
      expect(sha256(received)).toBe(sha256(whole))
    })

    test.each([
      ['bytes', { kind: 'bytes', bytes: Buffer.from('12345') }],
      ['a stream', chunked([Buffer.from('12345')], 5).body],
    ] as const)('a request with %s is not changed while it is sent', async (_, body) => {
      const { transport, server } = await pair(
        create,
        responding((_, __, peer) => peer.response(200)),
      )
      const sent = request(server, { method: 'PUT', body })
      const { headers } = sent
      const before = { ...headers }
      await transport.send(Object.freeze({ ...sent, headers: Object.freeze(headers) }))
      expect(headers).toEqual(before)
    })

    test.each([
      ['too short', 150],
      ['too long', 50],
    ])(
      'a stream that is %s fails with SourceFailed and is cancelled, and the next request succeeds',
      async (_, contentLength) => {
        const { transport, server } = await pair(
          create,
          responding((_, __, peer) => peer.response(200, 'ok')),
        )
        const { body, state } = chunked([randomBytes(40), randomBytes(60)], contentLength)
        const error = await errorOf(transport.send(request(server, { method: 'PUT', body })))
        expect(error).toMatchObject({ code: 'SourceFailed', field: 'contentLength', retryable: false })
        expect(state.cancelled).toBe(true)
        expect((await transport.send(request(server))).status).toBe(200)
      },
    )

    test('a source that throws fails with SourceFailed, with its error as the cause', async () => {
      const { transport, server } = await pair(
        create,
        responding((_, __, peer) => peer.response(200, 'ok')),
      )
      const cause = new Error('read error')
      const body = streamed(10, async function* () {
        yield Buffer.from('12345')
        throw cause
      })
      const error = await errorOf(transport.send(request(server, { method: 'PUT', body })))
      expect(error).toMatchObject({ code: 'SourceFailed', field: 'body', retryable: false, cause })
      expect(error.message).toContain('read error')
    })
  })
}
