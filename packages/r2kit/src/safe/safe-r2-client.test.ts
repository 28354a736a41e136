import { SimulatedR2 } from 'r2kit/simulation'
import { describe, expect, test, vi } from 'vitest'
import { fakeClient } from '#test/support/fake-transport.js'
import { methodNames } from '#test/support/inputs/method-names.js'
import { systemClock } from '../base/clock.js'
import { R2Error } from '../errors/index.js'
import type { R2Client } from '../r2-client.js'
import { err, map, mapErr, ok, resultOf, unwrap, unwrapOr } from './result.js'
import { safeMethods } from './safe-methods.js'
import { SafeR2Client } from './safe-r2-client.js'

const bucket = 'photos'
const input = { bucket, key: 'k' }

/** Paths of all methods of the APIs of a client: every object in it whose class has methods. */
const pathsOf = (api: object, path = ''): string[] => [
  ...methodNames(api, path),
  ...Object.entries(api).flatMap(([name, part]) =>
    typeof part === 'object' && part !== null ? pathsOf(part, `${path}${name}.`) : [],
  ),
]

test('every operation of a client has a method with a result', () => {
  const { r2 } = fakeClient()
  const covered = new Set(Object.values(safeMethods).map((path) => path.join('.')))
  const missing = pathsOf(r2).filter((path) => !covered.has(path))
  // `bucket` is a method of its own, and a wrapper is not disposed.
  expect(missing.filter((path) => path !== 'bucket')).toEqual(['dispose'])
  expect([...covered].filter((path) => !pathsOf(r2).includes(path))).toEqual([])
  expect(Object.keys(new SafeR2Client(r2)).sort()).toEqual(Object.keys(safeMethods).sort())
})

describe.each(Object.entries(safeMethods))('%s', (name, path) => {
  /** A client whose method at the path is another one. */
  const safeWith = (method: (...args: unknown[]) => unknown) => {
    const fake = [...path].reverse().reduce<unknown>((part, key) => ({ [key]: part }), method)
    return Reflect.get(new SafeR2Client(fake as R2Client), name) as (...args: unknown[]) => unknown
  }

  test(`${name} passes its arguments on, and resolves with the value`, async () => {
    const method = vi.fn(async () => 'value')
    const safe = safeWith(method)
    expect(await safe(1, 2, 3)).toEqual(ok('value'))
    expect(method).toHaveBeenCalledWith(1, 2, 3)
  })

  test(`${name} resolves with an R2Error, and rejects with any other error`, async () => {
    const error = new R2Error('AccessDenied', 'no')
    expect(await safeWith(() => Promise.reject(error))()).toEqual(err(error))
    await expect(safeWith(() => Promise.reject(new TypeError('a bug')))()).rejects.toThrow('a bug')
  })
})

