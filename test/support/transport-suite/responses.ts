/** Responses: status, headers, and bodies in memory and as streams. */
import { randomBytes } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { type HttpResponse, isR2Error } from 'r2kit'
import { describe, expect, test } from 'vitest'
import { responding } from '../raw-server.js'
import { bodyStreamOf, errorOf, readAll } from '../results.js'
import { pair, request, sha256, type TransportUnderTest } from './setup.js'

export const responsesSuite = ({ name, create }: TransportUnderTest): void => {
  describe(`${name}: responses`, () => {
    test('a response has the status, headers by lower-case name, and the body in memory', async () => {
      const { transport, server } = await pair(
        create,
        responding((_, __, peer) => peer.response(206, 'hello', { ETag: '"e"', 'CF-Ray': 'ray-1' })),
      )
      const { status, headers, body } = await transport.send(request(server))
      expect(status).toBe(206)
      expect(headers).toMatchObject({ etag: '"e"', 'cf-ray': 'ray-1' })
      expect(Buffer.from(body as Uint8Array).toString()).toBe('hello')
    })

    test.each([301, 304, 400, 404, 429, 500, 503])(
      'a %i is a response, not an error, and a redirect is not followed',
      async (status) => {
        const { transport, server } = await pair(
          create,
          responding((_, __, peer) =>
            peer.response(status, status === 304 ? '' : '<Error/>', { location: '/elsewhere' }),
          ),
        )
        const response = await transport.send(request(server))
        expect(response.status).toBe(status)
        expect(server.peers).toHaveLength(1)
      },
    )

    test('method, query and headers are sent unchanged, with one Host header', async () => {
      const { transport, server } = await pair(
        create,
        responding((seen, _, peer) => peer.response(200, JSON.stringify(seen))),
      )
      const { body } = await transport.send(
        request(server, {
          method: 'PUT',
          query: 'a=%2F&uploadId=x%20y',
          headers: { host: server.origin.slice(7), 'x-amz-meta-a': 'b  c' },
          body: { kind: 'bytes', bytes: Buffer.from('12345') },
        }),
      )
      const seen = JSON.parse(Buffer.from(body as Uint8Array).toString())
      expect(seen.method).toBe('PUT')
      expect(seen.target).toBe('/bucket/key?a=%2F&uploadId=x%20y')
      expect(seen.headers).toMatchObject({
        host: server.origin.slice(7),
        'x-amz-meta-a': 'b  c',
        'content-length': '5',
      })
    })

    test('a response without a body has empty bytes, even if a stream was requested', async () => {
      const { transport, server } = await pair(
        create,
        responding((_, __, peer) => peer.send('HTTP/1.1 204 No Content\r\n\r\n')),
      )
      expect((await transport.send(request(server, { method: 'DELETE' }))).body).toEqual(new Uint8Array(0))
      const { body } = await transport.send(request(server, { method: 'DELETE', responseBody: 'stream' }))
      expect(body instanceof Uint8Array ? body.byteLength : (await readAll(body)).length).toBe(0)
    })

    test('a chunked response is collected completely', async () => {
      const { transport, server } = await pair(
        create,
        responding((_, __, peer) =>
          peer.send(
            'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n',
            '3\r\nabc\r\n',
            '4\r\ndefg\r\n',
            '0\r\n\r\n',
          ),
        ),
      )
      expect(Buffer.from((await transport.send(request(server))).body as Uint8Array).toString()).toBe('abcdefg')
    })

    test.each(['bytes', 'stream'] as const)(
      'a requested gzip response is decompressed, even if it arrives byte by byte (%s)',
      async (responseBody) => {
        const text = `<ListBucketResult>${'<Contents/>'.repeat(500)}</ListBucketResult>`
        const packed = gzipSync(text)
        const { transport, server } = await pair(
          create,
          responding((seen, _, peer) => {
            const coding = (seen.headers['accept-encoding'] ?? '').includes('gzip') ? 'gzip' : 'none'
            peer.send(`HTTP/1.1 200 OK\r\ncontent-encoding: ${coding}\r\ncontent-length: ${packed.length}\r\n\r\n`)
            for (const byte of packed) peer.send(Buffer.of(byte))
          }),
        )
        const headers = { host: server.origin.slice(7), 'accept-encoding': 'gzip' }
        const { body } = await transport.send(request(server, { headers, responseBody }))
        expect(Buffer.from(body instanceof Uint8Array ? body : await readAll(body)).toString()).toBe(text)
      },
    )

    test('maxResponseBytes limits the decompressed size: a gzip bomb fails with ResponseTooLarge', async () => {
      const bomb = gzipSync(Buffer.alloc(50_000_000))
      const { transport, server } = await pair(
        create,
        responding((_, __, peer) => peer.response(200, bomb, { 'content-encoding': 'gzip' })),
      )
      const headers = { host: server.origin.slice(7), 'accept-encoding': 'gzip' }
      expect(await errorOf(transport.send(request(server, { headers })))).toMatchObject({ code: 'ResponseTooLarge' })
    })

    test('informational responses are ignored', async () => {
      const { transport, server } = await pair(
        create,
        responding((_, __, peer) => {
          peer.send('HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n')
          peer.response(200, 'real')
        }),
      )
      const { status, body } = await transport.send(request(server))
      expect([status, Buffer.from(body as Uint8Array).toString()]).toEqual([200, 'real'])
    })

    test.each([
      ['with a Content-Length', true],
      ['with chunks', false],
    ])('a response %s over maxResponseBytes fails with ResponseTooLarge', async (_, announced) => {
      const { transport, server } = await pair(
        create,
        responding((_, __, peer) => {
          if (announced) return peer.response(200, 'x'.repeat(2001))
          peer.send('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n', `7d1\r\n${'x'.repeat(2001)}\r\n0\r\n\r\n`)
        }),
      )
      expect(await errorOf(transport.send(request(server, { maxResponseBytes: 2000 })))).toMatchObject({
        code: 'ResponseTooLarge',
        retryable: false,
      })
      const whole = await transport.send(request(server, { maxResponseBytes: 2001 }))
      expect((whole.body as Uint8Array).byteLength).toBe(2001)
    })

    test('a streamed response of a megabyte is complete and unchanged', async () => {
      const bytes = randomBytes(1_000_000)
      const { transport, server } = await pair(
        create,
        responding((_, __, peer) => peer.response(200, bytes)),
      )
      const read = await readAll(bodyStreamOf(await transport.send(request(server, { responseBody: 'stream' }))))
      expect(sha256(read)).toBe(sha256(bytes))
    })

    test.each(['bytes', 'stream'] as const)(
      'the body of an error response is collected as bytes if %s was requested',
      async (responseBody) => {
        const { transport, server } = await pair(
          create,
          responding((_, __, peer) => peer.response(404, '<Error><Code>NoSuchKey</Code></Error>')),
        )
        const { status, body } = await transport.send(request(server, { responseBody, maxResponseBytes: 10 }))
        expect([status, Buffer.from(body as Uint8Array).toString()]).toEqual([
          404,
          '<Error><Code>NoSuchKey</Code></Error>',
        ])
      },
    )

    test.each([
      ['with a Content-Length', true],
      ['with chunks', false],
    ])(
      'the body of an error response %s is truncated to 64 KiB, and the next request succeeds',
      async (_, announced) => {
        const text = 'x'.repeat(65_000)
        const { transport, server } = await pair(
          create,
          responding((seen, __, peer) => {
            if (seen.target === '/next') return peer.response(200, 'next')
            if (announced) return peer.response(500, text.repeat(20))
            peer.send('HTTP/1.1 500 X\r\ntransfer-encoding: chunked\r\n\r\n')
            for (let chunk = 0; chunk < 20; chunk++) peer.send(`${text.length.toString(16)}\r\n${text}\r\n`)
            peer.send('0\r\n\r\n')
          }),
        )
        const { status, body } = await transport.send(request(server, { responseBody: 'stream' }))
        expect([status, (body as Uint8Array).byteLength]).toEqual([500, 65_536])
        expect(
          Buffer.from((await transport.send(request(server, { path: '/next' }))).body as Uint8Array).toString(),
        ).toBe('next')
      },
    )

    test.each([
      ['HEAD', 200],
      ['GET', 204],
      ['GET', 304],
    ] as const)(
      'a response to %s with status %i has empty bytes, whatever its Content-Length and the requested form',
      async (method, status) => {
        const { transport, server } = await pair(
          create,
          responding((_, __, peer) => peer.send(`HTTP/1.1 ${status} X\r\ncontent-length: 5000000\r\n\r\n`)),
        )
        for (const responseBody of ['bytes', 'stream'] as const) {
          const response = await transport.send(request(server, { method, responseBody }))
          expect(response.body).toEqual(new Uint8Array(0))
          expect(response.status).toBe(status)
        }
      },
    )

    test.each([
      ['a body longer than its Content-Length', 'GET', 200, 'hello', 'hello'],
      ['a 204 with a body', 'DELETE', 204, '', ''],
      ['a 304 with a body', 'GET', 304, '', ''],
      ['a response to HEAD with a body', 'HEAD', 200, 'hello', ''],
    ] as const)(
      'bytes after %s are dropped and never appear in a later response',
      async (_, method, status, text, seen) => {
        const { transport, server } = await pair(create, async (peer) => {
          for (let next = await peer.request(); next !== undefined; next = await peer.request()) {
            if (next.target === '/next') peer.response(200, 'next')
            else
              peer.send(`HTTP/1.1 ${status} X\r\ncontent-length: ${text.length}\r\n\r\n${text}`, 'HTTP/1.1 200 OK\r\n')
          }
        })
        const { body } = await transport.send(request(server, { method }))
        expect(Buffer.from(body as Uint8Array).toString()).toBe(seen)
        // Depending on whether the platform detects the broken connection in time, the next request fails or is correct.
        const next = await transport.send(request(server, { path: '/next' })).catch((error: unknown) => error)
        if (isR2Error(next)) expect(next).toMatchObject({ retryable: true })
        else expect(Buffer.from((next as HttpResponse).body as Uint8Array).toString()).toBe('next')
      },
    )

    test('a response to HEAD keeps its Content-Length', async () => {
      const { transport, server } = await pair(
        create,
        responding((_, __, peer) => peer.send('HTTP/1.1 200 OK\r\ncontent-length: 123456\r\n\r\n')),
      )
      const { headers, body } = await transport.send(request(server, { method: 'HEAD' }))
      expect(headers['content-length']).toBe('123456')
      expect((body as Uint8Array).byteLength).toBe(0)
    })

    test.each([
      ['of chunks', 'transfer-encoding: chunked\r\n\r\n', '4\r\nmore\r\n'],
      ['until the connection closes', '\r\n', 'more'],
    ])(
      'a 205 whose body %s never ends is a response without a body, and its connection is closed',
      async (_, head, piece) => {
        const { transport, server } = await pair(create, async (peer) => {
          await peer.request()
          peer.send(`HTTP/1.1 205 Reset Content\r\n${head}`)
          while (!peer.ended) {
            peer.send(piece)
            await new Promise((resolve) => setImmediate(resolve))
          }
        })
        const { status, body } = await transport.send(request(server))
        expect({ status, body }).toEqual({ status: 205, body: new Uint8Array(0) })
        await server.peers[0]?.closed()
      },
    )
  })
}
