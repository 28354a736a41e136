/** Buckets and their configurations. */
import { strict as assert } from 'node:assert'
import { type Context, defineSuite, expectError, expectStatus, rejectsWith } from '../case.js'
import { elementText, elementTexts } from '../raw.js'

const corsRules = [
  {
    allowedOrigins: ['https://app.example.com'],
    allowedMethods: ['GET', 'PUT'] as const,
    allowedHeaders: ['content-type'],
    exposeHeaders: ['ETag'],
    maxAgeSeconds: 600,
  },
]

const corsDocument =
  '<CORSConfiguration><CORSRule><AllowedOrigin>https://app.example.com</AllowedOrigin><AllowedMethod>GET</AllowedMethod><AllowedMethod>PUT</AllowedMethod><AllowedHeader>content-type</AllowedHeader><ExposeHeader>ETag</ExposeHeader><MaxAgeSeconds>600</MaxAgeSeconds></CORSRule></CORSConfiguration>'

const configure = ({ raw, bucket }: Context, method: string, subresource: string, body?: string) =>
  raw({ method, path: `/${bucket}`, query: [[subresource, '']], ...(body === undefined ? {} : { body }) })

const preflight = ({ raw, path, key }: Context, headers: Record<string, string>) =>
  raw({ method: 'OPTIONS', path: path(key()), headers, signed: false })

