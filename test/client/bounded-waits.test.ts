/** Every wait is bounded, and its error names the operation that did not finish. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type R2Client, R2Error } from 'r2kit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { abortError } from '../../packages/r2kit/src/errors/index.js'
import { fakeClient, objectHeaders, type Script } from '../support/fake-transport.js'
import type { Fault, SeenRequest } from '../support/faulty-transport.js'
import { errorOf } from '../support/results.js'
import { runScript } from '../support/run-script.js'
import { bucket, uploadHarness } from '../support/upload-harness.js'
import { VirtualClock } from '../support/virtual-clock.js'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'r2kit-waits-'))
  await writeFile(join(folder, 'file'), 'three')
})
afterAll(() => rm(folder, { recursive: true }))

const object = { bucket, key: 'key' }
const startMs = new VirtualClock().now()

const transfers: Record<
  string,
  (r2: R2Client, options?: { timeoutMs?: number; signal?: AbortSignal }) => Promise<unknown>
> = {
  'an upload of bytes': async (r2, options) => r2.transfers.upload(new Uint8Array(3), object, options),
  'an upload in parts': async (r2, options) =>
    r2.transfers.upload(new Uint8Array(3), object, { ...options, thresholdBytes: 1 }),
  'an upload of a stream': async (r2, options) => r2.transfers.upload(new Blob(['three']).stream(), object, options),
  'an upload of a file': async (r2, options) => r2.transfers.upload({ path: join(folder, 'file') }, object, options),
  'an upload of a folder': async (r2, options) =>
    r2.transfers.uploadDirectory(folder, { bucket, prefix: 'p' }, options),
  'a download to bytes': async (r2, options) => r2.transfers.download(object, 'bytes', options),
  'a download to a stream': async (r2, options) =>
    new Response(r2.transfers.download(object, 'stream', options).body).text(),
  'a download to a file': async (r2, options) =>
    r2.transfers.download(object, { path: join(folder, 'target') }, options),
  'a download of a folder': async (r2, options) =>
    r2.transfers.downloadDirectory({ bucket, prefix: 'p' }, join(folder, 'out'), options),
}

describe('unreachable servers', () => {
  test.each(Object.entries(transfers))(
    '%s of an unreachable server fails after `retry.maxAttempts`',
    async (_, call) => {
      for (const maxAttempts of [1, 3]) {
        const attempts = new Map<string, number>()
        const { r2, clock } = fakeClient(
          ({ method, path, query }) => {
            const request = `${method} ${path}?${query}`
            attempts.set(request, (attempts.get(request) ?? 0) + 1)
            return new R2Error('ConnectionFailed', 'getaddrinfo ENOTFOUND')
          },
          { retry: { maxAttempts } },
        )
        const error = await runWithFiles(clock, errorOf(call(r2)))
        expect(error).toMatchObject({ code: 'ConnectionFailed' })
        expect(Math.max(...attempts.values())).toBe(maxAttempts)
      }
    },
  )
})

/** As `clock.run`, for work that also waits for files: advances the clock until the work is done. */
const runWithFiles = async <T>(clock: VirtualClock, work: Promise<T>): Promise<T> => {
  let isOver = false
  const done = work.finally(() => {
    isOver = true
  })
  while (!isOver) {
    await clock.advance(clock.nextTimerInMs ?? 0)
    await new Promise((resolve) => setImmediate(resolve))
  }
  return done
}

describe('unresponsive servers', () => {
  const silentUntilAborted = ({ request: { signal } }: SeenRequest): Promise<Fault> =>
    new Promise((_, reject) => {
      signal?.addEventListener('abort', () => reject(abortError(signal)))
    })
  const silent: Script = ({ signal }) =>
    silentUntilAborted({ request: { signal } } as SeenRequest).then(() => undefined)

  test.each(Object.entries(transfers))(
    '%s fails with Timeout after timeoutMs if the server does not respond',
    async (_, call) => {
      await using harness = await uploadHarness()
      harness.transport.faultOf = silentUntilAborted
      const error = await errorOf(call(harness.r2, { timeoutMs: 50 }))
      expect(error).toMatchObject({ code: 'Timeout', message: expect.stringContaining('timeoutMs of 50') })
    },
  )

  test.each(Object.entries(transfers))('%s fails with Timeout after AbortSignal.timeout()', async (_, call) => {
    await using harness = await uploadHarness()
    harness.transport.faultOf = silentUntilAborted
    expect(await errorOf(call(harness.r2, { signal: AbortSignal.timeout(50) }))).toMatchObject({
      code: 'Timeout',
    })
  })

  test('a GET fails with Timeout after AbortSignal.timeout()', async () => {
    const { r2 } = fakeClient(silent)
    const error = await errorOf(r2.objects.get(object, { signal: AbortSignal.timeout(10) }))
    expect(error).toMatchObject({ code: 'Timeout' })
  })
})

