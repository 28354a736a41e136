/** Presigned URLs: what they permit, and the responses that R2 was recorded to send for invalid ones. */
import { strict as assert } from 'node:assert'
import { presignWithSigner, RequestSigner } from 'r2kit/protocol'
import { type Context, defineSuite, expectError, expectStatus, rejectsWith } from '../case.js'

/** A presigned URL for GET, with its query modified by `change`. */
const urlAt = async ({ r2, bucket, key }: Context, change: (query: URLSearchParams) => void = () => undefined) => {
  const { url } = await r2.presign.get({ bucket, key: key(), expiresInSeconds: 300 })
  const [base, query] = url.split('?')
  const parameters = new URLSearchParams(query)
  change(parameters)
  return `${base}?${[...parameters].map((pair) => pair.map(encodeURIComponent).join('=')).join('&')}`
}

const changed = (
  sentence: string,
  change: (query: URLSearchParams) => void,
  status: number,
  code: string,
  message?: string,
) => ({
  sentence,
  async run(context: Context) {
    expectError(await sendAndObserve(context, await urlAt(context, change)), status, code, message)
  },
})

const sendAndObserve = async (context: Context, ...request: Parameters<Context['sendUrl']>) => {
  const response = await context.sendUrl(...request)
  context.observe([response.status, response.code, response.message].filter((part) => part !== undefined).join(' '))
  return { ...response, dialect: context.target.dialect }
}

/** A URL signed for any expiry and time, including values that the client rejects. */
const signedAt = (
  { target, path, key }: Context,
  expiresInSeconds: number,
  nowMs: number,
  query: readonly (readonly [name: string, value: string])[] = [],
) => {
  const endpoint = new URL(target.endpoint)
  const basePath = endpoint.pathname.replace(/\/$/, '')
  return presignWithSigner(
    new RequestSigner({ region: target.region }),
    {
      method: 'GET',
      origin: endpoint.origin,
      path: basePath + path(key()),
      query,
      headers: { host: endpoint.host },
    },
    target.credentials,
    { expiresInSeconds, nowMs },
  )
}