export const bucketSuite = defineSuite('buckets', '9', {
  lifecycle: {
    sentence: 'a created bucket is visible to HeadBucket and ListBuckets until it is deleted',
    needs: 'createBucket',
    async run({ r2, bucket }) {
      const name = `${bucket}-b`
      await r2.buckets.create({ bucket: name })
      await r2.buckets.head({ bucket: name })
      const { buckets } = await r2.buckets.list({ prefix: bucket })
      assert.deepEqual(
        buckets.map((each) => each.name),
        [bucket, name],
      )
      assert.equal(
        buckets.every((each) => each.creationDate instanceof Date),
        true,
      )
      await r2.buckets.delete({ bucket: name })
      await rejectsWith(r2.buckets.head({ bucket: name }), { code: 'BucketNotFound', status: 404 })
    },
  },
  'list-pages': {
    sentence: 'ListBuckets supports prefix, start-after and pages',
    needs: 'createBucket',
    async run({ r2, bucket }) {
      const names = ['p1', 'p2', 'p3'].map((suffix) => `${bucket}-${suffix}`)
      for (const name of names) await r2.buckets.create({ bucket: name })
      const first = await r2.buckets.list({ prefix: `${bucket}-p`, maxKeys: 2 })
      assert.deepEqual([first.buckets.map((each) => each.name), first.isTruncated], [names.slice(0, 2), true])
      const rest = await r2.buckets.list({
        ...{ prefix: `${bucket}-p`, maxKeys: 2 },
        ...(first.nextContinuationToken === undefined ? {} : { continuationToken: first.nextContinuationToken }),
      })
      assert.deepEqual([rest.buckets.map((each) => each.name), rest.isTruncated], [names.slice(2), false])
      const after = await r2.buckets.list({ prefix: `${bucket}-p`, startAfter: `${bucket}-p1` })
      assert.deepEqual(
        after.buckets.map((each) => each.name),
        names.slice(1),
      )
      for (const name of names) await r2.buckets.delete({ bucket: name })
    },
  },
  'create-existing': {
    sentence: 'CreateBucket for an existing bucket returns 409 BucketAlreadyOwnedByYou, the code that rclone tolerates',
    needs: 'createBucket',
    async run({ r2, raw, bucket }) {
      await rejectsWith(r2.buckets.create({ bucket }), { code: 'BucketExists', status: 409 })
      expectError(await raw({ method: 'PUT', path: `/${bucket}` }), 409, 'BucketAlreadyOwnedByYou')
    },
  },
  'delete-not-empty': {
    sentence: 'DeleteBucket for a bucket with objects returns 409 BucketNotEmpty',
    needs: 'createBucket',
    async run({ r2, bucket, key }) {
      await r2.objects.put({ bucket, key: key(), body: 'x' })
      await rejectsWith(r2.buckets.delete({ bucket }), { code: 'BucketNotEmpty', status: 409 })
    },
  },
  'delete-missing': {
    sentence: 'DeleteBucket for an absent bucket returns NoSuchBucket',
    needs: 'createBucket',
    async run({ r2 }) {
      await rejectsWith(r2.buckets.delete({ bucket: 'conformance-no-such-bucket' }), {
        code: 'BucketNotFound',
        status: 404,
      })
    },
  },
  'invalid-name': {
    sentence: 'CreateBucket with an invalid name returns InvalidBucketName',
    needs: 'createBucket',
    async run({ raw }) {
      for (const name of ['Upper-case', '-starts-with-hyphen', 'under_score', 'x'.repeat(64)]) {
        expectError(await raw({ method: 'PUT', path: `/${name}` }), 400, 'InvalidBucketName')
      }
    },
  },
  location: {
    sentence: 'GetBucketLocation returns the location hint of CreateBucket',
    needs: 'createBucket',
    async run({ r2, bucket }) {
      await r2.buckets.create({ bucket: `${bucket}-weur`, locationHint: 'weur' })
      const { location } = await r2.buckets.location({ bucket: `${bucket}-weur` })
      assert.equal(location?.toUpperCase(), 'WEUR')
      await r2.buckets.delete({ bucket: `${bucket}-weur` })
    },
  },
  'head-region': {
    sentence: 'HeadBucket returns the region auto and no body',
    async run({ raw, bucket }) {
      const response = expectStatus(await raw({ method: 'HEAD', path: `/${bucket}` }), 200)
      assert.deepEqual([response.headers['x-amz-bucket-region'], response.bytes.length], ['auto', 0])
    },
  },
  'head-missing': {
    sentence: 'HeadBucket for an absent bucket returns 404 without a body',
    async run({ raw }) {
      const response = expectStatus(await raw({ method: 'HEAD', path: '/conformance-no-such-bucket' }), 404)
      assert.equal(response.bytes.length, 0)
    },
  },
  cors: {
    sentence: 'CORS rules can be stored, read and deleted',
    async run({ r2, bucket }) {
      await r2.buckets.cors.put({ bucket, rules: corsRules })
      const { rules } = await r2.buckets.cors.get({ bucket })
      assert.equal(rules.length, 1)
      assert.deepEqual({ ...rules[0], id: undefined }, { ...corsRules[0], id: undefined })
      await r2.buckets.cors.delete({ bucket })
      await rejectsWith(r2.buckets.cors.get({ bucket }), { code: 'ConfigurationNotFound', status: 404 })
    },
  },
  'cors-rejected': {
    sentence: 'CORS rules with a path in the origin, an empty header or an unknown element are rejected',
    async run(context) {
      for (const [from, to] of [
        ['https://app.example.com', 'https://app.example.com/path'],
        ['content-type', ''],
        ['<MaxAgeSeconds>600</MaxAgeSeconds>', '<Colour>red</Colour>'],
      ] as const) {
        const response = await configure(context, 'PUT', 'cors', corsDocument.replace(from, to))
        assert.equal(response.status, 400, response.text)
      }
    },
  },
  'cors-wildcards': {
    sentence: 'a CORS origin may have one * in its host; a second * or a * as the port returns MalformedXML',
    async run(context) {
      const put = (origin: string) =>
        configure(context, 'PUT', 'cors', corsDocument.replace('https://app.example.com', origin))
      for (const origin of ['http://localhost:*', 'https://*.*.example.com']) {
        expectError(await put(origin), 400, 'MalformedXML')
      }
      expectStatus(await put('https://*-app.example.com'), 200)
      const from = (origin: string) => preflight(context, { origin, 'access-control-request-method': 'PUT' })
      const allowed = await from('https://my-app.example.com')
      assert.equal(allowed.headers['access-control-allow-origin'], 'https://my-app.example.com')
      expectStatus(await from('https://app.example.com'), 403)
    },
  },
  'cors-preflight': {
    sentence: 'a preflight request that matches a CORS rule is allowed, any other returns 403',
    async run(context) {
      expectStatus(await configure(context, 'PUT', 'cors', corsDocument), 200)
      const allowed = await preflight(context, {
        ...{ origin: 'https://app.example.com', 'access-control-request-method': 'PUT' },
        'access-control-request-headers': 'Content-Type',
      })
      assert.ok(allowed.status === 200 || allowed.status === 204, allowed.text)
      assert.equal(allowed.headers['access-control-allow-origin'], 'https://app.example.com')
      assert.match(allowed.headers['access-control-allow-methods'] ?? '', /PUT/)
      assert.match((allowed.headers['access-control-allow-headers'] ?? '').toLowerCase(), /content-type/)
      assert.equal(allowed.headers['access-control-max-age'], '600')
      for (const headers of [
        { origin: 'https://evil.example.com', 'access-control-request-method': 'PUT' },
        { origin: 'https://app.example.com', 'access-control-request-method': 'DELETE' },
      ]) {
        expectStatus(await preflight(context, headers), 403)
      }
    },
  },
  'cors-on-responses': {
    sentence: 'only a response to a matching Origin carries CORS headers',
    async run(context) {
      const { raw, path, key } = context
      expectStatus(await configure(context, 'PUT', 'cors', corsDocument), 200)
      await raw({ method: 'PUT', path: path(key()), body: 'x' })
      const { headers } = await raw({ path: path(key()), headers: { origin: 'https://app.example.com' } })
      assert.equal(headers['access-control-allow-origin'], 'https://app.example.com')
      assert.match(headers['access-control-expose-headers'] ?? '', /etag/i)
      const other = await raw({ path: path(key()), headers: { origin: 'https://evil.example.com' } })
      assert.equal(other.headers['access-control-allow-origin'], undefined)
    },
  },
  'lifecycle-rules': {
    sentence: 'lifecycle rules can be stored, read and deleted',
    async run(context) {
      const rule =
        '<Rule><ID>logs</ID><Status>Enabled</Status><Filter><Prefix>logs/</Prefix></Filter><Expiration><Days>30</Days></Expiration></Rule>'
      const document = `<LifecycleConfiguration>${rule}</LifecycleConfiguration>`
      expectStatus(await configure(context, 'PUT', 'lifecycle', document), 200)
      const { text } = expectStatus(await configure(context, 'GET', 'lifecycle'), 200)
      assert.deepEqual(
        ['ID', 'Status', 'Prefix', 'Days'].map((name) => elementText(text, name)),
        ['logs', 'Enabled', 'logs/', '30'],
      )
      expectStatus(await configure(context, 'DELETE', 'lifecycle'), 204)
      expectStatus(await configure(context, 'GET', 'lifecycle'), 404)
    },
  },
  'lifecycle-without-status': {
    sentence: 'a lifecycle rule without a status returns MalformedXML',
    async run(context) {
      const rule = '<Rule><ID>x</ID><Filter><Prefix>x/</Prefix></Filter><Expiration><Days>1</Days></Expiration></Rule>'
      const response = await configure(
        context,
        'PUT',
        'lifecycle',
        `<LifecycleConfiguration>${rule}</LifecycleConfiguration>`,
      )
      expectError(response, 400, 'MalformedXML')
    },
  },
  encryption: {
    sentence: 'GetBucketEncryption reports AES256 and a bucket key for every bucket',
    async run(context) {
      const { text } = expectStatus(await configure(context, 'GET', 'encryption'), 200)
      assert.deepEqual([elementText(text, 'SSEAlgorithm'), elementText(text, 'BucketKeyEnabled')], ['AES256', 'true'])
    },
  },
  'unsupported-configurations': {
    sentence: 'GetBucketVersioning is empty, and tags, object lock and replication return their own not-found codes',
    async run(context) {
      const versioning = expectStatus(await configure(context, 'GET', 'versioning'), 200)
      assert.deepEqual(elementTexts(versioning.text, 'Status'), [])
      expectError(await configure(context, 'GET', 'tagging'), 404, 'NoSuchTagSet')
      expectError(await configure(context, 'GET', 'object-lock'), 404, 'ObjectLockConfigurationNotFoundError')
      expectError(await configure(context, 'GET', 'replication'), 404, 'ReplicationConfigurationNotFoundError')
    },
  },
})
