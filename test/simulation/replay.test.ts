/** Replays of bodies that break, sources that are read once, concurrent calls, time. */
import { R2Client, R2Error, type RequestBody, type Transport } from 'r2kit'
import {
  FaultInjectionTransport,
  type ReplayOptions,
  ReplayTransport,
  SimulatedR2,
  SimulationRecorder,
  SimulationReplayer,
} from 'r2kit/simulation'
import { describe, expect, test } from 'vitest'
import { eagerClock } from '../support/eager-clock.js'
import { FakeTransport, objectHeaders, streamOf, testCredentials } from '../support/fake-transport.js'
import { clientOver, recorded } from '../support/recorded.js'
import { errorOf } from '../support/results.js'
import { VirtualClock } from '../support/virtual-clock.js'
import { withFolder } from '../support/with-folder.js'

const bucket = 'photos'
const key = 'a'
const object = (...pieces: (string | Error)[]) => {
  const length = pieces.reduce((sum, piece) => sum + (typeof piece === 'string' ? piece.length : 0), 0)
  return new FakeTransport(({ responseBody }) => {
    const body = responseBody === 'stream' ? streamOf(...pieces) : pieces.join('')
    return { headers: objectHeaders(length), body }
  })
}
const request = (changes: object = {}) =>
  ({
    ...{ method: 'GET', origin: 'https://r2.test', path: '/photos/a', query: '', headers: { host: 'r2.test' } },
    ...{ body: { kind: 'empty' }, responseBody: 'stream', signal: undefined },
    bounds: { maxResponseBytes: 1e6, timeoutMs: 60_000, stallTimeoutMs: 30_000 },
    ...changes,
  }) as Parameters<Transport['send']>[0]
const decoder = new TextDecoder()
const bytesOf = (text: string) => new TextEncoder().encode(text)

