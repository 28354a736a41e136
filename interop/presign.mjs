/**
 * Presigned URLs with curl, against the local R2, Cloudflare's simulator and Ceph's gateway:
 * `node interop/presign.mjs [--target local,miniflare,radosgw]`. Each URL is accepted, and each alteration of it is refused and
 * explained. Skips a server that is not installed. The last line is "N passed, N failed, N skipped". Exit code 1 if anything failed.
 */
import { strict as assert } from 'node:assert'
import { createHash } from 'node:crypto'
import { parseArgs } from 'node:util'
import { R2Client } from 'r2kit'
import { explainPresignedUrl } from 'r2kit/presign'
import { launcherNamed } from './servers/index.mjs'
import { runProgram } from './servers/support.mjs'

const { values } = parseArgs({ options: { target: { type: 'string', default: 'local,miniflare,radosgw' } } })

const bucket = 'presigned-urls'
const body = 'content of the object'
const md5 = createHash('md5').update(body).digest('base64')

/** Sends a request with curl, and returns the status and the body. `--path-as-is` keeps the path. */
const curl = async ({ url, method, headers = {} }, data) => {
  const output = await runProgram('curl', [
    ...['--silent', '--show-error', '--max-time', '20', '--path-as-is', '--write-out', '\n%{http_code} %header{etag}'],
    ...(method === 'HEAD' ? ['--head'] : ['--request', method]),
    ...Object.entries(headers)
      .filter(([name]) => name !== 'content-length')
      .flatMap(([name, value]) => ['--header', `${name}: ${value}`]),
    ...(data === undefined ? [] : ['--data-binary', data]),
    // Without a type of its own, curl sends that of a form.
    ...(data === undefined || 'content-type' in headers ? [] : ['--header', 'content-type:']),
    url,
  ])
  const text = output.toString()
  const end = text.lastIndexOf('\n')
  const [status, etag = ''] = text.slice(end + 1).split(' ')
  return { status: Number(status), etag: etag.replaceAll('"', ''), text: text.slice(0, end) }
}

const otherMethod = { GET: 'PUT', HEAD: 'DELETE', PUT: 'GET', DELETE: 'GET' }
const withParameter = (url, name, change) =>
  url.replace(new RegExp(`([?&]${name}=)([^&]*)`), (_, start, value) => start + change(value))

/** Alterations that every server must refuse, with the reason that the explanation must have. */
const alterations = {
  'another method': ({ request, ...rest }) => ({
    request: { ...request, method: otherMethod[request.method] },
    ...rest,
  }),
  'another key': ({ request, ...rest }) => ({ request: { ...request, url: request.url.replace('?', 'x?') }, ...rest }),
  'another bucket': ({ request, ...rest }, place) => ({
    request: { ...request, url: request.url.replace(`/${place}/`, `/${place}-2/`) },
    ...rest,
  }),
  'a longer validity': ({ request, ...rest }) => ({
    request: { ...request, url: withParameter(request.url, 'X-Amz-Expires', (value) => String(Number(value) + 1)) },
    ...rest,
  }),
  'another date': ({ request, ...rest }) => ({
    request: {
      ...request,
      url: withParameter(request.url, 'X-Amz-Date', (value) =>
        value.replace(/\d\dZ$/, (s) => (s === '00Z' ? '01Z' : '00Z')),
      ),
    },
    ...rest,
  }),
  'another signature': ({ request, ...rest }) => ({
    request: {
      ...request,
      url: withParameter(request.url, 'X-Amz-Signature', (value) => (value[0] === '0' ? '1' : '0') + value.slice(1)),
    },
    ...rest,
  }),
  'an added parameter': ({ request, ...rest }) => ({
    request: { ...request, url: `${request.url}&utm_source=mail` },
    ...rest,
  }),
  'another access key': ({ request, ...rest }) => ({
    request: { ...request, url: withParameter(request.url, 'X-Amz-Credential', (value) => `x${value}`) },
    ...rest,
  }),
  'a header that is not sent': ({ request, ...rest }) => {
    const [first] = Object.keys(request.headers).filter((name) => name !== 'content-length')
    if (first === undefined) return undefined
    const { [first]: _, ...headers } = request.headers
    return { request: { ...request, headers }, ...rest }
  },
  'another value of a header': ({ request, ...rest }) => {
    const [first] = Object.keys(request.headers).filter((name) => name !== 'content-length')
    if (first === undefined) return undefined
    return { request: { ...request, headers: { ...request.headers, [first]: `${request.headers[first]}x` } }, ...rest }
  },
}

