import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { isR2Error, R2Client } from 'r2kit'
import { describe, expect, test } from 'vitest'
import { ConditionalServer, type ResponseLoss } from '#test/support/conditional-server.js'
import { fakeClient, type Script, testCredentials } from '#test/support/fake-transport.js'
import { randomNumbers } from '#test/support/multipart-model.js'
import { errorOf } from '#test/support/results.js'
import { VirtualClock } from '#test/support/virtual-clock.js'
import type { GetObjectOutput } from './get-object.js'

const md5 = (body: Uint8Array): string => createHash('md5').update(body).digest('hex')

/** One object with conditions, as on R2; each operation takes `turns` turns of the event loop. */
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

describe('changeJson', () => {
  interface Count {
    count: number
  }
  const next = (current: Count = { count: 0 }): Count => ({ count: current.count + 1 })

  test('changes the value of a JSON object, and gives a new one its content type', async () => {
    const { r2 } = fakeClient(register().script)
    await r2.objects.updateWithLock<Count>({ bucket: 'photos', key: 'count', changeJson: next })
    await r2.objects.updateWithLock<Count>({ bucket: 'photos', key: 'count', changeJson: next })
    const stored = await r2.objects.get({ bucket: 'photos', key: 'count' })
    expect(stored.json()).toEqual({ count: 2 })
    expect(stored.contentType).toBe('application/json')
  })

  test('leaves an object that is not JSON unchanged, and names its key', async () => {
    const { r2 } = fakeClient(register().script)
    await r2.objects.put({ bucket: 'photos', key: 'count', body: '{' })
    const failure = await errorOf(r2.objects.updateWithLock({ bucket: 'photos', key: 'count', changeJson: () => ({}) }))
    expect(failure).toMatchObject({ code: 'InvalidJson', key: 'count' })
  })

  const circle: { self?: unknown } = {}
  circle.self = circle
  const unstorable: readonly (readonly [string, unknown])[] = [
    ['a BigInt', { count: 1n }],
    ['NaN', { count: Number.NaN }],
    ['Infinity', [Number.POSITIVE_INFINITY]],
    ['a Map', { counts: new Map([['a', 1]]) }],
    ['a Set', new Set([1])],
    ['a function', () => 1],
    ['a symbol', Symbol('count')],
    ['a circle', circle],
  ]
  test.each(unstorable)('writes nothing for %s, which JSON cannot express', async (_, value) => {
    const { r2 } = fakeClient(register().script)
    await r2.objects.put({ bucket: 'photos', key: 'count', body: '1' })
    const input = { bucket: 'photos', key: 'count', changeJson: () => value }
    expect(await errorOf(r2.objects.updateWithLock(input))).toMatchObject({ code: 'InvalidInput', field: 'changeJson' })
    expect((await r2.objects.get({ bucket: 'photos', key: 'count' })).json()).toBe(1)
  })

  test('needs exactly one of change and changeJson', async () => {
    const { r2 } = fakeClient(register().script)
    const object = { bucket: 'photos', key: 'count' }
    const both = { ...object, change: () => 'a', changeJson: () => 1 }
    for (const input of [object, both]) {
      expect(await errorOf(r2.objects.updateWithLock(input))).toMatchObject({ code: 'InvalidInput', field: 'change' })
    }
  })
})