describe('a stream', () => {
  /** Reads `count` chunks, then cancels. */
  const readSome = async (transport: Pick<Transport, 'send'>, count: number) => {
    const { body } = await transport.send(request())
    const reader = (body as ReadableStream<Uint8Array>).getReader()
    const chunks: string[] = []
    for (let left = count; left > 0; left--) chunks.push(decoder.decode((await reader.read()).value))
    await reader.cancel()
    return chunks
  }

  test('that was cancelled half-way replays to the same place, and no further', async () => {
    const recorder = new SimulationRecorder()
    expect(await readSome(recorder.wrap(object('one', 'two', 'three')), 2)).toEqual(['one', 'two'])
    const [exchange] = recorder.export().exchanges
    expect(exchange?.outcome).toMatchObject({ chunks: [3, 3], isCut: true })
    const replayer = new SimulationReplayer(recorder.export())
    expect(await readSome({ send: (sent) => replayer.respond(sent) }, 2)).toEqual(['one', 'two'])
    const again = new SimulationReplayer(recorder.export())
    const failure = await errorOf(readSome({ send: (sent) => again.respond(sent) }, 3))
    expect(failure).toMatchObject({ code: 'ReplayMismatch', retryable: false })
    expect(failure.message).toContain('only the first 6 bytes of the body')
  })

  test('whose reader stops at the announced length is whole', async () => {
    const recorder = new SimulationRecorder()
    await readSome(recorder.wrap(object('one', 'two')), 2)
    expect(recorder.export().exchanges[0]?.outcome).not.toHaveProperty('isCut')
  })

  test('that is still open is exported as far as it has arrived', async () => {
    const recorder = new SimulationRecorder()
    const { body } = await recorder.wrap(object('one', 'two')).send(request())
    const reader = (body as ReadableStream<Uint8Array>).getReader()
    await reader.read()
    expect(recorder.export().exchanges[0]?.outcome).toMatchObject({ chunks: [3], isCut: true })
    await reader.read()
    await reader.read()
    const { outcome } = recorder.export().exchanges[0] ?? {}
    expect(outcome).toMatchObject({ status: 200, chunks: [3, 3] })
    expect(outcome).not.toHaveProperty('isCut')
  })

  test('that is being read is saved whole, and one without a reader does not keep save waiting', async () => {
    await withFolder(async (folder) => {
      const clock = new VirtualClock()
      const recorder = new SimulationRecorder({ clock })
      const transport = recorder.wrap(object('one', 'two'))
      await transport.send(request())
      const { body } = await transport.send(request({ path: '/photos/b' }))
      const reader = (body as ReadableStream<Uint8Array>).getReader()
      await reader.read()
      const saved = recorder.save(`${folder}/run.json`)
      await clock.advance(4_000)
      await reader.read()
      await reader.read()
      await clock.advance(4_900)
      await clock.advance(200)
      await saved
      const replayer = await SimulationReplayer.load(`${folder}/run.json`)
      expect(replayer.unused.map(({ outcome }) => 'chunks' in outcome && [outcome.chunks, outcome.isCut])).toEqual([
        [[], true],
        [[3, 3], undefined],
      ])
      expect(clock.timers).toBe(0)
    })
  })

  test('that was recorded as one can be read in memory, and fails there as it broke', async () => {
    const { r2 } = await recorded(object('one', 'two'), async (live) => {
      for await (const _ of (await live.objects.getStream({ bucket, key })).body);
    })
    expect((await r2.objects.get({ bucket, key })).text()).toBe('onetwo')
    const recorder = new SimulationRecorder()
    const broken = object('one', new R2Error('StreamInterrupted', 'cut'))
    await errorOf(readSome(recorder.wrap(broken), 2))
    const replayer = new SimulationReplayer(recorder.export())
    expect(await errorOf(replayer.respond(request({ responseBody: 'bytes' })))).toMatchObject({
      code: 'StreamInterrupted',
      message: 'cut',
    })
  })

  test('can be read from a response that was recorded in memory', async () => {
    const whole = new FakeTransport(() => ({ headers: objectHeaders(3), body: 'one' }))
    const { r2 } = await recorded(whole, (live) => live.objects.get({ bucket, key }))
    const chunks: string[] = []
    for await (const chunk of (await r2.objects.getStream({ bucket, key })).body) chunks.push(decoder.decode(chunk))
    expect(chunks).toEqual(['one'])
  })

  test('resumes after a break as it did, with the ranges of the recording', async () => {
    const clock = eagerClock()
    const content = 'sixteen bytes ok'
    const server = new FakeTransport(({ headers: { range } }) => {
      const start = Number(/bytes=(\d+)/.exec(range ?? '')?.[1] ?? 0)
      const left = content.slice(start)
      const part = start > 0 ? { 'content-range': `bytes ${start}-15/16` } : {}
      return { status: start > 0 ? 206 : 200, headers: objectHeaders(left.length, part), body: streamOf(left) }
    })
    const faults = new FaultInjectionTransport(server, { rules: [{ kind: 'reset-during-response', times: 2 }], clock })
    const read = async (r2: R2Client) => {
      let text = ''
      for await (const chunk of (await r2.objects.getStream({ bucket, key })).body) text += decoder.decode(chunk)
      return text
    }
    const { result, r2, replayer } = await recorded(faults, read, { client: { clock }, replay: { clock } })
    expect([result, await read(r2)]).toEqual([content, content])
    expect(replayer.unused).toEqual([])
  })
})

