import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import { describe, expect, onTestFinished, test } from 'vitest'
import { errorOf } from '#test/support/results.js'
import { VirtualClock } from '#test/support/virtual-clock.js'
import { revealSecret, type Secret } from '../../security/index.js'
import { type FromTemporaryCredentialsApiOptions, fromTemporaryCredentialsApi } from '../index.js'

const accountId = 'a'.repeat(32)
const apiToken = 'api-token-of-the-test'
const result = { accessKeyId: 'id', secretAccessKey: 'temporary-secret', sessionToken: 'temporary-token' }

/** The documented endpoint. Each response is the status and JSON that `respond` returns. */
const api = async (
  respond: (body: unknown) => [number, unknown] = () => [200, { result, errors: [], messages: [], success: true }],
) => {
  const received: { request: IncomingMessage; body: unknown }[] = []
  const server = createServer(async (request, response) => {
    let text = ''
    for await (const chunk of request) text += chunk
    const body = JSON.parse(text)
    received.push({ request, body })
    const [status, json] = respond(body)
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(json))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
  })
  const apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/client/v4`
  const provider = (options: Partial<FromTemporaryCredentialsApiOptions> = {}) =>
    fromTemporaryCredentialsApi({
      accountId,
      apiToken,
      parentAccessKeyId: 'parent',
      bucket: 'photos',
      apiUrl,
      ...options,
    })
  return { received, provider }
}

describe('fromTemporaryCredentialsApi', () => {
  test('sends the documented request, and returns the credentials with their expiry', async () => {
    const { received, provider } = await api()
    const clock = new VirtualClock()
    const found = await provider({ scope: 'object-read-write', prefixes: ['a/'], objects: ['b'], ttlSeconds: 600 })({
      clock,
      signal: new AbortController().signal,
      disposed: new AbortController().signal,
    })
    expect(found).toMatchObject({ accessKeyId: 'id', expiresAt: new Date(clock.now() + 600_000) })
    expect(revealSecret(found.secretAccessKey as Secret)).toBe('temporary-secret')
    expect(revealSecret(found.sessionToken as Secret)).toBe('temporary-token')
    const [{ request, body } = { request: undefined, body: undefined }] = received
    expect([request?.method, request?.url]).toEqual([
      'POST',
      `/client/v4/accounts/${accountId}/r2/temp-access-credentials`,
    ])
    expect(request?.headers).toMatchObject({ authorization: `Bearer ${apiToken}`, 'content-type': 'application/json' })
    expect(body).toEqual({
      bucket: 'photos',
      parentAccessKeyId: 'parent',
      permission: 'object-read-write',
      ttlSeconds: 600,
      prefixes: ['a/'],
      objects: ['b'],
    })
  })

  test('names status and reason of a failure, and masks a token that the API reflects', async () => {
    const errors = [{ code: 10000, message: `Authentication error: ${apiToken}` }]
    const { provider } = await api(() => [403, { result: null, errors, messages: [], success: false }])
    const error = await errorOf(Promise.resolve(provider()()))
    expect(error).toMatchObject({ code: 'InvalidCredentials', status: 403 })
    expect(error.message).toBe(
      'the API for temporary credentials failed: Authentication error: [REDACTED] (10000) (status 403)',
    )
    expect(inspect(error, { showHidden: true })).not.toContain(apiToken)
  })

  test('rejects a response without credentials', async () => {
    const { provider } = await api(() => [200, { success: true, result: {} }])
    expect((await errorOf(Promise.resolve(provider()()))).message).toContain('no reason was given (status 200)')
  })

  test.each([
    ['apiToken', { apiToken: 'two words' }],
    ['apiUrl', { apiUrl: 'http://api.example.com' }],
    ['accountId', { accountId: 'x' }],
    ['scope', { scope: 'all' as never }],
  ])('rejects an invalid %s before any request, and shows no token', async (field, change) => {
    const { received, provider } = await api()
    let error: unknown
    try {
      provider(change)
    } catch (thrown) {
      error = thrown
    }
    expect(error).toMatchObject({ field })
    expect(inspect(error)).not.toContain('two words')
    expect(received).toEqual([])
  })
})
