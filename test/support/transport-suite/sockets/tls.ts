/** TLS: certificates, names, versions. */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { createServer, get, type ServerOptions } from 'node:https'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { ConnectionOptions } from 'r2kit'
import { describe, expect, onTestFinished, test } from 'vitest'
import { rawServer } from '../../raw-server.js'
import { errorOf } from '../../results.js'
import { runScript } from '../../run-script.js'
import { request } from '../setup.js'
import type { SocketsUnderTest } from './setup.js'

const fixture = (name: string) => readFileSync(new URL(`../../../fixtures/loopback/${name}`, import.meta.url), 'utf8')
const [cert, key] = [fixture('certificate.pem'), fixture('key.pem')]

/** One request to a server whose certificate only `ca` has signed. */
const sender = (open: SocketsUnderTest['open']) => async (options: ServerOptions, connections: ConnectionOptions) => {
  const server = createServer({ cert, key, ...options }, (_, response) => response.end('ok'))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const transport = open({ connections })
  onTestFinished(async () => {
    await transport.close()
    server.close()
  })
  await using target = await rawServer(() => undefined)
  return transport.send({ ...request(target), origin: `https://127.0.0.1:${address.port}` })
}

/** The status that Node's own client receives where it accepts any version: it proves that the server serves this one. */
const statusForPermissiveClient = async (options: ServerOptions): Promise<number | undefined> => {
  const server = createServer({ cert, key, ...options }, (_, response) => response.end('ok'))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  const sent = get({
    port,
    host: '127.0.0.1',
    ca: cert,
    agent: false,
    minVersion: 'TLSv1',
    ciphers: 'DEFAULT@SECLEVEL=0',
  })
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  response.resume()
  return response.statusCode
}

export const tlsSuite = ({ name, open }: SocketsUnderTest): void => {
  const sendTo = sender(open)

  describe(`${name}: TLS`, () => {
    test('a certificate of an unknown authority fails with TlsFailed, which is not retryable', async () => {
      const error = await errorOf(sendTo({}, {}))
      expect(error).toMatchObject({ code: 'TlsFailed', kind: 'Network', retryable: false })
      expect(error.message).toMatch(/^TLS to 127\.0\.0\.1:\d+ failed: its certificate is self-signed$/)
      expect(error.hint).toContain('connections.ca')
    })

    test('a certificate for another name fails every request with TlsFailed, and the transport still closes', async () => {
      const server = createServer({ cert, key }, (_, response) => response.end('ok'))
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      const { port } = server.address() as AddressInfo
      const transport = open({ connections: { ca: cert } })
      const send = () => transport.send(request({ origin: `https://other.localhost:${port}` }))
      for (let time = 0; time < 2; time++) {
        expect(await errorOf(send())).toMatchObject({
          code: 'TlsFailed',
          retryable: false,
          message: expect.stringContaining('its certificate is for another name'),
        })
      }
      await transport.close()
      server.close()
    })

    test('an authority in connections.ca is trusted', async () => {
      expect((await sendTo({}, { ca: cert })).status).toBe(200)
      expect((await sendTo({}, { ca: [cert] })).status).toBe(200)
    })

    test('an authority in the file of NODE_EXTRA_CA_CERTS is trusted without an option', async () => {
      const server = createServer({ cert, key }, (_, response) => response.end('ok'))
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      onTestFinished(() => void server.close())
      const script = `
      const { R2Client } = await import('r2kit')
      const credentials = { accessKeyId: 'a'.repeat(32), secretAccessKey: 'b'.repeat(64) }
      const endpoint = 'https://127.0.0.1:${(server.address() as AddressInfo).port}'
      const r2 = new R2Client({ endpoint, credentials, retry: { maxAttempts: 1 } })
      const { code } = await r2.buckets.list().catch((error) => error)
      console.log(code)
      await r2.dispose()
    `
      // The response is no list, which the client can only find out behind TLS.
      const file = fileURLToPath(new URL('../../../fixtures/loopback/certificate.pem', import.meta.url))
      expect(await runScript(script, [], { NODE_EXTRA_CA_CERTS: file })).toMatchObject({ stdout: 'InvalidResponse\n' })
      expect(await runScript(script)).toMatchObject({ stdout: 'TlsFailed\n' })
    })

    // Bun's own server does not speak these versions.
    test.skipIf('bun' in process.versions).each(['TLSv1', 'TLSv1.1'] as const)(
      'a server with %s only fails with TlsFailed',
      async (version) => {
        const old = { minVersion: version, maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0' } as const
        expect(await statusForPermissiveClient(old)).toBe(200)
        expect(await errorOf(sendTo(old, { ca: cert }))).toMatchObject({
          code: 'TlsFailed',
          retryable: false,
          message: expect.stringContaining('the server has no TLS version or cipher that is safe'),
        })
      },
    )

    test('a server that does not speak TLS fails with TlsFailed', async () => {
      await using server = await rawServer((peer) => peer.send('HTTP/1.1 400 Bad Request\r\n\r\n'))
      const transport = open({})
      onTestFinished(() => transport.close())
      const error = await errorOf(
        transport.send({ ...request(server), origin: server.origin.replace('http:', 'https:') }),
      )
      expect(error).toMatchObject({ code: 'TlsFailed', retryable: false })
    })
  })
}