describe('a request body', () => {
  const once = (text: string): RequestBody & { opened: number } => ({
    ...{ kind: 'stream' as const, contentLength: text.length, opened: 0 },
    canOpen() {
      return this.opened === 0
    },
    async *open() {
      this.opened++
      for (const letter of text) yield bytesOf(letter)
    },
  })
  const put = (body: RequestBody) => request({ method: 'PUT', body, responseBody: 'bytes' })

  test('that was not opened before the connection broke is not opened by the replay', async () => {
    const clock = eagerClock()
    const faults = new FaultInjectionTransport(new FakeTransport(), {
      rules: [{ kind: 'connection-refused', times: 1 }],
      clock,
    })
    const recorder = new SimulationRecorder({ clock })
    const live = once('content')
    await errorOf(recorder.wrap(faults).send(put(live)))
    await recorder.wrap(faults).send(put(live))
    const replayer = new SimulationReplayer(recorder.export(), { clock })
    const replayed = once('content')
    expect(await errorOf(replayer.respond(put(replayed)))).toMatchObject({ code: 'ConnectionFailed' })
    expect(replayed.opened).toBe(0)
    expect((await replayer.respond(put(replayed))).status).toBe(200)
  })

  test('of an attempt that broke half-way is recorded as far as it was read, and matches a body with that beginning', async () => {
    const recorder = new SimulationRecorder()
    const faults = new FaultInjectionTransport(new FakeTransport(), { rules: [{ kind: 'reset-during-request' }] })
    await errorOf(recorder.wrap(faults).send(put(once('content'))))
    expect(recorder.export().exchanges[0]?.request.body).toMatchObject({ bytes: 4, isPartial: true })
    const replay = (text: string) => errorOf(new SimulationReplayer(recorder.export()).respond(put(once(text))))
    expect(await replay('content')).toMatchObject({ code: 'ConnectionReset' })
    expect(await replay('another')).toMatchObject({ code: 'ReplayMismatch' })
  })

  test('whose source fails has the error of the recording, with its own as the cause', async () => {
    const cause = new Error('the source failed')
    const failing: RequestBody = {
      ...{ kind: 'stream', contentLength: 9, canOpen: () => true },
      async *open() {
        yield bytesOf('one')
        throw cause
      },
    }
    const recorder = new SimulationRecorder()
    const reading: Transport = {
      ...{ name: 'reading', close: async () => undefined },
      send: ({ body }) =>
        (async () => {
          if (body.kind === 'stream') for await (const _ of body.open());
        })().then(
          () => ({ status: 200, headers: {}, body: new Uint8Array(0) }),
          () => {
            throw new R2Error('SourceFailed', 'the source of the body failed')
          },
        ),
    }
    await errorOf(recorder.wrap(reading).send(put(failing)))
    const failure = await errorOf(new SimulationReplayer(recorder.export()).respond(put(failing)))
    expect(failure).toMatchObject({ code: 'SourceFailed', message: 'the source of the body failed', cause })
  })

  test('with other bytes fails, and the message compares the bodies', async () => {
    const { r2 } = await recorded(new SimulatedR2(eagerClock()), async (live) => {
      await live.buckets.create({ bucket })
      await live.objects.put({ bucket, key, body: 'content' })
    })
    const failureOf = async (body: string) => (await errorOf(r2.objects.put({ bucket, key, body }))).message
    expect(await failureOf('longer content')).toContain('the body had 7 bytes and has 14')
    expect(await failureOf('CONTENT')).toContain('the body has the same length, 7 bytes, and another digest')
  })
})

