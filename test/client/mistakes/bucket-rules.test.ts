import { describe, expect, test } from 'vitest'
import { bucket, refuses, startServer, wrong } from '../../support/inputs/mistakes.js'

const server = await startServer()
const { r2 } = server

describe('lifecycle rules', () => {
  const put = (rule: object) => () => r2.buckets.lifecycle.put({ bucket, rules: [wrong(rule)] })
  const enabled = { status: 'Enabled', expiration: { days: 1 } }

  refuses(server, [
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
      'an expiration of a number',
      put({ status: 'Enabled', expiration: 5 }),
      'rules[0].expiration',
      /a number/,
      /days, date/,
    ],
    [
      'days beside the expiration',
      put({ ...enabled, days: 5 }),
      'rules[0].days',
      /did you mean expiration: \{ days \}/,
      'Use expiration: { days }.',
    ],
    [
      'days and a date together',
      put({ status: 'Enabled', expiration: { days: 1, date: new Date(0) } }),
      'rules[0].expiration',
      /either days or a date/,
      /one of the two/,
    ],
    ['no action', put({ status: 'Enabled', prefix: 'a' }), 'rules[0]', /has no action/, /Pass expiration, transitions/],
    [
      'what expires old versions, which would delete the objects themselves under the nearest name',
      put({ ...enabled, NoncurrentVersionExpiration: { NoncurrentDays: 1 } }),
      'rules[0].NoncurrentVersionExpiration',
      /not a field of a lifecycle rule$/,
      /R2 keeps one version/,
    ],
    [
      'the upload rule of AWS',
      put({ ...enabled, AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 } }),
      'rules[0].AbortIncompleteMultipartUpload',
      /did you mean abortIncompleteMultipartUploadDays/,
      /Use abort/,
    ],
    [
      'a transition to a class that R2 has not',
      put({ status: 'Enabled', transitions: [{ days: 1, storageClass: 'GLACIER' }] }),
      'rules[0].transitions[0].storageClass',
      /must be 'STANDARD_IA', but it is "GLACIER"/,
      /Use/,
    ],
    [
      'rules that are no array',
      () => r2.buckets.lifecycle.put({ bucket, rules: wrong(enabled) }),
      'rules',
      /must be an array/,
      'Pass an array.',
    ],
    ['no rules', () => r2.buckets.lifecycle.put({ bucket, rules: [] }), 'rules', /at least one/, /call delete\(\)/],
    [
      'the shape of AWS',
      () => r2.buckets.lifecycle.put(wrong({ bucket, LifecycleConfiguration: { Rules: [] } })),
      'LifecycleConfiguration',
      /is not a field/,
      /Its fields are bucket, rules/,
    ],
  ])
})

describe('CORS rules', () => {
  const put = (rule: object) => () => r2.buckets.cors.put({ bucket, rules: [wrong(rule)] })
  const fine = { allowedOrigins: ['https://app.example'], allowedMethods: ['GET'] }
  const origin = 'rules[0].allowedOrigins[0]'

  refuses(server, [
    ['AllowedOrigins', put({ AllowedOrigins: ['*'] }), 'rules[0].AllowedOrigins', /did you mean allowedOrigins/, /Use/],
    [
      'MaxAgeSeconds',
      put({ ...fine, MaxAgeSeconds: 5 }),
      'rules[0].MaxAgeSeconds',
      /did you mean maxAgeSeconds/,
      /Use/,
    ],
    [
      'an origin in place of origins',
      put({ ...fine, allowedOrigins: '*' }),
      'rules[0].allowedOrigins',
      /an array/,
      /array/,
    ],
    ['no origins', put({ ...fine, allowedOrigins: [] }), 'rules[0].allowedOrigins', /at least one/, /'\*'/],
    ['no methods', put({ ...fine, allowedMethods: [] }), 'rules[0].allowedMethods', /at least one/, /'GET'/],
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
      'a wildcard port',
      put({ ...fine, allowedOrigins: ['http://localhost:*'] }),
      origin,
      /wildcard in the port/,
      /scheme/,
    ],
    ['two wildcards', put({ ...fine, allowedOrigins: ['https://*.*.example'] }), origin, /one wildcard/, /scheme/],
    ['a day as text', put({ ...fine, maxAgeSeconds: '86400' }), 'rules[0].maxAgeSeconds', /the string/, /number 86400/],
    [
      'more than a day',
      put({ ...fine, maxAgeSeconds: 86_401 }),
      'rules[0].maxAgeSeconds',
      /0 to 86400/,
      /whole number/,
    ],
  ])

  test('takes what R2 takes: a wildcard in the host, ports, IPv6 and schemes of apps', async () => {
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
