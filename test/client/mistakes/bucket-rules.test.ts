import { describe, expect, test } from 'vitest'
import { bucket, startServer, testMistakes, untyped } from '../../support/inputs/mistake-suite.js'

const server = await startServer()
const { r2 } = server

describe('lifecycle rules', () => {
  const put = (rule: object) => () => r2.buckets.lifecycle.put({ bucket, rules: [untyped(rule)] })
  const enabled = { status: 'Enabled', expiration: { days: 1 } }

  testMistakes(server, [
    [
      'a filter, without whose prefix the rule would empty the bucket',
      put({ ...enabled, filter: { prefix: 'tmp/' } }),
      'rules[0].filter',
      /is not a field of a lifecycle rule/,
      /Pass the prefix of the filter as the prefix of the rule/,
    ],
    ['Filter', put({ ...enabled, Filter: { Prefix: 'tmp/' } }), 'rules[0].Filter', /not a field/, /prefix of the rule/],
    ['Prefix', put({ ...enabled, Prefix: 'tmp/' }), 'rules[0].Prefix', /did you mean prefix/, 'Use prefix.'],
    ['ID', put({ ...enabled, ID: 'x' }), 'rules[0].ID', /did you mean id/, 'Use id.'],
    ['Status', put({ Status: 'Enabled' }), 'rules[0].Status', /did you mean status/, 'Use status.'],
    [
      'a status in lower case',
      put({ ...enabled, status: 'enabled' }),
      'rules[0].status',
      /"enabled"/,
      `Use 'Enabled'.`,
    ],
    [
      'Days',
      put({ status: 'Enabled', expiration: { Days: 1 } }),
      'rules[0].expiration.Days',
      /did you mean days/,
      'Use days.',
    ],
    [
      'days as text',
      put({ status: 'Enabled', expiration: { days: '5' } }),
      'rules[0].expiration.days',
      /the string "5"/,
      'Pass the number 5, without quotes.',
    ],
    [
      'an expiration that is a number',
      put({ status: 'Enabled', expiration: 5 }),
      'rules[0].expiration',
      /a number/,
      /days, date/,
    ],
    [
      'days next to the expiration',
      put({ ...enabled, days: 5 }),
      'rules[0].days',
      /did you mean expiration: \{ days \}/,
      'Use expiration: { days }.',
    ],
    [
      'both days and a date',
      put({ status: 'Enabled', expiration: { days: 1, date: new Date(0) } }),
      'rules[0].expiration',
      /either days or a date/,
      /Pass one of them/,
    ],
    [
      'a rule without an action',
      put({ status: 'Enabled', prefix: 'a' }),
      'rules[0]',
      /but it has none/,
      /Pass expiration, transitions/,
    ],
    [
      'NoncurrentVersionExpiration, which would delete current objects if it were corrected to expiration',
      put({ ...enabled, NoncurrentVersionExpiration: { NoncurrentDays: 1 } }),
      'rules[0].NoncurrentVersionExpiration',
      /not a field of a lifecycle rule$/,
      /R2 keeps one version/,
    ],
    [
      'AbortIncompleteMultipartUpload in the shape of AWS',
      put({ ...enabled, AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 } }),
      'rules[0].AbortIncompleteMultipartUpload',
      /did you mean abortIncompleteMultipartUploadDays/,
      /Use abort/,
    ],
    [
      'a transition to a storage class that R2 does not have',
      put({ status: 'Enabled', transitions: [{ days: 1, storageClass: 'GLACIER' }] }),
      'rules[0].transitions[0].storageClass',
      /must be 'STANDARD_IA', but it is "GLACIER"/,
      /Use/,
    ],
    [
      'rules that are not an array',
      () => r2.buckets.lifecycle.put({ bucket, rules: untyped(enabled) }),
      'rules',
      /must be an array/,
      'Pass an array.',
    ],
    [
      'an empty list of lifecycle rules',
      () => r2.buckets.lifecycle.put({ bucket, rules: [] }),
      'rules',
      /at least one/,
      /call delete\(\)/,
    ],
    [
      'a lifecycle configuration in the shape of AWS',
      () => r2.buckets.lifecycle.put(untyped({ bucket, LifecycleConfiguration: { Rules: [] } })),
      'LifecycleConfiguration',
      /is not a field/,
      /Its fields are bucket, rules/,
    ],
  ])
})

describe('CORS rules', () => {
  const put = (rule: object) => () => r2.buckets.cors.put({ bucket, rules: [untyped(rule)] })
  const fine = { allowedOrigins: ['https://app.example'], allowedMethods: ['GET'] }
  const origin = 'rules[0].allowedOrigins[0]'

  testMistakes(server, [
    ['AllowedOrigins', put({ AllowedOrigins: ['*'] }), 'rules[0].AllowedOrigins', /did you mean allowedOrigins/, /Use/],
    [
      'MaxAgeSeconds',
      put({ ...fine, MaxAgeSeconds: 5 }),
      'rules[0].MaxAgeSeconds',
      /did you mean maxAgeSeconds/,
      /Use/,
    ],
    [
      'a string as allowedOrigins',
      put({ ...fine, allowedOrigins: '*' }),
      'rules[0].allowedOrigins',
      /an array/,
      /array/,
    ],
    ['empty allowedOrigins', put({ ...fine, allowedOrigins: [] }), 'rules[0].allowedOrigins', /at least one/, /'\*'/],
    ['empty allowedMethods', put({ ...fine, allowedMethods: [] }), 'rules[0].allowedMethods', /at least one/, /'GET'/],
    [
      'a method in lower case',
      put({ ...fine, allowedMethods: ['get'] }),
      'rules[0].allowedMethods[0]',
      /"get"/,
      `Use 'GET'.`,
    ],
    [
      'an origin with a path',
      put({ ...fine, allowedOrigins: ['https://a.example/'] }),
      origin,
      /without a path/,
      /scheme and host/,
    ],
    [
      'an origin without a scheme',
      put({ ...fine, allowedOrigins: ['a.example'] }),
      origin,
      /scheme/,
      /scheme and host/,
    ],
    [
      'a wildcard as the port of an origin',
      put({ ...fine, allowedOrigins: ['http://localhost:*'] }),
      origin,
      /wildcard in the port/,
      /scheme/,
    ],
    [
      'two wildcards in an origin',
      put({ ...fine, allowedOrigins: ['https://*.*.example'] }),
      origin,
      /one wildcard/,
      /scheme/,
    ],
    [
      'maxAgeSeconds as text',
      put({ ...fine, maxAgeSeconds: '86400' }),
      'rules[0].maxAgeSeconds',
      /the string/,
      /number 86400/,
    ],
    [
      'a maxAgeSeconds of more than a day',
      put({ ...fine, maxAgeSeconds: 86_401 }),
      'rules[0].maxAgeSeconds',
      /0 to 86400/,
      /whole number/,
    ],
  ])

  test('CORS origins may have a wildcard in the host, a port, an IPv6 address and the scheme of an app', async () => {
    const allowedOrigins = [
      '*',
      'https://*.a.example',
      'http://localhost:3000',
      'http://[::1]:8080',
      'capacitor://localhost',
    ]
    await r2.buckets.cors.put({ bucket, rules: [{ allowedOrigins, allowedMethods: ['GET'] }] })
    expect((await r2.buckets.cors.get({ bucket })).rules[0]?.allowedOrigins).toEqual(allowedOrigins)
  })
})
