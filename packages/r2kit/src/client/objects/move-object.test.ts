import { SimulatedR2 } from 'r2kit/simulation'
import { describe, expect, test } from 'vitest'
import { testCredentials } from '#test/support/fake-transport.js'
import { errorOf } from '#test/support/results.js'
import { VirtualClock } from '#test/support/virtual-clock.js'
import { abortError, type ErrorCode, R2Error } from '../../errors/index.js'
import type { HttpRequest, HttpResponse } from '../../http/index.js'
import { R2Client } from '../../r2-client.js'
import { Runtime } from '../runtime.js'
import type { CopyLimits } from './copy-in-parts.js'
import { type MoveObjectInput, moveObject } from './move-object.js'

const bucket = 'photos'
const input: MoveObjectInput = { source: { bucket, key: 'a' }, bucket, key: 'b' }
const partBytes = 5 * 1024 * 1024
const limits: CopyLimits = { singleCopyBytesMax: 10, partBytes }

type Send = (request: HttpRequest) => Promise<HttpResponse>
/** Intercepts a request; `name` is its method, with `?` for those of multipart uploads. Returns undefined to let it pass. */
type Intercept = (name: string, request: HttpRequest, send: Send) => Promise<HttpResponse> | undefined

const setUp = (intercept: Intercept = () => undefined) => {
  const clock = new VirtualClock()
  const model = new SimulatedR2(clock, [bucket, 'other'])
  const sent: string[] = []
  const transport = {
    name: 'intercepted',
    send(request: HttpRequest): Promise<HttpResponse> {
      const isCopy = request.headers['x-amz-copy-source'] !== undefined
      const name = `${isCopy ? 'COPY' : request.method}${request.query === '' ? '' : '?'}`
      sent.push(name)
      return intercept(name, request, (passed) => model.send(passed)) ?? model.send(request)
    },
    close: () => model.close(),
  }
  const options = { endpoint: 'https://r2.test', credentials: testCredentials, transport, clock, random: () => 0 }
  const direct = new R2Client({ ...options, transport: model })
  const put = (key: string, body: string) =>
    direct.objects.put({ bucket, key, body, contentType: 'text/plain', metadata: { owner: 'ü' } })
  const textOf = (key: string) => {
    const object = model.object(bucket, key)
    return object && new TextDecoder().decode(object.bytes)
  }
  return { clock, model, sent, put, textOf, direct, r2: new R2Client(options), runtime: new Runtime(options) }
}

const failing = (code: ErrorCode) => Promise.reject(new R2Error(code, 'the connection broke'))

