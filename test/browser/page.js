/** The cases that run in the page. Each of them throws where it fails. */
import { isR2Error, R2Client } from 'r2kit'

let r2
/** Buckets: `open` exposes all headers that the client reads; `hidden` has a CORS rule without ExposeHeaders; `no-cors` has none. */
const open = (key) => ({ bucket: 'open', key })

const expectEqual = (what, actual, expected) => {
  if (actual !== expected) throw new Error(`${what}: ${actual}, expected ${expected}`)
}
const expectMatch = (what, actual, expected) => {
  if (!expected.test(actual)) throw new Error(`${what}: ${actual}, expected ${expected}`)
}
const failureOf = async (work) => {
  try {
    await work
  } catch (error) {
    if (isR2Error(error)) return error
    throw new Error(`not an R2Error: ${error}`)
  }
  throw new Error('it did not fail')
}
const bytesOf = (size) => Uint8Array.from({ length: size }, (_, index) => (index * 31 + (index >> 8)) & 255)
const isSame = (a, b) => a.length === b.length && a.every((byte, index) => byte === b[index])
/** A Response would replace the error of the stream by one of its own. */
const readAll = async (stream) => {
  const chunks = []
  for (const reader = stream.getReader(); ; ) {
    const { done, value } = await reader.read()
    if (done) return new Uint8Array(await new Blob(chunks).arrayBuffer())
    chunks.push(value)
  }
}
const streamOf = (bytes, size = 100_000) =>
  new ReadableStream({
    start(controller) {
      for (let at = 0; at < bytes.length; at += size) controller.enqueue(bytes.slice(at, at + size))
      controller.close()
    },
  })

const expectStored = async (key, bytes) => {
  const { body } = await r2.objects.get(open(key))
  if (!isSame(body, bytes)) throw new Error(`${key} has ${body.length} bytes that differ from the ${bytes.length} sent`)
}

/** Shape → a body for `put`. */
const shapes = {
  'a Blob': (bytes) => new Blob([bytes]),
  'a File': (bytes) => new File([bytes], 'a.bin', { type: 'image/png' }),
  'a Uint8Array': (bytes) => bytes,
  'the middle of a buffer': (bytes) => new Uint8Array([1, ...bytes, 2]).subarray(1, bytes.length + 1),
  'a DataView': (bytes) => new DataView(bytes.buffer),
  'an ArrayBuffer': (bytes) => bytes.buffer,
}

