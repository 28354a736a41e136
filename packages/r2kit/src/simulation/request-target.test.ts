import type { IncomingMessage } from 'node:http'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { targetOf as targetAtServer } from '../../../local/src/faults/request-target.js'
import { targetOf } from './request-target.js'

const ask = (method: string, path: string, query = '', headers: Record<string, string> = {}) =>
  targetOf({ method: method as 'GET', origin: 'https://r2.test', path, query, headers })

test.each<[method: string, path: string, query: string, operation: string]>([
  ['GET', '/', '', 'ListBuckets'],
  ['POST', '/', '', 'Unknown'],
  ['GET', '/b', '', 'ListObjects'],
  ['GET', '/b', 'list-type=2&prefix=a', 'ListObjectsV2'],
  ['HEAD', '/b', '', 'HeadBucket'],
  ['PUT', '/b/', '', 'CreateBucket'],
  ['POST', '/b', 'delete=', 'DeleteObjects'],
  ['GET', '/b', 'uploads=', 'ListMultipartUploads'],
  ['DELETE', '/b', 'encryption=', 'DeleteBucketEncryption'],
  ['GET', '/b', 'acl=', 'GetBucketAcl'],
  ['GET', '/b/k', '', 'GetObject'],
  ['HEAD', '/b/k', 'uploadId=u', 'HeadObject'],
  ['PUT', '/b/k', 'partNumber=2&uploadId=u', 'UploadPart'],
  ['PUT', '/b/k', 'uploadId=u', 'PutObject'],
  ['POST', '/b/k', 'uploads=', 'CreateMultipartUpload'],
  ['POST', '/b/k', 'uploadId=u', 'CompleteMultipartUpload'],
  ['DELETE', '/b/k', 'uploadId=u', 'AbortMultipartUpload'],
  ['GET', '/b/k', 'uploadId=u', 'ListParts'],
  ['PATCH', '/b/k', '', 'Unknown'],
])('%s %s?%s is %s', (method, path, query, operation) => {
  expect(ask(method, path, query).operation).toBe(operation)
})

test('copies are named by their header, and a path that is not UTF-8 stays as it is', () => {
  const copied = { 'x-amz-copy-source': '/b/from' }
  expect(ask('PUT', '/b/k', '', copied).operation).toBe('CopyObject')
  expect(ask('PUT', '/b/k', 'partNumber=1&uploadId=u', copied)).toMatchObject({
    operation: 'UploadPartCopy',
    partNumber: 1,
  })
  expect(ask('GET', '/b/%C3%BC').key).toBe('ü')
  expect(ask('GET', '/b/%FF%').key).toBe('%FF%')
})

test('ranges and the parameters of lists are the detail of a request, signatures are not', () => {
  expect(ask('GET', '/b/k', 'X-Amz-Signature=00&x-amz-date=1', { range: 'bytes=0-9' }).detail).toBe('bytes=0-9')
  expect(ask('GET', '/b', 'prefix=a&list-type=2').detail).toBe('list-type=2\nprefix=a')
  expect(ask('PUT', '/b/k', 'partNumber=1&uploadId=u')).not.toHaveProperty('detail')
  expect(ask('GET', '/b/k')).not.toHaveProperty('detail')
})

test('the client and the local R2 select the same requests', () => {
  const word = fc.constantFrom('a', 'b c', 'ü', 'x/y')
  // A request names one sub-resource at most.
  const query = fc.constantFrom(
    ...['', 'uploads=', 'uploadId=u', 'partNumber=3&uploadId=u', 'list-type=2', 'list-type=2&prefix=p', 'prefix=p'],
    ...['delete=', 'cors=', 'lifecycle=', 'encryption=', 'location=', 'acl=', 'versioning=', 'tagging='],
    ...['replication=', 'object-lock='],
  )
  const header = fc.constantFrom({}, { 'x-amz-copy-source': '/b/k' }, { range: 'bytes=1-2' })
  fc.assert(
    fc.property(
      fc.constantFrom('GET', 'HEAD', 'PUT', 'POST', 'DELETE'),
      fc.array(word, { maxLength: 2 }).map((words) => `/${words.map(encodeURI).join('/')}`),
      query,
      header,
      (method, path, query, headers) => {
        const url = query === '' ? path : `${path}?${query}`
        const atServer = targetAtServer({ method, url, headers } as unknown as IncomingMessage, undefined)
        // R2 rejects these without an operation, or under a name that the client never sends.
        if (['Unknown', 'PostBucket'].includes(atServer.operation)) return
        const { operation, bucket, key, partNumber, detail } = ask(method, path, query, headers)
        expect({ operation, bucket, key, detail }).toEqual({
          operation: atServer.operation,
          bucket: atServer.bucket,
          key: atServer.key,
          detail: atServer.detail,
        })
        if (operation === 'UploadPart') expect(partNumber).toBe(atServer.partNumber)
      },
    ),
    { numRuns: 1000 },
  )
})