export const presignSuite = defineSuite('presign', '4.3', {
  get: {
    sentence: 'a presigned GET returns the object and its ranges to a plain HTTP client',
    async run({ r2, bucket, key, sendUrl }) {
      await r2.objects.put({ bucket, key: key('ü +%&?.txt'), body: '0123456789' })
      const { url, method } = await r2.presign.get({ bucket, key: key('ü +%&?.txt'), expiresInSeconds: 60 })
      assert.equal(method, 'GET')
      assert.equal(expectStatus(await sendUrl(url), 200).text, '0123456789')
      assert.equal(expectStatus(await sendUrl(url, { headers: { range: 'bytes=2-3' } }), 206).text, '23')
    },
  },
  head: {
    sentence: 'a presigned HEAD returns the headers of the object',
    async run({ r2, bucket, key, sendUrl }) {
      await r2.objects.put({ bucket, key: key(), body: 'x' })
      const { url, method } = await r2.presign.head({ bucket, key: key(), expiresInSeconds: 60 })
      assert.equal(expectStatus(await sendUrl(url, { method }), 200).headers['content-length'], '1')
    },
  },
  put: {
    sentence: 'a presigned PUT stores the body that a plain HTTP client sends',
    async run({ r2, bucket, key, sendUrl }) {
      const { url, method, headers } = await r2.presign.put({ bucket, key: key(), expiresInSeconds: 60 })
      expectStatus(await sendUrl(url, { method, headers: { ...headers }, body: 'put by url' }), 200)
      assert.equal((await r2.objects.get({ bucket, key: key() })).text(), 'put by url')
    },
  },
  'put-content-type': {
    sentence: 'a presigned PUT with a content type rejects any other content type',
    async run(context) {
      const { r2, bucket, key } = context
      const { url, method, headers } = await r2.presign.put({
        ...{ bucket, key: key(), expiresInSeconds: 60, contentType: 'image/png' },
      })
      const wrong = await sendAndObserve(context, url, {
        method,
        headers: { ...headers, 'content-type': 'image/gif' },
        body: 'x',
      })
      expectError(wrong, 403, 'SignatureDoesNotMatch')
      expectStatus(
        await context.sendUrl(url, { method, headers: { ...headers, 'content-type': 'image/png' }, body: 'x' }),
        200,
      )
      assert.equal((await r2.objects.head({ bucket, key: key() })).contentType, 'image/png')
    },
  },
  delete: {
    sentence: 'a presigned DELETE deletes the object',
    async run(context) {
      const { r2, bucket, key } = context
      await r2.objects.put({ bucket, key: key(), body: 'x' })
      const { url, method } = await r2.presign.delete({ bucket, key: key(), expiresInSeconds: 60 })
      expectStatus(await context.sendUrl(url, { method }), 204)
      expectError(await context.raw({ path: context.path(key()) }), 404, 'NoSuchKey')
    },
  },
  'other-method': {
    sentence: 'a presigned URL is valid for its method only',
    async run(context) {
      const { r2, bucket, key } = context
      const { url } = await r2.presign.get({ bucket, key: key(), expiresInSeconds: 60 })
      expectError(await sendAndObserve(context, url, { method: 'DELETE' }), 403, 'SignatureDoesNotMatch')
    },
  },
  expired: {
    sentence: 'an expired presigned URL returns 403 ExpiredRequest',
    async run(context) {
      const url = signedAt(context, 60, context.nowMs() - 120_000)
      expectError(await sendAndObserve(context, url), 403, 'ExpiredRequest', 'Request has expired')
    },
  },
  'response-overrides': {
    sentence: 'a presigned GET may override the content type and the disposition of its response',
    async run(context) {
      const { r2, bucket, key } = context
      await r2.objects.put({ bucket, key: key(), body: 'x', contentType: 'text/plain' })
      const query = [
        ['response-content-type', 'text/csv'],
        ['response-content-disposition', 'attachment; filename="a.csv"'],
      ] as const
      const { headers } = expectStatus(
        await sendAndObserve(context, signedAt(context, 60, context.nowMs(), query)),
        200,
      )
      assert.deepEqual(
        [headers['content-type'], headers['content-disposition']],
        ['text/csv', 'attachment; filename="a.csv"'],
      )
    },
  },
  'unsigned-header': {
    sentence:
      'a presigned PUT returns AccessDenied if an x-amz header that it does not cover, such as a copy source, is added',
    async run(context) {
      const { r2, bucket, key } = context
      await r2.objects.put({ bucket, key: key('source'), body: 'secret' })
      const { url } = await r2.presign.put({ bucket, key: key(), expiresInSeconds: 60 })
      const headers = { 'x-amz-copy-source': `/${bucket}/${key('source')}` }
      expectError(await sendAndObserve(context, url, { method: 'PUT', headers }), 403, 'AccessDenied')
      await rejectsWith(r2.objects.head({ bucket, key: key() }), { status: 404 })
    },
  },
  'over-a-week': {
    sentence: 'a presigned URL with an expiry over a week is rejected',
    async run(context) {
      const response = await sendAndObserve(context, signedAt(context, 604_801, context.nowMs()))
      assert.equal(response.status, 400, response.text)
      assert.match(response.message ?? '', /^X-Amz-Expires must be less than a week \(in seconds\)/)
    },
  },
  'expiry-not-a-number': changed(
    'a presigned URL with an expiry that is not a number returns InvalidArgument',
    (query) => query.set('X-Amz-Expires', 'soon'),
    ...([400, 'InvalidArgument', 'X-Amz-Expires should be a number'] as const),
  ),
  'signature-changed': changed(
    'a presigned URL with a modified signature returns SignatureDoesNotMatch',
    (query) => query.set('X-Amz-Signature', '0'.repeat(64)),
    ...([403, 'SignatureDoesNotMatch'] as const),
  ),
  'expiry-changed': changed(
    'a presigned URL with a modified expiry returns SignatureDoesNotMatch',
    (query) => query.set('X-Amz-Expires', '301'),
    ...([403, 'SignatureDoesNotMatch'] as const),
  ),
  'parameter-added': changed(
    'a presigned URL with an added parameter returns SignatureDoesNotMatch',
    (query) => query.append('versionId', '1'),
    ...([403, 'SignatureDoesNotMatch'] as const),
  ),
  'signature-missing': changed(
    'a presigned URL without X-Amz-Signature returns InvalidArgument, naming the parameter',
    (query) => query.delete('X-Amz-Signature'),
    ...([400, 'InvalidArgument', 'Required search parameter X-Amz-Signature missing'] as const),
  ),
  'algorithm-wrong': changed(
    'a presigned URL with another algorithm returns InvalidRequest',
    (query) => query.set('X-Amz-Algorithm', 'AWS4-HMAC-SHA1'),
    ...([400, 'InvalidRequest', 'Please use AWS4-HMAC-SHA256'] as const),
  ),
  'date-wrong': changed(
    'a presigned URL with an invalid date returns InvalidArgument',
    (query) => query.set('X-Amz-Date', 'yesterday'),
    ...([400, 'InvalidArgument', `Date provided in X-Amz-Date (yesterday) didn't parse successfully`] as const),
  ),
  'host-not-signed': changed(
    'a presigned URL whose signature does not cover the host returns Unauthorized (401)',
    (query) => query.set('X-Amz-SignedHeaders', 'range'),
    ...([401, 'Unauthorized', 'Unauthorized'] as const),
  ),
  'unknown-key': changed(
    'a presigned URL of an unknown access key returns Unauthorized (401)',
    (query) => query.set('X-Amz-Credential', (query.get('X-Amz-Credential') ?? '').replace(/^[^/]+/, 'e'.repeat(32))),
    ...([401, 'Unauthorized', 'Unauthorized'] as const),
  ),
})
