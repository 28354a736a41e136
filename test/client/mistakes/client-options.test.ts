import { R2Client, type R2ClientOptions } from 'r2kit'
import { presignUrl } from 'r2kit/presign'
import { describe, expect, test } from 'vitest'
import { fakeClient, testCredentials } from '../../support/fake-transport.js'
import { object, startServer, testMistakes, untyped } from '../../support/inputs/mistake-suite.js'
import { errorOf } from '../../support/results.js'

const server = await startServer()
const { r2 } = server

describe('client options', () => {
  const accountId = '0123456789abcdef0123456789abcdef'
  const host = `${accountId}.r2.cloudflarestorage.com`
  const create = (options: object) => () =>
    new R2Client(untyped({ credentials: testCredentials, accountId, ...options }))
  const createAt = (endpoint: unknown) => create({ accountId: undefined, endpoint })
  const attempts = 'Use retry: { maxAttempts }.'

  testMistakes(
    server,
    [
      ['retries', create({ retries: 5 }), 'retries', /did you mean retry: \{ maxAttempts \}/, attempts],
      ['maxRetries', create({ maxRetries: 5 }), 'maxRetries', /did you mean retry/, attempts],
      ['maxAttempts', create({ maxAttempts: '3' }), 'maxAttempts', /did you mean retry/, attempts],
      [
        'retry.maxAttempts as text',
        create({ retry: { maxAttempts: '3' } }),
        'retry.maxAttempts',
        /the string "3"/,
        /Pass the number 3/,
      ],
      ['timeout', create({ timeout: 5 }), 'timeout', /did you mean timeouts/, 'Use timeouts.'],
      ['a number for retry', create({ retry: 5 }), 'retry', /must be an object/, /maxAttempts/],
      [
        'a region that is a jurisdiction',
        create({ region: 'eu' }),
        'region',
        /must be one of auto/,
        /jurisdiction: 'eu'/,
      ],
      ['a region of AWS', create({ region: 'eu-central-1' }), 'region', /must be one of auto/, /'auto'/],
      ['a region with a line break', create({ region: 'a\nb' }), 'region', /letters, digits/, /'auto'/],
      [
        'accessKeyId next to credentials',
        create({ accessKeyId: 'a' }),
        'accessKeyId',
        /did you mean credentials/,
        /credentials: \{/,
      ],
      [
        'credentials in snake case',
        create({ credentials: { access_key_id: 'a', secret_access_key: 'b' } }),
        'credentials.access_key_id',
        /did you mean accessKeyId/,
        'Use accessKeyId.',
      ],
      ['a Promise of credentials', create({ credentials: Promise.resolve() }), 'credentials', /a Promise/, /Await/],
      [
        'forcePathStyle',
        create({ forcePathStyle: true }),
        'forcePathStyle',
        /is not a field/,
        /Its fields are .*addressing/,
      ],
      [
        'missing options',
        () => new R2Client(untyped(undefined)),
        'options',
        /must be an object/,
        /credentials, accountId/,
      ],
      [
        'an endpoint with the bucket in its path',
        createAt(`https://${host}/photos`),
        'endpoint',
        /has the path \/photos/,
        /the bucket with each call/,
      ],
      [
        'an endpoint with the bucket in its host',
        createAt(`https://photos.${host}`),
        'endpoint',
        /not the host of an account/,
        /the bucket with/,
      ],
      [
        'an endpoint without an account',
        createAt('https://r2.cloudflarestorage.com'),
        'endpoint',
        /not the host/,
        /<account id>/,
      ],
      [
        'an endpoint whose host ends in a dot',
        createAt(`https://${host}.`),
        'endpoint',
        /not the host of an account/,
        /<account id>/,
      ],
      [
        'an endpoint of an unknown jurisdiction',
        createAt(`https://${accountId}.apac.r2.cloudflarestorage.com`),
        'endpoint',
        /not the host/,
        /account/,
      ],
      [
        'the public address of a bucket as the endpoint',
        createAt('https://pub-1.r2.dev'),
        'endpoint',
        /public address/,
        /<account id>/,
      ],
      ['an endpoint with a query', createAt(`https://${host}?x=1`), 'endpoint', /has a query/, /scheme and host/],
      [
        'an endpoint with credentials',
        createAt(`https://key:secret@${host}`),
        'endpoint',
        /contains credentials/,
        /as credentials/,
      ],
      ['an endpoint with plain HTTP to R2', createAt(`http://${host}`), 'endpoint', /plain HTTP/, /https:/],
      [
        'an endpoint with plain HTTP to R2, even with allowInsecureEndpoint',
        create({ accountId: undefined, endpoint: `http://${host}`, allowInsecureEndpoint: true }),
        'endpoint',
        /plain HTTP/,
        /https:/,
      ],
      ['an endpoint without a scheme', createAt(host), 'endpoint', /must be a URL with the scheme/, /scheme and host/],
      [
        'localhost without a scheme as the endpoint',
        createAt('localhost:9000'),
        'endpoint',
        /with the scheme/,
        /http:\/\/localhost:9000/,
      ],
      [
        'a URL object as the endpoint',
        createAt(new URL(`https://${host}`)),
        'endpoint',
        /must be a string, but it is a URL/,
        /string/,
      ],
      [
        'an account ID that is too short',
        create({ accountId: accountId.slice(1) }),
        'accountId',
        /32 hex/,
        /dashboard/,
      ],
      ['an account ID with spaces', create({ accountId: ` ${accountId} ` }), 'accountId', /32 hex/, /dashboard/],
      ['a URL as the account ID', create({ accountId: `https://${host}` }), 'accountId', /32 hex/, /dashboard/],
      [
        'an account ID and the endpoint of another account with a port',
        create({ endpoint: `https://${'f'.repeat(32)}.r2.cloudflarestorage.com:8443` }),
        'accountId',
        /contradicts the endpoint/,
        /either accountId/,
      ],
      [
        'a maxExpirationSeconds of more than a week',
        create({ presign: { maxExpirationSeconds: 604_801 } }),
        'presign.maxExpirationSeconds',
        /604800/,
        /604800/,
      ],
    ],
    'InvalidConfig',
  )

  test.each([
    [accountId.toUpperCase(), undefined],
    [undefined, `HTTPS://${host.toUpperCase()}`],
    [undefined, `https://${host}:443/`],
    [accountId, `https://${host}`],
  ])('a client with the account %s and the endpoint %s uses the normalized endpoint', (id, endpoint) => {
    const options = { ...(id === undefined ? {} : { accountId: id }), ...(endpoint === undefined ? {} : { endpoint }) }
    expect(new R2Client({ credentials: testCredentials, ...options } as R2ClientOptions).endpoint).toBe(
      `https://${host}`,
    )
  })

  test('no error contains a secret that was passed in a wrong field', async () => {
    const secret = testCredentials.secretAccessKey
    const clientWithProvider = (given: unknown) => fakeClient(undefined, { credentials: () => untyped(given) }).r2
    const calls = [
      () => new R2Client(untyped(`https://key:${secret}@host`)),
      createAt(`https://key:${secret.slice(0, 30)}/${secret.slice(30)}@host`),
      create({ credentials: secret }),
      create({ credentials: [secret] }),
      create({ credentials: { accessKeyId: secret, secretAccessKey: 'a b' } }),
      create({ credentials: { ...testCredentials, sessionToken: [secret] } }),
      () => clientWithProvider(secret).objects.head(object),
      () => clientWithProvider({ ...testCredentials, expires: secret }).objects.head(object),
      () => r2.objects.get({ ...object, ssec: untyped(secret) }),
      () => r2.objects.get({ ...object, ssec: { key: untyped(secret) } }),
      () => presignUrl(untyped({ ...object, method: 'GET', expiresInSeconds: 60, accountId, credentials: secret })),
    ]
    for (const call of calls) {
      const error = await errorOf(new Promise((resolve) => resolve(call())))
      expect(`${error.message} ${error.hint} ${JSON.stringify(error)}`).not.toContain(secret.slice(0, 12))
    }
  })
})