describe('concurrent calls', () => {
  const orders = ['per-key', 'any'] as const

  test.each(orders)('for different keys, lists, deletions and parts replay in the order %s', async (order) => {
    const work = async (client: R2Client) => {
      await client.buckets.create({ bucket })
      const { uploadId } = await client.multipart.create({ bucket, key: 'parts' })
      const upload = { bucket, key: 'parts', uploadId }
      const parts = await Promise.all(
        [3, 1, 2].map(async (partNumber) => {
          const { etag } = await client.multipart.uploadPart({ ...upload, partNumber, body: `part ${partNumber}` })
          return { partNumber, etag }
        }),
      )
      return Promise.all([
        ...['x', 'y', 'z'].map((name) => client.objects.put({ bucket, key: name, body: name })),
        ...['x', 'y'].map((prefix) => client.objects.list({ bucket, prefix })),
        ...['x', 'y'].map((name) => client.objects.deleteObjects({ bucket, keys: [name] })),
        client.multipart.listParts(upload),
        parts,
      ])
    }
    const { result, recorder } = await recorded(new SimulatedR2(eagerClock()), work)
    const replayer = new SimulationReplayer(recorder.export(), { order })
    // The digests of bodies are computed at other moments than the network's: calls arrive in another order.
    expect(await work(clientOver(new ReplayTransport(replayer)))).toEqual(result)
    replayer.assertAllUsed()
  })

  test.each(orders)('get their responses in the recorded order of arrival (%s)', async (order) => {
    // The second response arrives first.
    const slowFirst = new FakeTransport(async ({ path }) => {
      if (path.endsWith('/slow')) await new Promise((resolve) => setTimeout(resolve, 10))
      return { headers: objectHeaders(1), body: 'x' }
    })
    const work = async (r2: R2Client) => {
      const arrived: string[] = []
      const get = (name: string) => r2.objects.get({ bucket, key: name }).then(() => void arrived.push(name))
      await Promise.all([get('slow'), get('fast')])
      return arrived
    }
    const { result, r2 } = await recorded(slowFirst, work, { replay: { order } })
    expect(result).toEqual(['fast', 'slow'])
    expect(await work(r2)).toEqual(['fast', 'slow'])
  })

  test('that the replayed program does not make hold back the others for a tenth of a second only', async () => {
    const clock = new VirtualClock()
    const slowFirst = new FakeTransport(async ({ path }) => {
      if (path.endsWith('/slow')) await new Promise((resolve) => setTimeout(resolve, 5))
      return { headers: objectHeaders(1), body: 'x' }
    })
    const { r2 } = await recorded(
      slowFirst,
      (live) => Promise.all(['slow', 'fast'].map((name) => live.objects.get({ bucket, key: name }))),
      { replay: { clock } },
    )
    const slow = r2.objects.get({ bucket, key: 'slow' })
    await expect.poll(() => clock.nextTimerInMs).toBe(100)
    await clock.advance(100)
    expect((await slow).text()).toBe('x')
    expect(clock.timers).toBe(0)
  })

  test('that are equal get the recorded responses in the recorded order', async () => {
    let count = 0
    const counting = new FakeTransport(() => ({ headers: objectHeaders(1), body: String(++count) }))
    const read = async (r2: R2Client) => {
      const texts: string[] = []
      for (let left = 3; left > 0; left--) texts.push((await r2.objects.get({ bucket, key })).text())
      return texts
    }
    for (const order of ['strict', 'per-key', 'any'] as const) {
      count = 0
      const { r2, replayer } = await recorded(counting, read, { replay: { order } })
      expect(await read(r2)).toEqual(['1', '2', '3'])
      expect(await errorOf(r2.objects.get({ bucket, key }))).toMatchObject({ code: 'ReplayMismatch' })
      replayer.assertAllUsed()
    }
  })
})

