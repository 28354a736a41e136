import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type LocalR2, startLocalR2 } from '@r2kit/local'
import { FetchTransport, isR2Error, R2Client, R2ClientBuilder, R2Error } from 'r2kit'
import {
  FaultInjectionTransport,
  type ReplayOptions,
  ReplayTransport,
  SimulationRecorder,
  SimulationReplayer,
} from 'r2kit/simulation'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { eagerClock } from '../support/eager-clock.js'
import { FakeTransport, objectHeaders, streamOf } from '../support/fake-transport.js'
import { clientOver, recorded } from '../support/recorded.js'
import { errorOf } from '../support/results.js'

const bucket = 'photos'

describe('against the local R2', () => {
  let local: LocalR2
  let folder: string
  beforeEach(async () => {
    local = await startLocalR2({ memory: true })
    folder = await mkdtemp(join(tmpdir(), 'recording-'))
  })
  afterEach(async () => {
    await local.close()
    await rm(folder, { recursive: true })
  })

  /** Everything that a program does with objects, with its results as plain data. */
  const program = async (r2: R2Client): Promise<unknown[]> => {
    const results: unknown[] = []
    const note = async (call: PromiseLike<unknown>) => {
      try {
        results.push(JSON.parse(JSON.stringify((await call) ?? null)))
      } catch (error) {
        if (!isR2Error(error)) throw error
        results.push({ code: error.code, message: error.message, status: error.status })
      }
    }
    await note(r2.buckets.create({ bucket }))
    await note(r2.objects.put({ bucket, key: 'größe/1.txt', body: 'one', metadata: { title: 'Größe' } }))
    await note(r2.objects.put({ bucket, key: 'größe/1.txt', body: 'other', ifNoneMatch: '*' }))
    await note(r2.objects.get({ bucket, key: 'größe/1.txt' }))
    await note(r2.objects.get({ bucket, key: 'absent' }))
    await note(r2.objects.head({ bucket, key: 'größe/1.txt' }))
    const bytes = new Uint8Array(6 * 1024 * 1024).map((_, index) => index % 251)
    await note(
      r2.transfers.upload(bytes, { bucket, key: 'film.mp4' }, { partSizeBytes: 5 * 1024 * 1024, thresholdBytes: 1 }),
    )
    const { body } = await r2.objects.getStream({ bucket, key: 'film.mp4', range: { offset: 3, length: 1_000_000 } })
    let size = 0
    let sum = 0
    for await (const chunk of body) {
      size += chunk.length
      for (const byte of chunk) sum += byte
    }
    results.push({ size, sum })
    const listed: string[] = []
    for await (const { key } of r2.objects.listAll({ bucket })) listed.push(key)
    results.push(listed)
    await note(r2.objects.deleteObjects({ bucket, keys: listed }))
    return results
  }

  test('a program that is replayed gets the same results, and no socket is opened', async () => {
    const recorder = new SimulationRecorder()
    const { endpoint, credentials } = local
    const real = new FetchTransport()
    const live = new R2Client({ endpoint, credentials, transport: recorder.wrap(real) })
    const results = await program(live)
    const file = join(folder, 'program.json')
    await recorder.save(file)
    await live.dispose()
    await local.close()
    const replayer = await SimulationReplayer.load(file)
    const r2 = new R2Client({ endpoint, credentials, transport: new ReplayTransport(replayer) })
    expect(await program(r2)).toEqual(results)
    replayer.assertAllUsed()
  })

  test('no secret, signature or session token is in a recording, nor its base64 or hex form', async () => {
    const recorder = new SimulationRecorder()
    const real = new FetchTransport()
    const secretAccessKey = 'M4rk3dS3cr3tM4rk3dS3cr3tM4rk3dS3cr3t0000'
    const sessionToken = 'M4rk3dT0ken/M4rk3dT0ken+M4rk3dT0ken=='
    const credentials = { accessKeyId: 'M4rk3dAcc3ssK3y00000', secretAccessKey, sessionToken }
    const customerKey = new Uint8Array(32).fill(0xa7)
    const r2 = new R2Client({ endpoint: local.endpoint, credentials, transport: recorder.wrap(real) })
    await errorOf(r2.buckets.create({ bucket }))
    await errorOf(r2.objects.put({ bucket, key: 'a', body: 'x', ssec: { key: customerKey } }))
    await errorOf(r2.objects.get({ bucket, key: 'a', ssec: { key: customerKey } }))
    const file = join(folder, 'secrets.json')
    await recorder.save(file)
    await r2.dispose()
    const text = await readFile(file, 'utf8')
    expect(recorder.export().exchanges).toHaveLength(3)
    for (const secret of [secretAccessKey, sessionToken, credentials.accessKeyId, Buffer.from(customerKey)]) {
      const bytes = Buffer.from(secret as string)
      for (const form of [bytes.toString('latin1'), bytes.toString('base64'), bytes.toString('hex')])
        expect(text).not.toContain(form)
    }
    expect(text).not.toMatch(/authorization|signature=|credential=|security-token/i)
  })

  test('the builder records and replays objects with customer keys, and the keys are in no form in the file', async () => {
    const { endpoint, credentials } = local
    const builder = () =>
      new R2ClientBuilder().endpoint(endpoint).credentials(credentials.accessKeyId, credentials.secretAccessKey)
    const ssec = { key: new Uint8Array(32).fill(0xa7) }
    const work = async (r2: R2Client) => {
      await r2.buckets.create({ bucket })
      await r2.objects.put({ bucket, key: 'a', body: 'sealed', ssec })
      const found = await r2.objects.get({ bucket, key: 'a', ssec })
      await r2.objects.copy({ bucket, key: 'b', source: { bucket, key: 'a' }, sourceSsec: ssec, ssec })
      return [found.text(), found.ssecKeyMd5, (await errorOf(r2.objects.get({ bucket, key: 'a' }))).s3Code]
    }
    const recorder = new SimulationRecorder()
    await using live = builder().withRecorder(recorder).build()
    const results = await work(live)
    expect(results[0]).toBe('sealed')
    const file = join(folder, 'sealed.json')
    await recorder.save(file)
    const text = await readFile(file, 'utf8')
    const key = Buffer.from(ssec.key)
    for (const secret of [key, createHash('md5').update(key).digest()])
      for (const form of ['base64', 'hex', 'latin1'] as const) expect(text).not.toContain(secret.toString(form))
    await local.close()
    const replayer = await SimulationReplayer.load(file)
    await using replaying = builder().withReplayTransport(new ReplayTransport(replayer)).build()
    expect(await work(replaying)).toEqual(results)
    replayer.assertAllUsed()
  })
})

