import { describe, expect, test } from 'vitest'
import { fakeClient, objectHeaders, testCredentials } from '#test/support/fake-transport.js'
import { thrownBy } from '#test/support/results.js'
import type { R2ClientOptions } from '../client-options.js'
import { R2Client } from '../r2-client.js'
import { R2ClientBuilder } from '../r2-client-builder.js'
import type { EndpointOptions } from './endpoint.js'

const accountId = '0123456789abcdef0123456789abcdef'

/** URL and host of a request for an object. */
const target = async (options: EndpointOptions) => {
  const { r2, transport } = fakeClient(() => ({ headers: objectHeaders(0) }), options)
  await r2.objects.get({ bucket: 'photos', key: 'a/../b' })
  const [request] = transport.sent
  return `${request?.origin}${request?.path} (${request?.headers.host})`
}

describe('resolving an endpoint', () => {
  const account = `${accountId}.r2.cloudflarestorage.com`

  test.each<[EndpointOptions, string]>([
    [{ accountId }, `https://${account}/photos/a/../b (${account})`],
    [{ accountId: accountId.toUpperCase() }, `https://${account}/photos/a/../b (${account})`],
    [
      { accountId, jurisdiction: 'eu' },
      `https://${accountId}.eu.r2.cloudflarestorage.com/photos/a/../b (${accountId}.eu.r2.cloudflarestorage.com)`,
    ],
    [
      { accountId, jurisdiction: 'fedramp' },
      `https://${accountId}.fedramp.r2.cloudflarestorage.com/photos/a/../b (${accountId}.fedramp.r2.cloudflarestorage.com)`,
    ],
    [{ accountId, addressing: 'virtual-host' }, `https://photos.${account}/a/../b (photos.${account})`],
    [{ endpoint: 'https://proxy.example' }, 'https://proxy.example/photos/a/../b (proxy.example)'],
    [{ endpoint: 'https://proxy.example:443/' }, 'https://proxy.example/photos/a/../b (proxy.example)'],
    [
      { endpoint: 'https://proxy.example:8443/base/path//' },
      'https://proxy.example:8443/base/path/photos/a/../b (proxy.example:8443)',
    ],
    [
      { endpoint: 'https://proxy.example/base', addressing: 'virtual-host' },
      'https://photos.proxy.example/base/a/../b (photos.proxy.example)',
    ],
    [{ endpoint: 'http://localhost:9000' }, 'http://localhost:9000/photos/a/../b (localhost:9000)'],
    [{ endpoint: 'http://r2.localhost:9000' }, 'http://r2.localhost:9000/photos/a/../b (r2.localhost:9000)'],
    [{ endpoint: 'http://127.8.9.1' }, 'http://127.8.9.1/photos/a/../b (127.8.9.1)'],
    [{ endpoint: 'http://[::1]:9000' }, 'http://[::1]:9000/photos/a/../b ([::1]:9000)'],
    [{ endpoint: 'http://minio.lan', allowInsecureEndpoint: true }, 'http://minio.lan/photos/a/../b (minio.lan)'],
  ])('a client with %j sends requests to %s', async (options, expected) => expect(await target(options)).toBe(expected))

  test.each<[EndpointOptions | Record<string, unknown>, string]>([
    [{}, 'accountId'],
    [{ accountId: 'abc' }, 'accountId'],
    [{ accountId: `${accountId}/../x` }, 'accountId'],
    [{ accountId, jurisdiction: 'mars' }, 'jurisdiction'],
    [{ accountId, addressing: 'host' }, 'addressing'],
    [{ endpoint: 'http://127.0.0.1:9000', addressing: 'virtual-host' }, 'addressing'],
    [{ endpoint: 'http://[::1]:9000', addressing: 'virtual-host' }, 'addressing'],
    [{ endpoint: 'not a url' }, 'endpoint'],
    [{ endpoint: 'ftp://host' }, 'endpoint'],
    [{ endpoint: 'https://user:pass@host' }, 'endpoint'],
    [{ endpoint: 'https://host?x=1' }, 'endpoint'],
    [{ endpoint: 'https://host#x' }, 'endpoint'],
    [{ endpoint: 'http://minio.lan' }, 'endpoint'],
    [{ endpoint: 'http://127.0.0.1.evil.example' }, 'endpoint'],
    [{ endpoint: 'http://localhost.evil.example' }, 'endpoint'],
  ])('a client with %j is rejected, naming %s', (options, field) => {
    const make = () => new R2Client({ credentials: testCredentials, ...options } as R2ClientOptions)
    expect(thrownBy(make)).toMatchObject({ code: 'InvalidConfig', field })
  })
})