describe('time', () => {
  const dripping = (clock: VirtualClock | ReturnType<typeof eagerClock>) =>
    new FaultInjectionTransport(object('0123456789'), { rules: [{ kind: 'slow-drip', bytesPerSecond: 20 }], clock })
  const read = async (r2: R2Client) => {
    for await (const _ of (await r2.objects.getStream({ bucket, key })).body);
  }

  test.each<[timing: NonNullable<ReplayOptions['timing']>, tookMs: number]>([
    ['none', 0],
    ['real', 500],
    [0.1, 50],
    [2, 1000],
  ])('of the chunks of a body is replayed with the timing %s', async (timing, tookMs) => {
    const clock = eagerClock()
    const options = { client: { clock }, recorder: { clock }, replay: { clock, timing } }
    const { r2, recorder } = await recorded(dripping(clock), read, options)
    expect(recorder.export().exchanges[0]?.outcome).toMatchObject({ chunks: [2, 2, 2, 2, 2] })
    const startMs = clock.monotonicMs()
    await read(r2)
    expect(clock.monotonicMs() - startMs).toBeCloseTo(tookMs, 0)
  })

  test('a replayed response that takes longer than the attempt may is a Timeout', async () => {
    const clock = eagerClock()
    const slow = new FaultInjectionTransport(object('x'), { rules: [{ kind: 'latency', latencyMs: 5_000 }], clock })
    const recorder = new SimulationRecorder({ clock })
    await recorder.wrap(slow).send(request({ responseBody: 'bytes' }))
    const replayer = new SimulationReplayer(recorder.export(), { clock, timing: 'real' })
    const bounds = { maxResponseBytes: 1e6, timeoutMs: 1_000, stallTimeoutMs: 30_000 }
    expect(await errorOf(replayer.respond(request({ bounds })))).toMatchObject({ code: 'Timeout' })
  })

  test('an abort ends a wait for the head, and between two chunks', async () => {
    const clock = eagerClock()
    const recorder = new SimulationRecorder({ clock })
    await read(clientOver(recorder.wrap(dripping(clock)), { clock }))
    const waiting = new VirtualClock()
    const controller = new AbortController()
    const replayer = new SimulationReplayer(recorder.export(), { clock: waiting, timing: 'real', order: 'any' })
    const headers = { ...recorder.export().exchanges[0]?.request.headers }
    const { body } = await replayer.respond(request({ signal: controller.signal, headers }))
    const reading = (body as ReadableStream<Uint8Array>).getReader().read()
    controller.abort()
    expect(await errorOf(reading)).toMatchObject({ code: 'Aborted' })
    expect(waiting.timers).toBe(0)
  })
})

test('a response in memory that is over the limit of its request is ResponseTooLarge', async () => {
  const recorder = new SimulationRecorder()
  await recorder.wrap(object('content')).send(request({ responseBody: 'bytes' }))
  const bounds = { ...request().bounds, maxResponseBytes: 6 }
  const replayer = new SimulationReplayer(recorder.export())
  const failure = await errorOf(replayer.respond(request({ responseBody: 'bytes', bounds })))
  expect(failure).toMatchObject({ code: 'ResponseTooLarge' })
})

test('after its client is closed, a replay rejects requests as other transports do', async () => {
  const { r2 } = await recorded(object('x'), (live) => live.objects.get({ bucket, key }))
  await r2.dispose()
  expect(await errorOf(r2.objects.get({ bucket, key }))).toMatchObject({ code: 'ClientClosed' })
})

test('virtual-host addresses are recorded by bucket and key', async () => {
  const client = { addressing: 'virtual-host' } as const
  const options = { client, recorder: { addressing: 'virtual-host' }, replay: { addressing: 'virtual-host' } } as const
  const { r2, recorder } = await recorded(object('x'), (live) => live.objects.get({ bucket, key }), options)
  expect(recorder.export().exchanges[0]?.request).toMatchObject({ operation: 'GetObject', bucket, key })
  expect((await r2.objects.get({ bucket, key })).text()).toBe('x')
})

test('a path that is not percent-encoded UTF-8 is recorded as it is', async () => {
  const recorder = new SimulationRecorder()
  await recorder.wrap(object('x')).send(request({ path: '/photos/%FF%' }))
  expect(recorder.export().exchanges[0]?.request).toMatchObject({ operation: 'GetObject', key: '%FF%' })
})

test('what is no transport or no replayer is refused by name', () => {
  expect(() => new SimulationRecorder().wrap({} as Transport)).toThrow(/inner/)
  expect(() => new ReplayTransport({} as SimulationReplayer)).toThrow(/replayer/)
  expect(
    new R2Client({ endpoint: 'https://r2.test', credentials: testCredentials, transport: object('x') }),
  ).toBeDefined()
})