const counts = { passed: 0, failed: 0, skipped: 0 }
const check = async (name, work) => {
  try {
    await work()
    counts.passed++
  } catch (error) {
    counts.failed++
    console.log(`FAILED   ${name}: ${error instanceof Error ? error.message : error}`)
  }
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

const runOn = async (name, { endpoint, credentials, region, capabilities }) => {
  const r2 = new R2Client({
    endpoint,
    credentials,
    region,
    addressing: 'path',
    presign: { allowedMethods: ['GET', 'PUT', 'HEAD', 'DELETE'], minExpirationSeconds: 1, cacheSize: 0 },
  })
  const place = capabilities.createBucket ? bucket : (capabilities.buckets?.[0] ?? bucket)
  if (capabilities.createBucket) await r2.buckets.create({ bucket })
  const object = { bucket: place, key: 'a b/ü+%&.txt' }
  await r2.objects.put({ ...object, body })
  const { uploadId } = await r2.multipart.create({ bucket: place, key: 'parts' })
  const presign = (operation, input) => r2.presign[operation]({ ...object, expiresInSeconds: 300, ...input })

  /** In this order: the last one deletes the object. */
  const urls = {
    GET: { request: await presign('get'), status: 200, text: body },
    'GET with a range and an override': {
      request: await presign('get', { range: { offset: 0, length: 7 }, responseContentType: 'text/plain' }),
      status: 206,
      text: 'content',
    },
    HEAD: { request: await presign('head'), status: 200 },
    PUT: { request: await presign('put', { key: 'plain' }), data: body, status: 200 },
    'PUT with type, length, MD5 and metadata': {
      request: await presign('put', {
        key: 'bound',
        contentType: 'text/plain; charset=utf-8',
        contentLength: body.length,
        contentMd5: md5,
        metadata: { owner: 'ana' },
      }),
      data: body,
      status: 200,
    },
    'a part': {
      request: await presign('uploadPart', { key: 'parts', uploadId, partNumber: 1, contentLength: body.length }),
      data: body,
      status: 200,
    },
    DELETE: { request: await presign('delete'), status: 204 },
  }
  let partEtag = ''
  for (const [what, sent] of Object.entries(urls)) {
    for (const [how, alter] of Object.entries(alterations)) {
      const altered = alter(sent, place)
      if (altered === undefined) continue
      await check(`${name}: ${what} with ${how} is refused and explained`, async () => {
        const { request, data } = altered
        const { status } = await curl(request, request.method === 'GET' || request.method === 'HEAD' ? undefined : data)
        assert.ok(status >= 400 && status < 500, `status ${status}`)
        const headers =
          data === undefined ? request.headers : { ...request.headers, 'content-length': String(body.length) }
        const { problems } = explainPresignedUrl({ url: request.url, method: request.method, headers, credentials })
        assert.notDeepEqual(problems, [], 'the explanation finds no problem')
      })
    }
    await check(`${name}: ${what} is accepted`, async () => {
      const headers = { ...sent.request.headers }
      const { status, text, etag } = await curl(sent.request, sent.data)
      if (what === 'a part') partEtag = etag
      assert.equal(status, sent.status, text)
      if (sent.text !== undefined) assert.equal(text, sent.text)
      const { problems } = explainPresignedUrl({
        url: sent.request.url,
        method: sent.request.method,
        headers,
        credentials,
      })
      assert.deepEqual(problems, [])
    })
  }
  await check(`${name}: another length than the signed one is refused`, async () => {
    const { status } = await curl(urls['PUT with type, length, MD5 and metadata'].request, `${body}!`)
    assert.ok(status >= 400 && status < 500, `status ${status}`)
  })
  await check(`${name}: a URL of one second is refused after two`, async () => {
    const short = await presign('head', { key: 'plain', expiresInSeconds: 1 })
    await pause(2_100)
    assert.equal((await curl(short)).status, 403)
    assert.equal(explainPresignedUrl({ url: short.url, method: 'HEAD', credentials }).problems[0]?.reason, 'expired')
  })
  await check(`${name}: the bytes and the description of the uploads are those that the URLs bound`, async () => {
    const stored = await r2.objects.get({ bucket: place, key: 'bound' })
    assert.equal(stored.text(), body)
    assert.equal(stored.contentType, 'text/plain; charset=utf-8')
    assert.equal(stored.metadata.owner, 'ana')
    const parts = [{ partNumber: 1, etag: partEtag }]
    await r2.multipart.complete({ bucket: place, key: 'parts', uploadId, parts })
    assert.equal((await r2.objects.get({ bucket: place, key: 'parts' })).text(), body)
  })
  await r2.dispose()
}

const hasCurl = await runProgram('curl', ['--version']).then(
  () => true,
  () => false,
)
for (const name of values.target.split(',')) {
  const launcher = await launcherNamed(name)
  const reason = hasCurl ? await launcher.unavailable() : 'curl is not installed'
  if (reason !== undefined) {
    counts.skipped++
    console.log(`${name}: skipped: ${reason}`)
    continue
  }
  const before = counts.passed
  const server = await launcher.start()
  try {
    await runOn(name, server)
  } finally {
    await server.stop()
  }
  console.log(`${name}: ${counts.passed - before} passed`)
}
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
process.exitCode = counts.failed > 0 ? 1 : 0
