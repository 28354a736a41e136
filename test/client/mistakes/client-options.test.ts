import { R2Client } from 'r2kit'
import { presignUrl } from 'r2kit/presign'
import { describe, expect, test } from 'vitest'
import { fakeClient, testCredentials } from '../../support/fake-transport.js'
import { object, refuses, startServer, wrong } from '../../support/inputs/mistakes.js'
import { errorOf } from '../../support/transport-suite.js'

const server = await startServer()
const { r2 } = server

describe('client options', () => {
  const accountId = '0123456789abcdef0123456789abcdef'
  const host = `${accountId}.r2.cloudflarestorage.com`
  const made = (options: object) => () => new R2Client(wrong({ credentials: testCredentials, accountId, ...options }))
  const at = (endpoint: unknown) => made({ accountId: undefined, endpoint })
  const attempts = 'Use retry: { maxAttempts }.'

  refuses(
    server,
    [
      ['retries', made({ retries: 5 }), 'retries', /did you mean retry: \{ maxAttempts \}/, attempts],
      ['maxRetries', made({ maxRetries: 5 }), 'maxRetries', /did you mean retry/, attempts],
      ['maxAttempts', made({ maxAttempts: '3' }), 'maxAttempts', /did you mean retry/, attempts],
      [
        'attempts as text',
        made({ retry: { maxAttempts: '3' } }),
        'retry.maxAttempts',
        /the string "3"/,
        /Pass the number 3/,
      ],
      ['timeout', made({ timeout: 5 }), 'timeout', /did you mean timeouts/, 'Use timeouts.'],
      ['a number for retry', made({ retry: 5 }), 'retry', /must be an object/, /maxAttempts/],
      [
        'a region that is a jurisdiction',
        made({ region: 'eu' }),
        'region',
        /must be one of auto/,
        /jurisdiction: 'eu'/,
      ],
      ['a region of AWS', made({ region: 'eu-central-1' }), 'region', /must be one of auto/, /'auto'/],
      ['a region with a line break', made({ region: 'a\nb' }), 'region', /letters, digits/, /'auto'/],
      [
        'keys beside credentials',
        made({ accessKeyId: 'a' }),
        'accessKeyId',
        /did you mean credentials/,
        /credentials: \{/,
      ],
      [
        'credentials in snake case',
        made({ credentials: { access_key_id: 'a', secret_access_key: 'b' } }),
        'credentials.access_key_id',
        /did you mean accessKeyId/,
        'Use accessKeyId.',
      ],
      ['a Promise of credentials', made({ credentials: Promise.resolve() }), 'credentials', /a Promise/, /Await/],
      [
        'forcePathStyle',
        made({ forcePathStyle: true }),
        'forcePathStyle',
        /is not a field/,
        /Its fields are .*addressing/,
      ],
      ['no options', () => new R2Client(wrong(undefined)), 'options', /must be an object/, /credentials, accountId/],
      [
        'the bucket in the path',
        at(`https://${host}/photos`),
        'endpoint',
        /has the path \/photos/,
        /the bucket with each call/,
      ],
      [
        'the bucket in the host',
        at(`https://photos.${host}`),
        'endpoint',
        /not the host of an account/,
        /the bucket with/,
      ],
      [
        'the host without an account',
        at('https://r2.cloudflarestorage.com'),
        'endpoint',
        /not the host/,
        /<account id>/,
      ],
      ['a host with a final dot', at(`https://${host}.`), 'endpoint', /not the host of an account/, /<account id>/],
      [
        'another jurisdiction',
        at(`https://${accountId}.apac.r2.cloudflarestorage.com`),
        'endpoint',
        /not the host/,
        /account/,
      ],
      ['the public address of a bucket', at('https://pub-1.r2.dev'), 'endpoint', /public address/, /<account id>/],
      ['a query', at(`https://${host}?x=1`), 'endpoint', /has a query/, /scheme and host/],
      ['a key in the URL', at(`https://key:secret@${host}`), 'endpoint', /contains credentials/, /as credentials/],
      ['plain HTTP to R2', at(`http://${host}`), 'endpoint', /plain HTTP/, /https:/],
      [
        'plain HTTP to R2, although it is allowed elsewhere',
        made({ accountId: undefined, endpoint: `http://${host}`, allowInsecureEndpoint: true }),
        'endpoint',
        /plain HTTP/,
        /https:/,
      ],
      ['a host without a scheme', at(host), 'endpoint', /must be a URL with the scheme/, /scheme and host/],
      ['localhost without a scheme', at('localhost:9000'), 'endpoint', /with the scheme/, /http:\/\/localhost:9000/],
      ['a URL object', at(new URL(`https://${host}`)), 'endpoint', /must be a string, but it is a URL/, /string/],
      ['an account id that is too short', made({ accountId: accountId.slice(1) }), 'accountId', /32 hex/, /dashboard/],
      ['an account id with spaces', made({ accountId: ` ${accountId} ` }), 'accountId', /32 hex/, /dashboard/],
      ['a URL as account id', made({ accountId: `https://${host}` }), 'accountId', /32 hex/, /dashboard/],
      [
        'the endpoint of another account, with a port',
        made({ endpoint: `https://${'f'.repeat(32)}.r2.cloudflarestorage.com:8443` }),
        'accountId',
        /contradicts the endpoint/,
        /either accountId/,
      ],
      [
        'presigned URLs of more than a week',
        made({ presign: { maxExpirationSeconds: 604_801 } }),
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
  ])('takes the account %s and the endpoint %s for the same place', (id, endpoint) => {
    const options = { ...(id === undefined ? {} : { accountId: id }), ...(endpoint === undefined ? {} : { endpoint }) }
    expect(new R2Client({ credentials: testCredentials, ...options }).endpoint).toBe(`https://${host}`)
  })

  test('never shows a secret that stands in the wrong place', async () => {
    const secret = testCredentials.secretAccessKey
    const provider = (given: unknown) => fakeClient(undefined, { credentials: () => wrong(given) }).r2
    const calls = [
      () => new R2Client(wrong(`https://key:${secret}@host`)),
      at(`https://key:${secret.slice(0, 30)}/${secret.slice(30)}@host`),
      made({ credentials: secret }),
      made({ credentials: [secret] }),
      made({ credentials: { accessKeyId: secret, secretAccessKey: 'a b' } }),
      made({ credentials: { ...testCredentials, sessionToken: [secret] } }),
      () => provider(secret).objects.head(object),
      () => provider({ ...testCredentials, expires: secret }).objects.head(object),
      () => r2.objects.get({ ...object, ssec: wrong(secret) }),
      () => r2.objects.get({ ...object, ssec: { key: wrong(secret) } }),
      () => presignUrl(wrong({ ...object, method: 'GET', expiresInSeconds: 60, accountId, credentials: secret })),
    ]
    for (const call of calls) {
      const error = await errorOf(new Promise((resolve) => resolve(call())))
      expect(`${error.message} ${error.hint} ${JSON.stringify(error)}`).not.toContain(secret.slice(0, 12))
    }
  })
})