describe('Retry-After', () => {
  const unavailableFor = (seconds: string): Script => {
    return (_, number) =>
      number === 1 ? { status: 503, headers: { 'retry-after': seconds } } : { headers: objectHeaders(2), body: 'ok' }
  }

  test('a retry waits for a Retry-After of up to a minute', async () => {
    const { r2, clock } = fakeClient(unavailableFor('7'))
    await clock.run(r2.objects.get(object))
    expect(clock.now() - startMs).toBe(7_000)
  })

  test('a Retry-After of an hour fails the call immediately, with retryAfterMs in the error', async () => {
    const { r2, clock, transport } = fakeClient(unavailableFor('3600'))
    const error = await clock.run(errorOf(r2.objects.get(object)))
    expect(error).toMatchObject({ code: 'ServiceUnavailable', retryAfterMs: 3_600_000 })
    expect(clock.now() - startMs).toBeLessThan(1_000)
    expect(transport.sent).toHaveLength(1)
  })

  test('a retry waits for a Retry-After of an hour if maxRetryAfterMs allows it', async () => {
    const { r2, clock } = fakeClient(unavailableFor('3600'), { retry: { maxRetryAfterMs: 7_200_000 } })
    await clock.run(r2.objects.get(object))
    expect(clock.now() - startMs).toBe(3_600_000)
  })

  test('a PUT waits at least a second after a 429 without Retry-After, because R2 limits writes per key and second', async () => {
    const times: number[] = []
    const { r2, clock } = fakeClient((_, number) => {
      times.push(clock.now())
      return number < 3 ? { status: 429 } : { headers: { etag: '"e"' } }
    })
    await clock.run(r2.objects.put({ ...object, body: 'x', verify: false }))
    expect(times).toHaveLength(3)
    for (const [index, time] of times.slice(1).entries())
      expect(time - (times[index] ?? 0)).toBeGreaterThanOrEqual(1_000)
  })
})

describe('repeated continuation tokens', () => {
  const page = (token: string) =>
    `<ListBucketResult><IsTruncated>true</IsTruncated><KeyCount>0</KeyCount><NextContinuationToken>${token}</NextContinuationToken></ListBucketResult>`

  test.each([1, 2, 3, 7])(
    'a list whose continuation tokens repeat in a cycle of %i fails instead of looping',
    async (length) => {
      for (const iterate of [
        (r2: R2Client) => r2.objects.listAll({ bucket }),
        (r2: R2Client) => r2.objects.listAll({ bucket }).pages(),
      ]) {
        const { r2, transport } = fakeClient((_, number) => ({ body: page(`token${number % length}`) }))
        const work = (async () => {
          for await (const _ of iterate(r2)) if (transport.sent.length > 100) throw new Error('loops')
        })()
        expect(await errorOf(work)).toMatchObject({
          code: 'InvalidResponse',
          message: expect.stringContaining('would never end'),
          bucket,
        })
        expect(transport.sent.length).toBeLessThan(50)
      }
    },
  )
})

describe('unhandled rejections', () => {
  const script = (action: string) => `
    const { R2Client } = await import('r2kit')
    const credentials = { accessKeyId: 'a'.repeat(32), secretAccessKey: 'b'.repeat(64) }
    const r2 = new R2Client({ endpoint: 'http://127.0.0.1:1', credentials })
    const object = { bucket: 'bucket', key: 'key' }
    ${action}
    console.log('alive')
  `

  test.each([
    ['an upload', 'r2.transfers.upload(new Uint8Array(3), object).abort()'],
    ['a download', "r2.transfers.download(object, 'bytes').abort()"],
    ['a download to a stream', "r2.transfers.download(object, 'stream').abort()"],
    [
      'an upload in flight',
      'const t = r2.transfers.upload(new Uint8Array(3), object); await new Promise((r) => setTimeout(r, 50)); t.abort()',
    ],
  ])('aborting %s without awaiting it does not end the process', async (_, action) => {
    expect(await runScript(script(action))).toEqual({ stdout: 'alive\n', stderr: '', exitCode: 0 })
  })
})