describe('a replay', () => {
  const objects = new FakeTransport(({ path }) => ({
    headers: objectHeaders(3),
    body: path.endsWith('/a') ? 'aaa' : 'bbb',
  }))
  const getBoth = async (r2: R2Client) => [
    (await r2.objects.get({ bucket, key: 'a' })).text(),
    (await r2.objects.get({ bucket, key: 'b' })).text(),
  ]

  test('keeps bodies once, by their digest, as text where they are text', async () => {
    const { recorder } = await recorded(objects, async (r2) => [await getBoth(r2), await getBoth(r2)])
    const { exchanges, bodies } = recorder.export()
    expect(exchanges).toHaveLength(4)
    expect(Object.values(bodies)).toEqual(expect.arrayContaining([{ text: 'aaa' }, { text: 'bbb' }]))
    expect(Object.values(bodies)).toHaveLength(2)
  })

  test('an unmatched request fails with the nearest recorded one and what differs', async () => {
    const { r2 } = await recorded(objects, getBoth, { replay: { order: 'any' } })
    const failure = await errorOf(r2.objects.get({ bucket, key: 'a', range: { offset: 1 } }))
    expect(failure).toMatchObject({ code: 'ReplayMismatch', retryable: false })
    expect(failure.message).toContain('the nearest is number 1: range was absent and is "bytes=1-"')
  })

  test.each<[order: NonNullable<ReplayOptions['order']>, isPlayed: boolean]>([
    ['strict', false],
    ['per-key', true],
    ['any', true],
  ])('in the order %s, requests for different keys may change places: %s', async (order, isPlayed) => {
    const { r2 } = await recorded(objects, getBoth, { replay: { order } })
    const outcome = r2.objects.get({ bucket, key: 'b' }).then(
      ({ text }) => text(),
      (error: unknown) => error,
    )
    if (isPlayed) expect(await outcome).toBe('bbb')
    else
      expect(await outcome).toMatchObject({
        code: 'ReplayMismatch',
        message: expect.stringContaining('the next recorded request is GetObject photos/a'),
      })
  })

  test('names the requests that were not sent', async () => {
    const { r2, replayer } = await recorded(objects, getBoth)
    await r2.objects.get({ bucket, key: 'b' })
    expect(replayer.unused.map(({ number }) => number)).toEqual([1])
    expect(() => replayer.assertAllUsed()).toThrow('1 recorded request was not sent, the first: GetObject photos/a')
  })

  test('repeats errors of the transport, and the attempts that followed them', async () => {
    const clock = eagerClock()
    const faults = new FaultInjectionTransport(objects, {
      rules: [{ kind: 'reset-before-request', attempt: 1 }],
      clock,
    })
    const recorder = new SimulationRecorder({ clock })
    await getBoth(clientOver(recorder.wrap(faults), { clock }))
    const outcomes = recorder
      .export()
      .exchanges.map(({ outcome }) => ('error' in outcome ? outcome.error.code : outcome.status))
    expect(outcomes).toEqual(['ConnectionReset', 200, 'ConnectionReset', 200])
    const replayer = new SimulationReplayer(recorder.export(), { clock })
    expect(await getBoth(clientOver(new ReplayTransport(replayer), { clock }))).toEqual(['aaa', 'bbb'])
    replayer.assertAllUsed()
  })

  test('repeats the chunks of a stream, and how it broke', async () => {
    const broken = new FakeTransport(() => ({
      headers: objectHeaders(12),
      body: streamOf('first', 'second', new R2Error('StreamInterrupted', 'cut')),
    }))
    const read = async (r2: R2Client) => {
      const { body } = await r2.objects.getStream({ bucket, key: 'a' }, { resume: false })
      const chunks: string[] = []
      const failure = await errorOf(
        (async () => {
          for await (const chunk of body) chunks.push(new TextDecoder().decode(chunk))
        })(),
      )
      return [chunks, failure.message]
    }
    const seen: unknown[] = []
    const { r2 } = await recorded(broken, async (live) => seen.push(await read(live)))
    expect(await read(r2)).toEqual([['first', 'second'], 'cut'])
  })

  test.each<[timing: NonNullable<ReplayOptions['timing']>, tookMs: number]>([
    ['none', 0],
    ['real', 400],
    [0.25, 100],
  ])('with the timing %s a response of 400 ms takes %i ms', async (timing, tookMs) => {
    const clock = eagerClock()
    const slow = new FaultInjectionTransport(objects, { rules: [{ kind: 'latency', latencyMs: 400 }], clock })
    const recorder = new SimulationRecorder({ clock })
    await clientOver(recorder.wrap(slow), { clock }).objects.get({ bucket, key: 'a' })
    const replayer = new SimulationReplayer(recorder.export(), { clock, timing })
    const startMs = clock.monotonicMs()
    await clientOver(new ReplayTransport(replayer), { clock }).objects.get({ bucket, key: 'a' })
    expect(clock.monotonicMs() - startMs).toBe(tookMs)
  })

  test.each([
    ['no JSON', '{'],
    ['another document', '{"format":"har"}'],
    ['a later version', '{"format":"r2kit-recording","version":2}'],
    ['no exchanges', '{"format":"r2kit-recording","version":1}'],
  ])('%s is refused as a recording', (_, text) => {
    expect(() => new SimulationReplayer(text)).toThrow(/the recording/)
  })
})