const cases = {
  ...Object.fromEntries(
    Object.entries(shapes).map(([name, make]) => [
      `put stores ${name}`,
      async () => {
        const bytes = bytesOf(200_000)
        await r2.objects.put({ ...open(name), body: make(bytes) })
        await expectStored(name, bytes)
      },
    ]),
  ),
  'put stores a stream with a length': async () => {
    const bytes = bytesOf(200_000)
    await r2.objects.put({ ...open('stream'), body: streamOf(bytes), contentLength: bytes.length })
    await expectStored('stream', bytes)
  },
  'put gives an object the type of its File': async () => {
    await r2.objects.put({ ...open('typed'), body: new File(['{}'], 'a.json', { type: 'application/json' }) })
    expectEqual('content type', (await r2.objects.head(open('typed'))).contentType, 'application/json')
  },
  'uploadPart and complete store an object of Blobs': async () => {
    const bytes = bytesOf(5 * 1024 * 1024 + 10)
    const { uploadId } = await r2.multipart.create(open('parts'))
    const parts = []
    for (const [index, part] of [bytes.slice(0, -10), bytes.slice(-10)].entries()) {
      const partNumber = index + 1
      const { etag } = await r2.multipart.uploadPart({
        ...open('parts'),
        uploadId,
        partNumber,
        body: new Blob([part]),
      })
      parts.push({ partNumber, etag })
    }
    await r2.multipart.complete({ ...open('parts'), uploadId, parts })
    await expectStored('parts', bytes)
  },
  'transfers.upload sends a File in parts': async () => {
    const bytes = bytesOf(12 * 1024 * 1024)
    const transfer = r2.transfers.upload(new File([bytes], 'film.bin'), open('film'), {
      thresholdBytes: 5 * 1024 * 1024,
      partSizeBytes: 5 * 1024 * 1024,
    })
    expectEqual('parts', (await transfer).parts, 3)
    await expectStored('film', bytes)
  },
  'transfers.upload sends bytes in a single request': async () => {
    const bytes = bytesOf(300_000)
    await r2.transfers.upload(bytes, open('single'))
    await expectStored('single', bytes)
  },
  'transfers.upload sends a stream of unknown length in parts': async () => {
    const bytes = bytesOf(11 * 1024 * 1024)
    const { parts } = await r2.transfers.upload(streamOf(bytes), open('streamed'), { partSizeBytes: 5 * 1024 * 1024 })
    expectEqual('parts', parts, 3)
    await expectStored('streamed', bytes)
  },
  'transfers.upload ends when it is aborted': async () => {
    const aborter = new AbortController()
    const transfer = r2.transfers.upload(new Blob([bytesOf(12 * 1024 * 1024)]), open('aborted'), {
      thresholdBytes: 1,
      partSizeBytes: 5 * 1024 * 1024,
      signal: aborter.signal,
    })
    const failure = failureOf(transfer)
    aborter.abort()
    expectEqual('code', (await failure).code, 'Aborted')
    const { uploads } = await r2.multipart.listUploads({ bucket: 'open', prefix: 'aborted' })
    expectEqual('uploads left behind', uploads.length, 0)
  },
  'updateWithLock replaces an object by a Blob': async () => {
    await r2.objects.updateWithLock({ ...open('counter'), change: () => new Blob(['1']) })
    await r2.objects.updateWithLock({
      ...open('counter'),
      change: (current) => new Blob([String(Number(current?.text()) + 1)]),
    })
    expectEqual('counter', (await r2.objects.get(open('counter'))).text(), '2')
  },
  'get and getStream read an object, whole and in ranges': async () => {
    const bytes = bytesOf(500_000)
    await r2.objects.put({ ...open('read'), body: bytes })
    const range = { offset: 1000, length: 2000 }
    const part = await r2.objects.get({ ...open('read'), range })
    expectEqual('range', isSame(part.body, bytes.slice(1000, 3000)), true)
    const whole = await r2.objects.getStream(open('read'))
    expectEqual('stream', isSame(await readAll(whole.body), bytes), true)
    const ranged = await r2.objects.getStream({ ...open('read'), range })
    expectEqual('ranged stream', isSame(await readAll(ranged.body), bytes.slice(1000, 3000)), true)
  },
  'transfers.download reads an object in ranges, to bytes and to a stream': async () => {
    const bytes = bytesOf(9 * 1024 * 1024)
    await r2.objects.put({ ...open('large'), body: new Blob([bytes]) })
    const { body } = await r2.transfers.download(open('large'), 'bytes')
    expectEqual('bytes', isSame(body, bytes), true)
    const { body: stream } = r2.transfers.download(open('large'), 'stream')
    expectEqual('stream', isSame(await readAll(stream), bytes), true)
  },
  'getStream resumes a body that the server cuts': async () => {
    const { body } = await r2.objects.getStream(open('cut'))
    expectEqual('bytes', isSame(await readAll(body), bytesOf(400_000)), true)
  },
  'list returns the objects of a prefix': async () => {
    for (const key of ['list/a', 'list/ü b', 'list/c+d']) await r2.objects.put({ ...open(key), body: key })
    const { objects } = await r2.objects.list({ bucket: 'open', prefix: 'list/' })
    expectEqual('keys', objects.map(({ key }) => key).join(), 'list/a,list/c+d,list/ü b')
    const { deleted } = await r2.objects.deleteObjects({ bucket: 'open', keys: objects.map(({ key }) => key) })
    expectEqual('deleted', deleted.length, 3)
  },
  'a presigned PUT and GET work with the fetch of the page': async () => {
    const { url, headers } = await r2.presign.put({ ...open('presigned'), contentType: 'text/plain' })
    expectEqual('status', (await fetch(url, { method: 'PUT', headers, body: 'by the page' })).status, 200)
    expectEqual('text', await (await fetch((await r2.presign.get(open('presigned'))).url)).text(), 'by the page')
  },
  'a read returns the object that is stored, not the one in the cache of the browser': async () => {
    const at = open('replaced')
    await r2.objects.put({ ...at, body: 'old', cacheControl: 'max-age=3600' })
    expectEqual('before', (await r2.objects.get(at)).text(), 'old')
    // Under another URL, so that the browser does not discard what it has cached.
    const { url, headers } = await r2.presign.put(at)
    expectEqual('status', (await fetch(url, { method: 'PUT', headers, body: 'newer' })).status, 200)
    expectEqual('after', (await r2.objects.get(at)).text(), 'newer')
    expectEqual('size', (await r2.objects.head(at)).size, 5)
  },
  'an abort ends a request': async () => {
    const aborter = new AbortController()
    const failure = failureOf(r2.objects.get(open('read'), { signal: aborter.signal }))
    aborter.abort()
    expectEqual('code', (await failure).code, 'Aborted')
  },
  'a conditional put stores no Cache-Control of the browser': async () => {
    await r2.objects.put({ ...open('conditional'), body: 'x', ifNoneMatch: '*' })
    expectEqual('cacheControl', (await r2.objects.head(open('conditional'))).cacheControl, undefined)
  },
  'errors of R2 have their codes': async () => {
    expectEqual('get', (await failureOf(r2.objects.get(open('missing')))).code, 'ObjectNotFound')
    const conflict = r2.objects.put({ ...open('read'), body: 'x', ifNoneMatch: '*' })
    expectEqual('condition', (await failureOf(conflict)).code, 'PreconditionFailed')
  },
  'a bucket without a CORS rule fails with a hint about CORS': async () => {
    const error = await failureOf(r2.objects.get({ bucket: 'no-cors', key: 'a' }, { maxAttempts: 1 }))
    expectMatch('hint', error.hint, /CORS/)
  },
  'a rule that hides ETag is reported with the rule to add': async () => {
    const at = { bucket: 'hidden', key: 'a' }
    for (const work of [
      () => r2.objects.put({ ...at, body: 'x' }),
      () => r2.objects.get(at),
      () => r2.objects.getStream(at),
      () => r2.objects.head(at),
      () => r2.transfers.download(at, 'bytes'),
    ]) {
      const error = await failureOf(work())
      expectEqual('code', error.code, 'InvalidResponse')
      expectMatch('message', error.message, /ETag.*browser hides/)
      expectMatch('hint', error.hint, /"ExposeHeaders":\["ETag","Content-Range","Content-Encoding"/)
    }
  },
  'a rule that hides Content-Range is reported with the rule to add': async () => {
    const error = await failureOf(r2.objects.get({ bucket: 'etag-only', key: 'a', range: { offset: 1, length: 2 } }))
    expectMatch('message', error.message, /Content-Range.*browser hides/)
    expectMatch('hint', error.hint, /"ExposeHeaders":\["ETag","Content-Range"/)
  },
  'an object whose coding the rule hides is refused for that reason': async () => {
    const at = { bucket: 'etag-only', key: 'gzip' }
    expectMatch('get', (await failureOf(r2.objects.get(at))).hint, /Content-Encoding/)
    const { body } = await r2.objects.getStream(at, { resume: false })
    expectMatch('getStream', (await failureOf(readAll(body))).hint, /Content-Encoding/)
  },
}

const { codings } = globalThis
for (const { name, base64 } of codings ?? []) {
  const stored = () => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
  const at = open(`coding ${name}`)
  const expectStoredBytes = (what, bytes) => expectEqual(what, isSame(new Uint8Array(bytes), stored()), true)
  cases[`an object with the coding ${name} is read as it is stored`] = async () => {
    const object = await r2.objects.get(at)
    expectStoredBytes('get', object.body)
    // Chromium reports a wrong label as a network failure, without its headers.
    if (!name.includes('wrong') && name !== 'zstd') expectEqual('coding', object.contentEncoding, name)
    expectStoredBytes('getStream', await readAll((await r2.objects.getStream(at)).body))
    expectStoredBytes('getStream', await readAll((await r2.objects.getStream(at, { resume: false })).body))
    const range = { offset: 3, length: 5 }
    const ranged = await r2.objects.get({ ...at, range })
    expectEqual('range', isSame(ranged.body, stored().slice(3, 8)), true)
    expectStoredBytes('download', (await r2.transfers.download(at, 'bytes')).body)
  }
}

globalThis.prepare = (options) => {
  r2 = new R2Client(options)
  return Object.keys(cases)
}
/** The text of the failure, or an empty one. */
globalThis.runCase = (name) =>
  cases[name]().then(
    () => '',
    (error) => `${error.stack ?? error}${error.hint ? `\n${error.hint}` : ''}`,
  )