describe('SafeR2Client', () => {
  test('returns invalid input as a failure', async () => {
    const { r2, transport } = fakeClient()
    const result = await new SafeR2Client(r2).headObject({ bucket: 'B@d', key: 'k' })
    expect(result).toMatchObject({ ok: false, error: { code: 'InvalidInput', field: 'bucket' } })
    expect(transport.sent).toHaveLength(0)
  })

  test('bucket returns the operations of a bucket, with results', async () => {
    const { r2, transport } = fakeClient(() => ({ status: 404 }))
    const photos = new SafeR2Client(r2).bucket(bucket)
    expect(await photos.headObject({ key: 'k' })).toMatchObject({
      ok: false,
      error: { code: 'ObjectNotFound', bucket },
    })
    expect(await photos.listAllObjects().collect(1)).toMatchObject({ ok: false })
    expect(transport.sent.every(({ path }) => path.startsWith('/photos'))).toBe(true)
    expect(photos).not.toHaveProperty('bucket')
  })

  test('returns the result of a method that returns no promise', () => {
    const safe = new SafeR2Client(fakeClient().r2)
    expect(safe.guardUpload({ ...input, uploadId: 'u' })).toMatchObject({ ok: true })
    expect(safe.guardUpload({ ...input, uploadId: '' })).toMatchObject({ ok: false, error: { field: 'uploadId' } })
  })

  test('rejects with an exception of the caller of updateWithLock', async () => {
    const { r2 } = fakeClient(() => ({ status: 404 }))
    const change = () => {
      throw new RangeError('of the caller')
    }
    await expect(new SafeR2Client(r2).updateWithLock({ ...input, change })).rejects.toThrow('of the caller')
  })

  test('a transfer resolves with its result, and keeps its controls', async () => {
    const { r2 } = fakeClient(() => new R2Error('AccessDenied', 'no'))
    const transfer = new SafeR2Client(r2).upload(new Uint8Array(3), input)
    expect([transfer.paused, transfer.progress.state]).toEqual([false, 'running'])
    transfer.pause()
    expect(transfer.paused).toBe(true)
    transfer.resume()
    expect(await transfer).toMatchObject({ ok: false, error: { code: 'AccessDenied' } })
    const aborted = new SafeR2Client(r2).upload(new Uint8Array(3), input)
    aborted.abort('enough')
    expect(await aborted).toMatchObject({ ok: false, error: { code: 'Aborted', cause: 'enough' } })
  })

  test('a download to a stream has its body, and opens with a result', async () => {
    const { r2 } = fakeClient(undefined, { transport: new SimulatedR2(systemClock, [bucket]), clock: systemClock })
    const safe = new SafeR2Client(r2)
    await safe.putObject({ ...input, body: 'hello' })
    const download = safe.download(input, 'stream')
    expect(await new Response(download.body).text()).toBe('hello')
    expect(await download.opened).toMatchObject({ ok: true, value: { size: 5 } })
    expect(await download).toMatchObject({ ok: true, value: { bytes: 5 } })
    const denied = new SafeR2Client(fakeClient(() => ({ status: 403 })).r2).download(input, 'stream')
    expect(await denied.opened).toMatchObject({ ok: false, error: { code: 'AccessDenied' } })
    expect(await denied).toMatchObject({ ok: false })
  })

  test('a list yields results, and ends after a failure', async () => {
    const entry =
      '<Contents><Key>a</Key><Size>1</Size><ETag>"e"</ETag><LastModified>2026-01-01T00:00:00Z</LastModified></Contents>'
    const page = `<ListBucketResult>${entry}<IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken></ListBucketResult>`
    const { r2 } = fakeClient((_, number) => (number % 2 === 1 ? { body: page } : { status: 403 }))
    const list = new SafeR2Client(r2).listAllObjects({ bucket })
    const found: unknown[] = []
    for await (const item of list) found.push(item.ok ? item.value.key : item.error.code)
    for await (const item of list.pages()) found.push(item.ok ? item.value.objects.length : item.error.code)
    expect(found).toEqual(['a', 'AccessDenied', 1, 'AccessDenied'])
    expect(await list.collect(1)).toMatchObject({ ok: true, value: [{ key: 'a' }] })
    expect(await list.collect(-1)).toMatchObject({ ok: false, error: { field: 'limit' } })
  })

  test('returning from an iteration cancels the request in flight', async () => {
    let signal: AbortSignal | undefined
    const { r2 } = fakeClient(
      (request) =>
        new Promise((resolve) => {
          signal = request.signal
          signal?.addEventListener('abort', () => resolve(new R2Error('Aborted', 'cancelled')))
        }),
    )
    const pages = new SafeR2Client(r2).listAllObjects({ bucket }).pages()
    const pending = pages.next()
    await vi.waitFor(() => expect(signal).toBeDefined())
    expect(await pages.return()).toMatchObject({ done: true })
    expect(await pending).toMatchObject({ done: true })
    expect(signal?.aborted).toBe(true)
  })
})

describe('results', () => {
  const failure = err(new R2Error('ObjectNotFound', 'it does not exist'))

  test('unwrap returns the value, or throws the error', () => {
    expect(unwrap(ok(5))).toBe(5)
    expect(() => unwrap(failure)).toThrow(failure.error)
    expect([unwrapOr(ok(5), 6), unwrapOr(failure, 6)]).toEqual([5, 6])
  })

  test('map changes a value, and mapErr an error', () => {
    expect(map(ok(5), (value) => value + 1)).toEqual(ok(6))
    expect(map(failure, () => 6)).toBe(failure)
    expect(mapErr(failure, ({ code }) => code)).toEqual(err('ObjectNotFound'))
    expect(mapErr(ok(5), () => 'unused')).toEqual(ok(5))
  })

  test('resultOf turns an R2Error into a failure, and no other error', async () => {
    expect(await resultOf(Promise.resolve(5))).toEqual(ok(5))
    expect(await resultOf(Promise.reject(failure.error))).toEqual(failure)
    await expect(resultOf(Promise.reject(new TypeError('a bug')))).rejects.toThrow(TypeError)
  })
})