describe('a move in one copy', () => {
  test('copies the object with its metadata, and deletes the source', async () => {
    const { r2, put, textOf, sent } = setUp()
    const { etag } = await put('a', 'hello')
    expect(await r2.objects.move(input)).toMatchObject({ etag, size: 5 })
    expect([textOf('a'), textOf('b')]).toEqual([undefined, 'hello'])
    expect(sent).toEqual(['HEAD', 'COPY', 'HEAD', 'DELETE'])
    expect(await r2.objects.head({ bucket, key: 'b' })).toMatchObject({
      contentType: 'text/plain',
      metadata: { owner: 'ü' },
    })
  })

  test('moves an object to another bucket', async () => {
    const { r2, put, model } = setUp()
    await put('a', 'hello')
    await r2.objects.move({ source: { bucket, key: 'a' }, bucket: 'other', key: 'a' })
    expect([model.object(bucket, 'a'), model.object('other', 'a')?.bytes.length]).toEqual([undefined, 5])
  })

  test('rejects a move of an object onto itself before anything is sent', async () => {
    const { r2, put, sent } = setUp()
    await put('a', 'hello')
    const error = await errorOf(r2.objects.move({ source: { bucket, key: 'a' }, bucket, key: 'a' }))
    expect(error).toMatchObject({ code: 'InvalidInput', field: 'key' })
    expect(sent).toEqual([])
  })

  test('rejects for an absent source', async () => {
    const { r2 } = setUp()
    expect(await errorOf(r2.objects.move(input))).toMatchObject({ code: 'ObjectNotFound', key: 'a' })
  })

  test('keeps the source where a condition on the target does not hold', async () => {
    const { r2, put, textOf } = setUp()
    await put('a', 'hello')
    await put('b', 'there')
    const error = await errorOf(r2.objects.move({ ...input, ifNoneMatch: '*' }))
    expect(error).toMatchObject({ code: 'PreconditionFailed' })
    expect([textOf('a'), textOf('b')]).toEqual(['hello', 'there'])
  })

  test('keeps a source that does not have the ETag of sourceIfMatch', async () => {
    const { r2, put, textOf, sent } = setUp()
    await put('a', 'hello')
    const error = await errorOf(r2.objects.move({ ...input, sourceIfMatch: 'f'.repeat(32) }))
    expect(error).toMatchObject({ code: 'PreconditionFailed' })
    expect([textOf('a'), sent]).toEqual(['hello', ['HEAD']])
  })

  test.each<ErrorCode>(['Timeout', 'ConnectionReset', 'InternalError', 'AccessDenied', 'IntegrityMismatch'])(
    'keeps the source where the copy ends in %s, although the server may have stored it',
    async (code) => {
      const { r2, put, textOf, sent, clock } = setUp((name, request, send) =>
        name === 'COPY' ? send(request).then(() => failing(code)) : undefined,
      )
      await put('a', 'hello')
      expect(await clock.run(errorOf(r2.objects.move(input)))).toMatchObject({ code, operation: 'CopyObject' })
      expect(textOf('a')).toBe('hello')
      expect(sent).not.toContain('DELETE')
    },
  )

  test('keeps the source where the outcome of a conditional copy is unknown', async () => {
    let copies = 0
    const { r2, put, textOf, clock } = setUp((name, request, send) => {
      if (name === 'COPY') return send(request).then(() => failing(copies++ === 0 ? 'ConnectionReset' : 'AccessDenied'))
      return copies > 0 && name === 'HEAD' ? failing('AccessDenied') : undefined
    })
    await put('a', 'hello')
    const error = await clock.run(errorOf(r2.objects.move({ ...input, ifNoneMatch: '*' })))
    expect(error).toMatchObject({ code: 'OutcomeUnknown' })
    expect(textOf('a')).toBe('hello')
  })

  test('keeps the source where the copy has another ETag', async () => {
    const { r2, put, textOf, sent } = setUp((name) => {
      const body = new TextEncoder().encode(
        `<CopyObjectResult><ETag>"${'f'.repeat(32)}"</ETag><LastModified>2026-01-01T00:00:00Z</LastModified></CopyObjectResult>`,
      )
      return name === 'COPY' ? Promise.resolve({ status: 200, headers: {}, body }) : undefined
    })
    await put('a', 'hello')
    expect(await errorOf(r2.objects.move(input))).toMatchObject({ code: 'IntegrityMismatch', key: 'b' })
    expect([textOf('a'), sent.includes('DELETE')]).toEqual(['hello', false])
  })

  test('keeps a source that was replaced while it was copied', async () => {
    const { r2, put, textOf } = setUp((name, request, send) => {
      if (name !== 'COPY') return undefined
      return send(request).then(async (response) => {
        await put('a', 'newer')
        return response
      })
    })
    await put('a', 'hello')
    expect(await errorOf(r2.objects.move(input))).toMatchObject({ code: 'ObjectChanged', key: 'a' })
    expect([textOf('a'), textOf('b')]).toEqual(['newer', 'hello'])
  })

  test('succeeds where the response to the deletion is lost and the source is gone', async () => {
    const { r2, put, textOf, clock } = setUp((name, request, send) =>
      name === 'DELETE' ? send(request).then(() => failing('ConnectionReset')) : undefined,
    )
    await put('a', 'hello')
    expect(await clock.run(r2.objects.move(input))).toMatchObject({ size: 5 })
    expect([textOf('a'), textOf('b')]).toEqual([undefined, 'hello'])
  })

  test('reports a failed deletion as an error of DeleteObject whose message mentions the stored copy', async () => {
    const { r2, put, textOf } = setUp((name) => (name === 'DELETE' ? failing('AccessDenied') : undefined))
    await put('a', 'hello')
    expect(await errorOf(r2.objects.move(input))).toMatchObject({
      code: 'AccessDenied',
      operation: 'DeleteObject',
      key: 'a',
      message: expect.stringContaining('the copy is stored'),
    })
    expect([textOf('a'), textOf('b')]).toEqual(['hello', 'hello'])
  })

  test('timeoutMs covers all of its requests', async () => {
    const { r2, put, clock, textOf } = setUp((name, request, send) =>
      name === 'COPY'
        ? send(request).then(
            () =>
              new Promise((_, reject) => {
                request.signal?.addEventListener('abort', () => reject(abortError(request.signal)))
              }),
          )
        : undefined,
    )
    await put('a', 'hello')
    const error = await clock.run(errorOf(r2.objects.move(input, { timeoutMs: 5_000 })))
    expect(error).toMatchObject({ code: 'Timeout' })
    expect(textOf('a')).toBe('hello')
  })
})