describe('a client from the environment', () => {
  const environment = {
    R2_ACCOUNT_ID: accountId,
    R2_ACCESS_KEY_ID: testCredentials.accessKeyId,
    R2_SECRET_ACCESS_KEY: testCredentials.secretAccessKey,
  }

  test('R2_ACCOUNT_ID selects the endpoint of the account', () => {
    expect(R2Client.fromEnv(environment).endpoint).toBe(`https://${accountId}.r2.cloudflarestorage.com`)
  })

  test('R2_JURISDICTION selects the endpoint of the jurisdiction', () => {
    const { endpoint } = R2Client.fromEnv({ ...environment, R2_JURISDICTION: 'eu' })
    expect(endpoint).toBe(`https://${accountId}.eu.r2.cloudflarestorage.com`)
  })

  test('R2_ENDPOINT takes precedence over R2_ACCOUNT_ID', () => {
    expect(R2Client.fromEnv({ ...environment, R2_ENDPOINT: 'http://localhost:1' }).endpoint).toBe('http://localhost:1')
  })

  test.each([
    ['R2_ACCOUNT_ID', ''],
    ['R2_ACCESS_KEY_ID', undefined],
    ['R2_SECRET_ACCESS_KEY', ''],
    ['R2_JURISDICTION', 'mars'],
    ['R2_ALLOW_INSECURE_ENDPOINT', 'yes'],
  ])('a missing or wrong %s is rejected, naming the variable', (name, value) => {
    const error = thrownBy(() => R2Client.fromEnv({ ...environment, [name]: value }))
    expect(error).toMatchObject({ code: 'InvalidConfig', field: name })
    expect(JSON.stringify(error)).not.toContain(testCredentials.secretAccessKey)
  })

  test.each([
    ['R2_ALLOW_INSECURE_ENDPIONT', 'R2_ALLOW_INSECURE_ENDPOINT'],
    ['R2_JURISTICTION', 'R2_JURISDICTION'],
    ['R2_SESSIONTOKEN', 'R2_SESSION_TOKEN'],
    ['r2_jurisdiction', 'R2_JURISDICTION'],
    ['R2_ENDPONT', 'R2_ENDPOINT'],
  ])('the misspelt variable %s is rejected with the name that was meant', (name, meant) => {
    const error = thrownBy(() => R2Client.fromEnv({ ...environment, [name]: 'x' }))
    expect(error).toMatchObject({ code: 'InvalidConfig', field: name, hint: `Rename it to ${meant}.` })
    expect(R2Client.fromEnv({ ...environment, [name]: '' }).endpoint).toContain(accountId)
  })

  test('the misspelt name of a required variable is in the error, in place of its absence', () => {
    const { R2_ACCOUNT_ID: value, ...others } = environment
    const error = thrownBy(() => R2Client.fromEnv({ ...others, R2_ACCOUNTID: value }))
    expect(error).toMatchObject({ field: 'R2_ACCOUNTID', hint: 'Rename it to R2_ACCOUNT_ID.' })
  })

  test.each(['R2_FOO', 'R2_BUCKET', 'R2_SECRET', 'R2_ENDPOINTS', 'R2_ACCOUNT', 'R2_ACCOUNTID', 'R2', 'ACCOUNT_ID'])(
    'the variable %s of another program is ignored',
    (name) => {
      expect(R2Client.fromEnv({ ...environment, [name]: 'x' }).endpoint).toContain(accountId)
    },
  )

  test('plain HTTP to another machine, as in docker compose, needs R2_ALLOW_INSECURE_ENDPOINT, which the error names', () => {
    const compose = { ...environment, R2_ENDPOINT: 'http://r2:9000' }
    const refused = thrownBy(() => R2Client.fromEnv(compose))
    expect(refused).toMatchObject({ code: 'InvalidConfig', field: 'endpoint' })
    expect(refused).toHaveProperty('hint', expect.stringContaining('R2_ALLOW_INSECURE_ENDPOINT=true'))
    expect(thrownBy(() => R2Client.fromEnv({ ...compose, R2_ALLOW_INSECURE_ENDPOINT: 'false' }))).toEqual(refused)
    expect(R2Client.fromEnv({ ...compose, R2_ALLOW_INSECURE_ENDPOINT: 'true' }).endpoint).toBe('http://r2:9000')
  })

  test('R2_SESSION_TOKEN is sent and signed', async () => {
    const { r2, transport } = fakeClient(() => ({ headers: objectHeaders(0) }), {
      credentials: { ...testCredentials, sessionToken: 'token' },
    })
    await r2.objects.get({ bucket: 'photos', key: 'k' })
    expect(transport.sent[0]?.headers['x-amz-security-token']).toBe('token')
    expect(transport.sent[0]?.headers.authorization).toContain('x-amz-security-token')
  })
})

describe('the builder', () => {
  test('the builder makes the same client as the options', () => {
    const built = new R2ClientBuilder()
      .accountId(accountId)
      .jurisdiction('eu')
      .credentials(testCredentials.accessKeyId, testCredentials.secretAccessKey)
      .build()
    expect(built.endpoint).toBe(`https://${accountId}.eu.r2.cloudflarestorage.com`)
  })

  test('the builder names the option that is missing', () => {
    expect(thrownBy(() => new R2ClientBuilder().accountId(accountId).build())).toMatchObject({ field: 'credentials' })
    expect(thrownBy(() => new R2ClientBuilder().credentials('a', 'b').build())).toMatchObject({ field: 'accountId' })
  })

  test('the builder uses the last value of each option, and can build twice', () => {
    const builder = new R2ClientBuilder()
      .endpoint('https://one.example')
      .credentials('a', 'b')
      .endpoint('https://two.example')
    expect(builder.build().endpoint).toBe('https://two.example')
    expect(builder.endpoint('https://three.example').build().endpoint).toBe('https://three.example')
  })
})
