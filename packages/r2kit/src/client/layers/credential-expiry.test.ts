/** Credentials that expire: a client never sends a request with them afterwards, however long it waits. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { fakeClient, objectHeaders, testCredentials } from '#test/support/fake-transport.js'
import { errorOf } from '#test/support/results.js'
import { VirtualClock } from '#test/support/virtual-clock.js'
import { R2Error } from '../../errors/index.js'
import { R2Client } from '../../r2-client.js'
import type { CredentialProvider } from '../../security/index.js'

const object = { bucket: 'photos', key: 'cat.jpg' }
const minuteMs = 60_000

describe('a request that waits for a connection until its credentials have expired', () => {
  /** A client with one connection, and a server that responds when the test calls `release`. */
  const clientWithOneConnection = async (credentials: (clock: VirtualClock) => CredentialProvider | object) => {
    const clock = new VirtualClock()
    const tokens: (string | string[] | undefined)[] = []
    const held: ServerResponse[] = []
    const server = createServer((request: IncomingMessage, response) => {
      tokens.push(request.headers['x-amz-security-token'])
      held.push(response)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const r2 = new R2Client({
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      credentials: credentials(clock) as CredentialProvider,
      connections: { maxConnections: 1 },
      clock,
    })
    onTestFinished(async () => {
      server.closeAllConnections()
      server.close()
      await r2.dispose()
    })
    const release = async () => {
      while (held.length === 0) await new Promise((resolve) => setTimeout(resolve, 1))
      held.shift()?.writeHead(200, objectHeaders(0)).end()
    }
    return { r2, clock, tokens, release }
  }

  test('is signed again with the next credentials of the provider, and the old ones are not sent', async () => {
    let calls = 0
    const { r2, clock, tokens, release } = await clientWithOneConnection((clock) => async () => ({
      ...testCredentials,
      sessionToken: `token-${++calls}`,
      expiresAt: new Date(clock.now() + 30_000),
    }))
    const first = r2.objects.head(object)
    while (tokens.length === 0) await new Promise((resolve) => setTimeout(resolve, 1))
    const second = r2.objects.head(object)
    await clock.advance(30_000)
    await release()
    await first
    await release()
    await second
    expect(tokens).toEqual(['token-1', 'token-2'])
  })

  test('fails with ExpiredToken, and is not sent, where the credentials are fixed', async () => {
    const { r2, clock, tokens, release } = await clientWithOneConnection((clock) => ({
      ...testCredentials,
      sessionToken: 'token',
      expiresAt: new Date(clock.now() + 30_000),
    }))
    const first = r2.objects.head(object)
    while (tokens.length === 0) await new Promise((resolve) => setTimeout(resolve, 1))
    const second = errorOf(r2.objects.head(object))
    await clock.advance(30_000)
    await release()
    await first
    expect(await second).toMatchObject({
      code: 'ExpiredToken',
      attempts: 1,
      message: expect.stringContaining('not sent'),
    })
    expect(tokens).toEqual(['token'])
    expect(await errorOf(r2.objects.head(object))).toMatchObject({ code: 'ExpiredToken' })
    expect(tokens).toHaveLength(1)
  })
})

describe('a machine with a wrong clock', () => {
  test('compares the expiry of credentials with the time of the server, which it has learned', async () => {
    const serverMs = Date.UTC(2026, 0, 1, 14)
    const issued: string[] = []
    const { r2, clock, transport } = fakeClient(
      ({ headers }) => {
        const date = { date: new Date(serverMs).toUTCString() }
        if (headers['x-amz-date']?.startsWith('20260101T14') === true)
          return { headers: { ...objectHeaders(0), ...date } }
        const body = '<Error><Code>RequestTimeTooSkewed</Code><Message>no</Message></Error>'
        return { status: 403, headers: date, body }
      },
      {
        credentials: async (context) => {
          issued.push(new Date(context?.clock.now() ?? 0).toISOString())
          // A service of the server's time issues them for one hour. By the clock of this machine that is three.
          return {
            ...testCredentials,
            sessionToken: `token-${issued.length}`,
            expiresAt: new Date(serverMs + 3_600_000),
          }
        },
      },
    )
    await r2.objects.get(object)
    await clock.advance(3_600_000 - 1)
    await r2.objects.get(object)
    expect(issued.length).toBeLessThanOrEqual(2)
    await clock.advance(1)
    const error = await errorOf(r2.objects.get(object))
    expect(error.message).toContain('credentials that have expired')
    expect(issued.at(-1)).toBe('2026-01-01T15:00:00.000Z')
    expect(transport.sent.at(-1)?.headers['x-amz-date']).toBe('20260101T145959Z')
  })
})

describe('a client', () => {
  test('reports a failed refresh, and continues with valid credentials', async () => {
    const reported: string[] = []
    let calls = 0
    const { r2, clock } = fakeClient(() => ({ headers: objectHeaders(0) }), {
      credentials: () => {
        if (++calls > 1) throw new R2Error('InvalidCredentials', 'Vault is sealed')
        return { ...testCredentials, refreshAfter: new Date(Date.UTC(2026, 0, 1, 12, 1)) }
      },
      onEvent: (event) => {
        if (event.type === 'credentials.failed') reported.push(event.error.message)
      },
    })
    await r2.objects.get(object)
    await clock.advance(minuteMs)
    await r2.objects.get(object)
    await clock.advance(0)
    expect(reported).toEqual(['Vault is sealed'])
  })

  test('makes presigned URLs whose expiry is that of the session token, where it is earlier', async () => {
    const expiresAt = new Date(Date.UTC(2026, 0, 1, 12, 10))
    const { r2 } = fakeClient(undefined, { credentials: { ...testCredentials, sessionToken: 'token', expiresAt } })
    expect((await r2.presign.get({ ...object, expiresInSeconds: 3600 })).expiresAt).toEqual(expiresAt)
    expect((await r2.presign.get({ ...object, expiresInSeconds: 60 })).expiresAt).toEqual(
      new Date(Date.UTC(2026, 0, 1, 12, 1)),
    )
  })

  test('ends a request that waits for its provider when it is disposed', async () => {
    const { r2 } = fakeClient(undefined, { credentials: () => new Promise(() => undefined) })
    const failed = errorOf(r2.objects.get(object))
    await new Promise((resolve) => setTimeout(resolve, 1))
    await r2.dispose()
    expect((await failed).code).toBe('ClientClosed')
  })
})