describe('a move of an object that is too large for one copy', () => {
  const large = `${'a'.repeat(partBytes)}${'b'.repeat(partBytes)}c`

  test('copies equal parts with the metadata, completes them, and deletes the source', async () => {
    const { runtime, put, textOf, sent, model, direct } = setUp()
    await put('a', large)
    expect(await moveObject(runtime, input, {}, limits)).toMatchObject({ size: 2 * partBytes + 1 })
    expect([textOf('a'), textOf('b') === large]).toEqual([undefined, true])
    expect(sent.filter((name) => name === 'COPY?')).toHaveLength(3)
    expect(model.uploads.size).toBe(0)
    expect(await direct.objects.head({ bucket, key: 'b' })).toMatchObject({
      contentType: 'text/plain',
      metadata: { owner: 'ü' },
    })
  })

  test('aborts the upload and keeps the source where a part cannot be copied', async () => {
    let parts = 0
    const { runtime, put, textOf, model } = setUp((name) =>
      name === 'COPY?' && ++parts === 3 ? failing('AccessDenied') : undefined,
    )
    await put('a', large)
    expect(await errorOf(moveObject(runtime, input, {}, limits))).toMatchObject({ code: 'AccessDenied' })
    expect([textOf('a')?.length, textOf('b'), model.uploads.size]).toEqual([large.length, undefined, 0])
  })

  test('stores nothing where the source is replaced between two parts', async () => {
    let parts = 0
    const { runtime, put, textOf, model } = setUp((name, request, send) => {
      if (name !== 'COPY?' || ++parts !== 3) return undefined
      return put('a', large.toUpperCase()).then(() => send(request))
    })
    await put('a', large)
    expect(await errorOf(moveObject(runtime, input, {}, limits))).toMatchObject({ code: 'ObjectChanged' })
    expect([textOf('a') === large.toUpperCase(), textOf('b'), model.uploads.size]).toEqual([true, undefined, 0])
  })

  test('begins no upload where the metadata could not be kept', async () => {
    const { runtime, put, sent } = setUp((name, request, send) =>
      name === 'HEAD'
        ? send(request).then((response) => ({
            ...response,
            headers: { ...response.headers, 'x-amz-missing-meta': '1' },
          }))
        : undefined,
    )
    await put('a', large)
    expect(await errorOf(moveObject(runtime, input, {}, limits))).toMatchObject({
      code: 'InvalidInput',
      field: 'source',
    })
    expect(sent).toEqual(['HEAD'])
  })

  test('an object of 4,900 GiB has at most 10,000 parts of at most 5 GiB, which cover it once', async () => {
    const size = 4_900 * 1024 ** 3 + 1
    const ranges: [first: number, last: number][] = []
    const { runtime } = setUp((name, request) => {
      const respond = (body: string, headers = {}) =>
        Promise.resolve({ status: name === 'DELETE' ? 204 : 200, headers, body: new TextEncoder().encode(body) })
      const dated = '<ETag>"e"</ETag><LastModified>2026-01-01T00:00:00Z</LastModified>'
      if (name === 'HEAD') {
        const lastModified = 'Thu, 01 Jan 2026 00:00:00 GMT'
        return respond('', { 'content-length': String(size), etag: '"e-9"', 'last-modified': lastModified })
      }
      if (name === 'COPY?') {
        const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers['x-amz-copy-source-range'] ?? '') ?? []
        ranges.push([Number(first), Number(last)])
        return respond(`<CopyPartResult>${dated}</CopyPartResult>`)
      }
      if (name === 'POST?' && request.query.startsWith('uploads'))
        return respond('<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>')
      return respond(`<CompleteMultipartUploadResult>${dated}</CompleteMultipartUploadResult>`)
    })
    await moveObject(runtime, input, {})
    ranges.sort(([one], [other]) => one - other)
    expect(ranges.length).toBeLessThanOrEqual(10_000)
    let next = 0
    for (const [first, last] of ranges) {
      expect(first).toBe(next)
      expect(last - first).toBeLessThan(5 * 1024 ** 3)
      next = last + 1
    }
    expect(next).toBe(size)
  })
})
