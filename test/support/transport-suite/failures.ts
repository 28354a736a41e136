/** Failures: connections, TLS, and responses that are not HTTP. */
import { describe, expect, test } from 'vitest'
import { bodyStreamOf, errorOf, readAll } from '../results.js'
import { pair, request, type TransportUnderTest } from './setup.js'

export const failuresSuite = ({ name, create }: TransportUnderTest): void => {
  describe(`${name}: failures`, () => {
    test('a request to a closed port fails with ConnectionFailed', async () => {
      const { transport, server } = await pair(create, () => {
        // No connection is expected.
      })
      await server[Symbol.asyncDispose]().catch(() => undefined)
      expect(await errorOf(transport.send(request(server)))).toMatchObject({
        code: 'ConnectionFailed',
        retryable: true,
      })
    })

    test('a connection that is reset before the head fails with a retryable error of kind Network', async () => {
      const { transport, server } = await pair(create, async (peer) => {
        await peer.request()
        peer.socket.resetAndDestroy()
      })
      expect(await errorOf(transport.send(request(server)))).toMatchObject({ kind: 'Network', retryable: true })
    })

    test.each(['bytes', 'stream'] as const)(
      'a body that ends early (%s) fails with StreamInterrupted',
      async (responseBody) => {
        const { transport, server } = await pair(create, async (peer) => {
          await peer.request()
          peer.send('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n', 'only this')
          peer.socket.end()
        })
        const work = transport
          .send(request(server, { responseBody }))
          .then(async (response) => (responseBody === 'stream' ? readAll(bodyStreamOf(response)) : response))
        expect(await errorOf(work)).toMatchObject({ code: 'StreamInterrupted', retryable: true })
      },
    )

    // With `connection: close`, Node 20's fetch treats such a body as complete, and nothing reveals the truncation.
    test.each(['bytes', 'stream'] as const)(
      'a chunked body whose connection closes before the last chunk (%s) fails with StreamInterrupted',
      async (responseBody) => {
        const { transport, server } = await pair(create, async (peer) => {
          await peer.request()
          peer.send('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nfir')
          peer.socket.end()
        })
        const work = transport
          .send(request(server, { responseBody }))
          .then(({ body }) => (body instanceof Uint8Array ? body : readAll(body)))
        expect(await errorOf(work)).toMatchObject({ code: 'StreamInterrupted', retryable: true })
      },
    )

    test('a reset in the middle of a stream fails with StreamInterrupted after the received bytes', async () => {
      const { transport, server } = await pair(create, async (peer) => {
        await peer.request()
        peer.send('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nfirst\r\n')
      })
      const reader = bodyStreamOf(await transport.send(request(server, { responseBody: 'stream' }))).getReader()
      expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe('first')
      server.peers[0]?.socket.resetAndDestroy()
      expect(await errorOf(reader.read())).toMatchObject({ code: 'StreamInterrupted' })
    })

    test('a DNS failure names the host', async () => {
      const { transport } = await pair(create, () => undefined)
      const origin = 'http://no-such-host.invalid'
      expect(await errorOf(transport.send(request({ origin })))).toMatchObject({
        code: 'ConnectionFailed',
        message: expect.stringContaining('no-such-host.invalid: '),
        hint: expect.stringContaining('DNS'),
      })
    })

    test('TLS to a plain HTTP port fails with a message that explains the mismatch', async () => {
      const { transport, server } = await pair(create, (peer) => peer.send('HTTP/1.1 400 Bad Request\r\n\r\n'))
      const origin = server.origin.replace('http:', 'https:')
      const error = await errorOf(transport.send(request({ origin })))
      expect(error).toMatchObject({ code: 'TlsFailed', retryable: false, hint: expect.stringContaining(server.origin) })
      expect(error.message).toBe(
        `TLS to ${server.origin.slice('http://'.length)} failed: the server does not speak TLS on this port`,
      )
    })

    test('a TLS handshake that the server rejects fails with a hint to check the host', async () => {
      const { transport, server } = await pair(create, (peer) => {
        peer.send(Buffer.of(0x15, 3, 3, 0, 2, 2, 40))
        peer.socket.end()
      })
      const origin = server.origin.replace('http:', 'https:')
      const error = await errorOf(transport.send(request({ origin })))
      expect(error).toMatchObject({ code: 'TlsFailed', retryable: false, hint: expect.stringContaining('host') })
      expect(error.message).toBe(
        `TLS to ${server.origin.slice('http://'.length)} failed: the server refused the handshake`,
      )
    })

    test('plain HTTP to a server that responds with a TLS alert fails with a message that names TLS', async () => {
      const { transport, server } = await pair(create, async (peer) => {
        await peer.request()
        peer.send(Buffer.of(0x15, 3, 3, 0, 2, 2, 70))
        peer.socket.end()
      })
      const error = await errorOf(transport.send(request(server)))
      expect(error).toMatchObject({ code: 'InvalidResponse', message: `${server.origin} speaks TLS, not plain HTTP` })
      expect(error.hint).toContain(server.origin.replace('http:', 'https:'))
    })

    test('plain HTTP to a server that closes the connection fails with a hint to try TLS', async () => {
      const { transport, server } = await pair(create, async (peer) => {
        await peer.request()
        peer.socket.end()
      })
      const error = await errorOf(transport.send(request(server)))
      expect(error).toMatchObject({ code: 'ConnectionReset', retryable: true })
      expect(error.hint).toContain(`TLS, use ${server.origin.replace('http:', 'https:')}`)
    })

    test.each([
      'HTTP/1.1 200 \u001b[2J\u0007\r\n',
      '\u001b]0;owned\u0007\r\n\r\n',
      'HTTP/1.1 200 OK\r\n\u009b: x\r\n\r\n',
    ])('an error message contains no control characters of a response that is not HTTP (%j)', async (garbage) => {
      const { transport, server } = await pair(create, async (peer) => {
        await peer.request()
        peer.send(garbage)
        peer.socket.end()
      })
      expect((await errorOf(transport.send(request(server)))).message).not.toMatch(/[\p{Cc}\p{Cf}]/u)
    })

    test.each(['SSH-2.0-OpenSSH_9.2\r\n', 'HTTP/1.1 two hundred\r\n\r\n', '\u0000\u0001\u0002\u0003\u0004\r\n\r\n'])(
      'a response that is not HTTP (%j) fails with InvalidResponse',
      async (garbage) => {
        const { transport, server } = await pair(create, async (peer) => {
          await peer.request()
          peer.send(garbage)
          peer.socket.end()
        })
        const error = await errorOf(transport.send(request(server)))
        expect(error).toMatchObject({ code: 'InvalidResponse', retryable: true })
      },
    )

    test.each([
      ['different lengths', 'content-length: 1\r\ncontent-length: 2\r\n\r\nok'],
      ['a list of lengths', 'content-length: 1, 2\r\n\r\nok'],
      ['a length beside chunks', 'content-length: 1\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n'],
    ])('a response with %s fails with InvalidResponse', async (_, head) => {
      const { transport, server } = await pair(create, async (peer) => {
        await peer.request()
        peer.send(`HTTP/1.1 200 OK\r\n${head}`)
      })
      const error = await errorOf(transport.send(request(server)))
      expect(error).toMatchObject({ code: 'InvalidResponse', retryable: true })
      expect(error.message).toContain('does not speak valid HTTP')
    })
  })
}
