import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { nearestName, sameName } from './nearest-name.js'

const put = ['bucket', 'key', 'body', 'contentType', 'contentLength', 'contentMd5', 'metadata', 'checksum', 'ssec']
const copy = ['bucket', 'key', 'source', 'sourceIfMatch', 'sourceSsec', 'ifMatch', 'metadataDirective']
const presign = ['bucket', 'key', 'expiresInSeconds', 'responseExpires']
const upload = ['signal', 'timeoutMs', 'onProgress', 'partSizeBytes', 'thresholdBytes']
const list = ['bucket', 'prefix', 'delimiter', 'continuationToken', 'startAfter', 'maxKeys', 'fetchOwner']

describe('nearestName', () => {
  test.each<[string, readonly string[], string]>([
    ['ContentType', put, 'contentType'],
    ['content-type', put, 'contentType'],
    ['content_type', put, 'contentType'],
    ['CONTENTTYPE', put, 'contentType'],
    ['contentTypo', put, 'contentType'],
    ['ContentMD5', put, 'contentMd5'],
    ['Bucket', put, 'bucket'],
    ['Key', put, 'key'],
    ['Body', put, 'body'],
    ['bodyy', put, 'body'],
    ['customMetadata', put, 'metadata'],
    ['ChecksumSHA256', put, 'checksum'],
    ['ssecKey', put, 'ssec'],
    ['CopySource', copy, 'source'],
    ['CopySourceIfMatch', copy, 'sourceIfMatch'],
    ['sourceBucket', copy, 'source'],
    ['expiresIn', presign, 'expiresInSeconds'],
    ['expires', presign, 'expiresInSeconds'],
    ['expiresIn', ['expires', ...presign], 'expiresInSeconds'],
    ['partSize', upload, 'partSizeBytes'],
    ['timeout', upload, 'timeoutMs'],
    ['abortSignal', upload, 'signal'],
    ['MaxKeys', list, 'maxKeys'],
    ['limit', list, 'maxKeys'],
    ['cursor', list, 'continuationToken'],
    ['NextContinuationToken', list, 'continuationToken'],
    ['retries', ['maxAttempts', 'baseDelayMs'], 'maxAttempts'],
    ['maxRetries', ['maxAttempts', 'maxDelayMs'], 'maxAttempts'],
  ])('finds the intended name for %s', (name, known, meant) => {
    expect(nearestName(name, known)).toBe(meant)
  })

  test.each<[string, readonly string[]]>([
    ['acl', put],
    ['id', put],
    ['x', put],
    ['', put],
    ['日本', put],
    ['queueSize', upload],
    ['days', ['abortIncompleteMultipartUploadDays', 'expiration']],
  ])('finds none for %j, where a suggestion would mislead', (name, known) => {
    expect(nearestName(name, known)).toBeUndefined()
  })

  test('returns one of the known names or none, and a known name for itself', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.constantFrom(put, copy, list), (name, known) => {
        expect([undefined, ...known]).toContain(nearestName(name, known))
        for (const own of known) expect(nearestName(own, known)).toBe(own)
      }),
    )
  })

  test('compares only the start of a name of ten megabytes', () => {
    expect(nearestName('contentType'.repeat(1_000_000), put)).toBeDefined()
  })
})

describe('sameName', () => {
  test('finds a name that differs in case and punctuation only, or that another client uses', () => {
    expect(sameName('Content-Type', put)).toBe('contentType')
    expect(sameName('limit', list)).toBe('maxKeys')
    expect(sameName('contentTyp', put)).toBeUndefined()
  })
})