describe('an update under a lock', () => {
  test('updateWithLock creates an absent object, and replaces an object that is unchanged', async () => {
    const { script, state } = register()
    const { r2, transport } = fakeClient(script)
    expect(await r2.objects.updateWithLock({ bucket: 'photos', key: 'count', change: increment })).toMatchObject({
      attempts: 1,
    })
    const { written } = await r2.objects.updateWithLock({ bucket: 'photos', key: 'count', change: increment })
    expect(state.body?.toString()).toBe('2')
    expect(written?.etag).toMatch(/^[0-9a-f]{32}$/)
    const [, first, , second] = transport.sent
    expect(first?.headers['if-none-match']).toBe('*')
    expect(first?.headers['if-match']).toBeUndefined()
    expect(second?.headers['if-match']).toMatch(/^"[0-9a-f]{32}"$/)
  })

  test('updateWithLock writes nothing when the change returns undefined', async () => {
    const { script } = register()
    const { r2, transport } = fakeClient(script)
    expect(await r2.objects.updateWithLock({ bucket: 'photos', key: 'count', change: () => undefined })).toEqual({
      written: undefined,
      attempts: 1,
    })
    expect(transport.sent).toHaveLength(1)
  })

  test('updateWithLock keeps the description of the object, and replaces the fields that are passed', async () => {
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
    await r2.objects.updateWithLock({ bucket: 'photos', key: 'count', change: increment })
    expect(state.headers).toEqual(before)
    await r2.objects.updateWithLock(
      { bucket: 'photos', key: 'count', change: increment },
      { description: { contentType: 'text/html' } },
    )
    expect(state.headers).toEqual({ ...before, 'content-type': 'text/html' })
  })

  test('concurrent updates lose no increment', async () => {
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
              await r2.objects.updateWithLock(
                { bucket: 'photos', key: 'count', change: increment },
                { maxRetries: 1000 },
              )
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
  /** Every write loses against another writer. */
  const losing: Script = ({ method }) =>
    method === 'GET'
      ? { headers: { 'content-length': '1', etag: '"e"', 'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT' }, body: '1' }
      : { status: 412 }

  test('an update that loses every race ends in LockConflict with the attempts and the cause', async () => {
    const { r2, transport, clock } = fakeClient(losing)
    const error = await clock.run(
      errorOf(r2.objects.updateWithLock({ bucket: 'photos', key: 'count', change: increment }, { maxRetries: 3 })),
    )
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

  test('a lost race is repeated after a growing delay of up to 10 s', async () => {
    const times: number[] = []
    const { r2, clock } = fakeClient(
      (request, number) => {
        if (request.method === 'GET') times.push(clock.monotonicMs())
        return losing(request, number)
      },
      { random: () => 0.5 },
    )
    await clock.run(
      errorOf(r2.objects.updateWithLock({ bucket: 'photos', key: 'count', change: increment }, { maxRetries: 9 })),
    )
    const waits = times.slice(1).map((time, index) => time - (times[index] ?? 0))
    expect(waits).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000])
  })

  test('an abort ends the delay after a lost race', async () => {
    const { r2, clock } = fakeClient(losing)
    const controller = new AbortController()
    const reason = new Error('enough')
    const work = errorOf(
      r2.objects.updateWithLock({ bucket: 'photos', key: 'count', change: increment }, { signal: controller.signal }),
    )
    await clock.advance(10)
    controller.abort(reason)
    expect(await work).toMatchObject({ code: 'Aborted', cause: reason, attempts: 1, bucket: 'photos', key: 'count' })
    expect(clock.timers).toBe(0)
  })

  test('timeoutMs covers the whole update, delays included', async () => {
    const { r2, clock } = fakeClient(losing)
    const before = clock.now()
    const options = { maxRetries: 1000, timeoutMs: 20_000 }
    const error = await clock.run(
      errorOf(r2.objects.updateWithLock({ bucket: 'photos', key: 'count', change: increment }, options)),
    )
    expect(error).toMatchObject({ code: 'Timeout', bucket: 'photos', key: 'count' })
    expect(clock.now() - before).toBe(20_000)
    expect(clock.timers).toBe(0)
  })

  test('an error of the change reaches the caller, and nothing is written', async () => {
    const { r2, transport } = fakeClient(register().script)
    const cause = new Error('not like this')
    const change = () => {
      throw cause
    }
    await expect(r2.objects.updateWithLock({ bucket: 'photos', key: 'count', change })).rejects.toBe(cause)
    expect(transport.sent).toHaveLength(1)
  })

  test('a failure other than a lost race ends the update', async () => {
    const { r2, clock } = fakeClient(({ method }) => ({ status: method === 'GET' ? 404 : 403 }))
    const error = await clock.run(
      errorOf(r2.objects.updateWithLock({ bucket: 'photos', key: 'count', change: increment })),
    )
    expect(error).toMatchObject({ code: 'AccessDenied', operation: 'PutObject' })
  })
})

describe('an update whose response is lost', () => {
  const path = '/shop/count'

  /** A client whose first HEAD follows a write of another writer. */
  const harness = (
    loss: ResponseLoss,
    others: (server: ConditionalServer, clock: VirtualClock) => void = () => undefined,
  ) => {
    const clock = new VirtualClock()
    const server = new ConditionalServer(clock)
    const transport = server.connect({
      lossOf(method, index) {
        if (method === 'HEAD' && index === 0) others(server, clock)
        return method === 'PUT' && index === 0 ? loss : undefined
      },
    })
    const options = { accountId: 'a'.repeat(32), credentials: testCredentials, random: () => 0 }
    const r2 = new R2Client({ ...options, transport, clock })
    server.put(path, Buffer.from('1'))
    const count = () => server.objects.get(path)?.bytes.toString()
    const methods = () => transport.sent.map(({ method }) => method)
    return { r2, clock, server, count, methods }
  }

  test.each(['lost-request', 'rejected'] as const)(
    'an update that ends in %s is written again without another call of the change',
    async (loss) => {
      const { r2, clock, count, methods } = harness(loss)
      let changes = 0
      const change = (current: GetObjectOutput | undefined) => {
        changes++
        return increment(current)
      }
      expect(await clock.run(r2.objects.updateWithLock({ bucket: 'shop', key: 'count', change }))).toMatchObject({
        attempts: 1,
      })
      expect([count(), changes]).toEqual(['2', 1])
      expect(methods()).toEqual(['GET', 'PUT', 'HEAD', 'PUT'])
    },
  )

  test.each(['lost-response', 'stored-then-500'] as const)(
    'an update that ends in %s is written once, and its outcome is unknown',
    async (loss) => {
      const { r2, clock, count } = harness(loss)
      const error = await clock.run(
        errorOf(r2.objects.updateWithLock({ bucket: 'shop', key: 'count', change: increment })),
      )
      expect(error).toMatchObject({ code: 'OutcomeUnknown', bucket: 'shop', key: 'count' })
      expect(count()).toBe('2')
    },
  )

  test('an update with a lost response is not applied again to the object of another writer', async () => {
    const { r2, clock, count } = harness('stored-then-500', (server) => server.put(path, Buffer.from('3')))
    const error = await clock.run(
      errorOf(r2.objects.updateWithLock({ bucket: 'shop', key: 'count', change: increment })),
    )
    expect(error).toMatchObject({ code: 'OutcomeUnknown' })
    expect(count()).toBe('3')
  })

  test('an update does not count another writer’s equal bytes as its own, which would lose an increment', async () => {
    const { r2, clock } = harness('rejected', (server) => server.put(path, Buffer.from('2')))
    const error = await clock.run(
      errorOf(r2.objects.updateWithLock({ bucket: 'shop', key: 'count', change: increment })),
    )
    expect(error).toMatchObject({ code: 'OutcomeUnknown' })
  })

  test('an update with a lost response is not applied again where another writer restored the earlier bytes', async () => {
    const { r2, clock, count } = harness('stored-then-500', (server, clock) => {
      clock.advance(2_000)
      server.put(path, Buffer.from('1'))
    })
    await clock.advance(3_000)
    const error = await clock.run(
      errorOf(r2.objects.updateWithLock({ bucket: 'shop', key: 'count', change: increment })),
    )
    expect(error).toMatchObject({ code: 'OutcomeUnknown' })
    expect(count()).toBe('1')
  })

  test('an update is not a lost race when its next attempt is rejected, because the first may still arrive', async () => {
    const clock = new VirtualClock()
    const server = new ConditionalServer(clock)
    const transport = server.connect({
      lossOf: (method, index) => (method === 'PUT' && index === 0 ? 'late' : undefined),
    })
    const send = transport.send.bind(transport)
    let puts = 0
    transport.send = async (request) =>
      request.method === 'PUT' && ++puts > 1 ? { status: 429, headers: {}, body: new Uint8Array() } : send(request)
    const r2 = new R2Client({
      accountId: 'a'.repeat(32),
      credentials: testCredentials,
      random: () => 0,
      transport,
      clock,
    })
    const error = await clock.run(
      errorOf(r2.objects.updateWithLock({ bucket: 'shop', key: 'count', change: increment })),
    )
    expect(error).toMatchObject({ code: 'OutcomeUnknown', cause: { code: 'SlowDown' } })
    await clock.advance(1_000)
    expect(server.objects.get(path)?.bytes.toString()).toBe('1')
  })

  test('an idempotent update with an unknown outcome is repeated', async () => {
    const { r2, clock, count } = harness('stored-then-500', (server) => server.put(path, Buffer.from('1 mine theirs')))
    const change = (current: GetObjectOutput | undefined) =>
      current?.text().includes('mine') ? undefined : `${current?.text()} mine`
    const options = { idempotent: true }
    expect(await clock.run(r2.objects.updateWithLock({ bucket: 'shop', key: 'count', change }, options))).toMatchObject(
      { attempts: 2 },
    )
    expect(count()).toBe('1 mine theirs')
  })

  /**
   * Concurrent writers over a network that loses, delays, and responds with 500. Returns the result of each update, and how often
   * it was applied.
   */
  const storm = async (
    seed: number,
    writers: number,
    rounds: number,
    update: (r2: R2Client, task: string) => Promise<unknown>,
  ) => {
    const random = randomNumbers(seed)
    const clock = new VirtualClock()
    const server = new ConditionalServer(clock)
    const made = new Map<string, number>()
    const outcomes = new Map<string, string>()
    const losses: readonly ResponseLoss[] = ['lost-request', 'lost-response', 'rejected', 'stored-then-500', 'late']
    const writer = async (name: number) => {
      let task = ''
      const transport = server.connect({
        lossOf: () => (random.next() < 0.25 ? losses[Math.floor(random.next() * losses.length)] : undefined),
        task: () => task,
        onStored: (of) => made.set(of, (made.get(of) ?? 0) + 1),
        delay: () => new Promise((resolve) => clock.after(Math.floor(random.next() * 900), resolve)),
      })
      const credentials = testCredentials
      const r2 = new R2Client({ accountId: 'a'.repeat(32), credentials, random: random.next, transport, clock })
      for (let round = 0; round < rounds; round++) {
        task = `${name}.${round}`
        const outcome = await update(r2, task).then(
          () => 'success',
          (error: unknown) => (isR2Error(error) ? error.code : String(error)),
        )
        outcomes.set(task, outcome)
      }
    }
    await clock.run(Promise.all(Array.from({ length: writers }, (_, name) => writer(name))))
    await clock.advance(10_000) // Delayed requests arrive.
    const text = server.objects.get('/shop/count')?.bytes.toString() ?? ''
    return { text, made, outcomes }
  }

  const inAnyStorm = (check: (seed: number, writers: number, rounds: number) => Promise<void>) =>
    fc.assert(fc.asyncProperty(fc.integer(), fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 4 }), check), {
      numRuns: 20,
    })

  test('under any faults, a counter counts each success once and each conflict never', async () => {
    await inAnyStorm(async (seed, writers, rounds) => {
      const { text, made, outcomes } = await storm(seed, writers, rounds, (r2) =>
        r2.objects.updateWithLock({ bucket: 'shop', key: 'count', change: increment }, { maxRetries: 1 }),
      )
      let unreported = 0
      let successes = 0
      for (const [task, outcome] of outcomes) {
        const times = made.get(task) ?? 0
        if (outcome === 'success') successes++
        else unreported += times
        const possible = outcome === 'success' ? [1] : outcome === 'LockConflict' ? [0] : [0, 1]
        expect(possible, `${task} ended in ${outcome}`).toContain(times)
      }
      expect(Number(text)).toBe(successes + unreported)
    })
  }, 30_000)

  test('under any faults, idempotent updates are all applied, each once', async () => {
    await inAnyStorm(async (seed, writers, rounds) => {
      const { text, outcomes } = await storm(seed, writers, rounds, (r2, task) => {
        const change = (current: GetObjectOutput | undefined) => {
          const tasks = current?.text().split(' ') ?? []
          return tasks.includes(task) ? undefined : [...tasks, task].join(' ')
        }
        return r2.objects.updateWithLock(
          { bucket: 'shop', key: 'count', change },
          { maxRetries: 1000, idempotent: true },
        )
      })
      const tasks = text === '' ? [] : text.split(' ')
      expect(new Set(tasks).size).toBe(tasks.length)
      for (const [task, outcome] of outcomes) if (outcome === 'success') expect(tasks).toContain(task)
      expect(
        [...new Set(outcomes.values())].filter((code) => code === 'OutcomeUnknown' || code === 'LockConflict'),
      ).toEqual([])
    })
  }, 30_000)
})
