import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fakeClient, type Script } from '../../../../../test/support/fake-transport.js'
import { errorOf } from '../../../../../test/support/transport-suite.js'
import type { GetObjectOutput } from './get-object.js'

const md5 = (body: Uint8Array): string => createHash('md5').update(body).digest('hex')

/** One object under conditions, as R2 keeps it; every operation takes as many turns as `turns` says. */
const register = (turns: () => number = () => 0) => {
  const state = { body: undefined as Buffer | undefined, headers: {} as Record<string, string>, version: 0 }
  const etag = () => `"${md5(Buffer.concat([state.body ?? Buffer.alloc(0), Buffer.from(String(state.version))]))}"`
  const script: Script = async ({ method, headers, bodyBytes }) => {
    for (let left = turns(); left > 0; left--) await Promise.resolve()
    if (method === 'GET') {
      if (state.body === undefined) return { status: 404 }
      const length = String(state.body.length)
      const fixed = { 'content-length': length, etag: etag(), 'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT' }
      return { headers: { ...state.headers, ...fixed }, body: state.body }
    }
    const holds =
      headers['if-match'] === undefined
        ? state.body === undefined
        : state.body !== undefined && headers['if-match'] === etag()
    if (!holds) return { status: 412 }
    state.body = bodyBytes
    state.version++
    state.headers = Object.fromEntries(
      Object.entries(headers).filter(([name]) =>
        /^(content-(?!length)|cache-|expires|x-amz-meta|x-amz-storage)/.test(name),
      ),
    )
    return { headers: { etag: etag() } }
  }
  return { state, script }
}

const increment = (current: GetObjectOutput | undefined): string => String(Number(current?.text() ?? 0) + 1)

describe('an update under a lock', () => {
  test('makes the object on the condition that there is none, and replaces it on the condition that it is the same', async () => {
    const { script, state } = register()
    const { r2, transport } = fakeClient(script)
    expect(await r2.objects.updateWithLock('photos', 'count', increment)).toMatchObject({ attempts: 1 })
    const { written } = await r2.objects.updateWithLock('photos', 'count', increment)
    expect(state.body?.toString()).toBe('2')
    expect(written?.etag).toMatch(/^[0-9a-f]{32}$/)
    const [, first, , second] = transport.sent
    expect(first?.headers['if-none-match']).toBe('*')
    expect(first?.headers['if-match']).toBeUndefined()
    expect(second?.headers['if-match']).toMatch(/^"[0-9a-f]{32}"$/)
  })

  test('writes nothing when the change says so', async () => {
    const { script } = register()
    const { r2, transport } = fakeClient(script)
    expect(await r2.objects.updateWithLock('photos', 'count', () => undefined)).toEqual({
      written: undefined,
      attempts: 1,
    })
    expect(transport.sent).toHaveLength(1)
  })

  test('keeps what describes the object, and replaces what is given', async () => {
    const { script, state } = register()
    const { r2 } = fakeClient(script)
    const expires = new Date('2030-01-01T00:00:00Z')
    await r2.objects.put({
      bucket: 'photos',
      key: 'count',
      body: '1',
      ifNoneMatch: '*',
      contentType: 'text/plain',
      cacheControl: 'no-store',
      contentLanguage: 'de',
      expires,
      metadata: { owner: 'grüße' },
      storageClass: 'STANDARD_IA',
    })
    const before = { ...state.headers }
    await r2.objects.updateWithLock('photos', 'count', increment)
    expect(state.headers).toEqual(before)
    await r2.objects.updateWithLock('photos', 'count', increment, { description: { contentType: 'text/html' } })
    expect(state.headers).toEqual({ ...before, 'content-type': 'text/html' })
  })

  test('concurrent writers: no increment is lost', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 2, max: 8 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer(),
        async (writers, rounds, seed) => {
          let pseudo = seed
          const turns = () => {
            pseudo = (Math.imul(pseudo, 1_103_515_245) + 12_345) | 0
            return (pseudo >>> 16) % 7
          }
          const { script, state } = register(turns)
          const { r2, clock } = fakeClient(script, { random: () => turns() / 7 })
          const writer = async () => {
            for (let round = 0; round < rounds; round++) {
              await r2.objects.updateWithLock('photos', 'count', increment, { maxRetries: 1000 })
            }
          }
          await clock.run(Promise.all(Array.from({ length: writers }, writer)))
          expect(state.body?.toString()).toBe(String(writers * rounds))
        },
      ),
      { numRuns: 15 },
    )
  })
})

describe('a lost race', () => {
  /** Every write meets somebody else's. */
  const losing: Script = ({ method }) =>
    method === 'GET'
      ? { headers: { 'content-length': '1', etag: '"e"', 'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT' }, body: '1' }
      : { status: 412 }

  test('ends in LockConflict, which counts the attempts and keeps the cause', async () => {
    const { r2, transport, clock } = fakeClient(losing)
    const error = await clock.run(errorOf(r2.objects.updateWithLock('photos', 'count', increment, { maxRetries: 3 })))
    expect(error).toMatchObject({
      code: 'LockConflict',
      kind: 'Conflict',
      attempts: 4,
      bucket: 'photos',
      key: 'count',
      cause: { code: 'PreconditionFailed' },
    })
    expect(transport.sent).toHaveLength(8)
  })

  test('is run again after a growing wait, up to 10 s', async () => {
    const times: number[] = []
    const { r2, clock } = fakeClient(
      (request, number) => {
        if (request.method === 'GET') times.push(clock.monotonicMs())
        return losing(request, number)
      },
      { random: () => 0.5 },
    )
    await clock.run(errorOf(r2.objects.updateWithLock('photos', 'count', increment, { maxRetries: 9 })))
    const waits = times.slice(1).map((time, index) => time - (times[index] ?? 0))
    expect(waits).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000])
  })

  test('a wait ends at once with an abort', async () => {
    const { r2, clock } = fakeClient(losing)
    const controller = new AbortController()
    const reason = new Error('enough')
    const work = errorOf(r2.objects.updateWithLock('photos', 'count', increment, { signal: controller.signal }))
    await clock.advance(10)
    controller.abort(reason)
    expect(await work).toMatchObject({ code: 'Aborted', cause: reason, attempts: 1, bucket: 'photos', key: 'count' })
    expect(clock.timers).toBe(0)
  })

  test('timeoutMs bounds the whole update, waits included', async () => {
    const { r2, clock } = fakeClient(losing)
    const before = clock.now()
    const options = { maxRetries: 1000, timeoutMs: 20_000 }
    const error = await clock.run(errorOf(r2.objects.updateWithLock('photos', 'count', increment, options)))
    expect(error).toMatchObject({ code: 'Timeout', bucket: 'photos', key: 'count' })
    expect(clock.now() - before).toBe(20_000)
    expect(clock.timers).toBe(0)
  })

  test('an error of the change is the caller’s, and nothing is written', async () => {
    const { r2, transport } = fakeClient(register().script)
    const cause = new Error('not like this')
    const change = () => {
      throw cause
    }
    await expect(r2.objects.updateWithLock('photos', 'count', change)).rejects.toBe(cause)
    expect(transport.sent).toHaveLength(1)
  })

  test('another failure is not a race: it ends the update', async () => {
    const { r2, clock } = fakeClient(({ method }) => ({ status: method === 'GET' ? 404 : 403 }))
    const error = await clock.run(errorOf(r2.objects.updateWithLock('photos', 'count', increment)))
    expect(error).toMatchObject({ code: 'AccessDenied', operation: 'PutObject' })
  })
})
