import { describe, expect, test } from 'vitest'
import { fakeClient, objectHeaders, streamOf, testCredentials } from '#test/support/fake-transport.js'
import { errorOf } from '#test/support/results.js'

const object = { bucket: 'photos', key: 'cat.jpg' }
const document = (code: string) => `<Error><Code>${code}</Code><Message>no</Message></Error>`
const serverMs = Date.UTC(2026, 0, 1, 14, 0, 0)
const dateOf = (amzDate = ''): number =>
  Date.parse(amzDate.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'))

/** A server with another time than the client, which rejects dates of the client. */
const skewedServer = ({ headers, method }: { headers: Record<string, string>; method: string }) => {
  const date = { date: new Date(serverMs).toUTCString() }
  const isRight = Math.abs(dateOf(headers['x-amz-date']) - serverMs) < 900_000
  if (isRight) return { headers: { ...objectHeaders(2), ...date }, body: method === 'HEAD' ? '' : 'hi' }
  return { status: 403, headers: date, body: method === 'HEAD' ? '' : document('RequestTimeTooSkewed') }
}

describe('a wrong clock', () => {
  test.each(['get', 'head'] as const)(
    'a wrong clock is corrected by the Date of the first response, for all later calls (%s)',
    async (call) => {
      const { r2, transport } = fakeClient(skewedServer)
      expect((await r2.objects[call](object)).size).toBe(2)
      expect((await r2.objects[call](object)).size).toBe(2)
      expect(transport.sent).toHaveLength(3)
      const { url } = await r2.presign.get(object)
      expect(dateOf(new URL(url).searchParams.get('X-Amz-Date') ?? '')).toBe(serverMs)
    },
  )

  test('a wrong clock is an error with its difference where the corrected request is rejected too', async () => {
    const { r2, transport } = fakeClient(() => ({
      status: 403,
      headers: { date: new Date(serverMs).toUTCString() },
      body: document('RequestTimeTooSkewed'),
    }))
    expect(await errorOf(r2.objects.get(object))).toMatchObject({
      code: 'ClockSkewed',
      clockSkewMs: -7_200_000,
      message: "this machine's clock is 2 hours behind the server's",
      attempts: 1,
    })
    expect(transport.sent).toHaveLength(2)
  })

  test('a request with a spent body is not sent again after a wrong clock', async () => {
    const { r2, transport } = fakeClient(skewedServer)
    const put = r2.objects.put({ ...object, body: streamOf('hi'), contentLength: 2 })
    expect(await errorOf(put)).toMatchObject({ code: 'ClockSkewed', retryable: false })
    expect(transport.sent).toHaveLength(1)
  })
})

describe('an expired session token', () => {
  const refusing = (expired: string) => (request: { headers: Record<string, string> }) =>
    request.headers['x-amz-security-token'] === expired
      ? { status: 400, body: document('ExpiredToken') }
      : { headers: objectHeaders(2), body: 'hi' }

  test('an expired session token calls the credential provider once for all calls', async () => {
    let calls = 0
    const credentials = () => ({ ...testCredentials, sessionToken: `token-${++calls}` })
    const { r2 } = fakeClient(refusing('token-1'), { credentials })
    const results = await Promise.all([1, 2, 3].map(() => r2.objects.get(object)))
    expect(results.map(({ size }) => size)).toEqual([2, 2, 2])
    expect(calls).toBe(2)
  })

  test('an expired session token is an error where the provider returns it again', async () => {
    const credentials = () => ({ ...testCredentials, sessionToken: 'token-1' })
    const { r2, transport } = fakeClient(refusing('token-1'), { credentials })
    expect(await errorOf(r2.objects.get(object))).toMatchObject({
      code: 'ExpiredToken',
      kind: 'Auth',
      retryable: false,
    })
    expect(transport.sent).toHaveLength(2)
  })

  test('an expired session token is an error where there is no credential provider', async () => {
    const credentials = { ...testCredentials, sessionToken: 'token-1' }
    const { r2, transport } = fakeClient(refusing('token-1'), { credentials })
    expect(await errorOf(r2.objects.get(object))).toMatchObject({ code: 'ExpiredToken' })
    expect(transport.sent).toHaveLength(1)
  })
})
