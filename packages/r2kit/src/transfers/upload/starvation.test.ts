/** Stalled sources do not stop the other transfers of their client. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { flushEventLoop } from '#test/support/download-harness.js'
import { MultipartModel, randomNumbers } from '#test/support/multipart-model.js'
import { VirtualClock } from '#test/support/virtual-clock.js'
import { createTransferContext } from '../context.js'
import { TransferControl } from '../handle/transfer.js'
import type { UploadOptions, UploadSource } from './options.js'
import { upload } from './upload.js'

const partSizeBytes = 10
const sourceTimeoutMs = 60_000

/** A client with a budget of three parts, and its server. */
const startHarness = (memoryBudgetBytes = 3 * partSizeBytes) => {
  const server = new MultipartModel(randomNumbers(1), 0)
  const clock = new VirtualClock()
  const client = { ...server.connect({ isAlive: true }), clock, random: () => 0.5, endpoint: 'model' }
  const partLimits = { minPartBytes: 1, maxPartBytes: 1000, maxParts: 1000, maxObjectBytes: 10_000, stepBytes: 1 }
  const context = { ...createTransferContext(client, { memoryBudgetBytes }), partLimits }
  const start = (source: UploadSource, key: string, options: UploadOptions = {}) => {
    const control = new TransferControl(clock, options)
    const ended = upload(context, control, source, { bucket: 'b', key }, { partSizeBytes, sourceTimeoutMs, ...options })
    const failure = ended.then(
      () => undefined,
      (error: unknown) => error,
    )
    return { control, ended, failure }
  }
  return { server, clock, context, start }
}

const bytesOf = (length: number): Uint8Array => Uint8Array.from({ length }, (_, index) => index)

/** Yields `length` bytes, a few at a time, and then stalls without ending. */
const stallsAfter = (length: number): AsyncIterable<Uint8Array> => {
  let given = 0
  return {
    [Symbol.asyncIterator]: () => ({
      next: async () => {
        if (given >= length) return new Promise(() => undefined)
        const value = new Uint8Array(Math.min(3, length - given))
        given += value.byteLength
        return { done: false, value }
      },
    }),
  }
}

async function* good(length = 35): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < length; at += 4) yield bytesOf(length).subarray(at, at + 4)
}

test('sources that yield nothing reserve no memory, and do not delay another upload', async () => {
  const { server, clock, context, start } = startHarness()
  const dead = Array.from({ length: 10 }, (_, index) => start(stallsAfter(0), `dead-${index}`))
  await flushEventLoop()
  expect(context.budget.usedBytes).toBe(0)
  expect((await start(good(), 'good').ended).size).toBe(35)
  expect(clock.monotonicMs()).toBe(0)
  expect(server.objects.get('good')?.bytes.equals(bytesOf(35))).toBe(true)
  await clock.advance(sourceTimeoutMs)
  for (const { failure } of dead) expect(await failure).toMatchObject({ code: 'SourceStalled' })
})

test('sources that stall within a part fail after sourceTimeoutMs, and another upload finishes', async () => {
  const { server, clock, context, start } = startHarness()
  const dead = Array.from({ length: 10 }, (_, index) => start(stallsAfter(15), `dead-${index}`))
  await flushEventLoop()
  expect(context.budget.usedBytes).toBe(3 * partSizeBytes)
  const { ended } = start(good(), 'good')
  expect((await clock.run(ended)).size).toBe(35)
  for (const { failure } of dead) {
    expect(await clock.run(failure)).toMatchObject({ code: 'SourceStalled', field: 'source' })
  }
  expect(server.objects.get('good')?.bytes.equals(bytesOf(35))).toBe(true)
  expect(server.uploads.size).toBe(0)
  expect([context.budget.usedBytes, context.limit.inUse, clock.timers]).toEqual([0, 0, 0])
})

test('live sources that pause within a part do not delay another upload, however many they are', async () => {
  const { clock, context, start } = startHarness()
  const live = Array.from({ length: 10 }, (_, index) =>
    start(stallsAfter(5), `live-${index}`, { sourceTimeoutMs: Number.POSITIVE_INFINITY }),
  )
  await flushEventLoop()
  expect(context.budget.usedBytes).toBe(3 * partSizeBytes) // they delay each other: the budget holds
  expect((await start(good(), 'good').ended).size).toBe(35)
  expect(clock.monotonicMs()).toBe(0)
  for (const { control } of live) control.abort()
  for (const { failure } of live) expect(await clock.run(failure)).toMatchObject({ code: 'Aborted' })
  expect(context.budget.usedBytes).toBe(0)
})

test('a source is not read while the budget has no free bytes', async () => {
  const { context, start } = startHarness()
  const taken = await context.budget.reserve(3 * partSizeBytes)
  let asked = 0
  const source = {
    [Symbol.asyncIterator]: () => ({
      next: async () => {
        asked++
        return { done: true as const, value: undefined }
      },
    }),
  }
  const { ended } = start(source, 'k')
  await flushEventLoop()
  expect(asked).toBe(0)
  taken.release()
  expect((await ended).size).toBe(0)
})

test('every source that does not stall is uploaded, whatever other sources stall at any point', async () => {
  const source = fc.record({
    kind: fc.constantFrom('good' as const, 'dead' as const, 'live' as const),
    length: fc.integer({ min: 0, max: 35 }),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(source, { maxLength: 12 }), fc.integer({ min: 1, max: 4 }), async (sources, parts) => {
      const { server, clock, context, start } = startHarness(parts * partSizeBytes)
      const started = sources.map(({ kind, length }, index) => ({
        kind,
        length,
        key: `${index}`,
        ...(kind === 'good'
          ? start(good(length), `${index}`)
          : start(
              stallsAfter(length),
              `${index}`,
              kind === 'live' ? { sourceTimeoutMs: Number.POSITIVE_INFINITY } : {},
            )),
      }))
      for (const { kind, length, key, ended, failure } of started) {
        if (kind === 'good') {
          await clock.run(ended)
          expect(server.objects.get(key)?.bytes.equals(bytesOf(length))).toBe(true)
        } else if (kind === 'dead') expect(await clock.run(failure)).toMatchObject({ code: 'SourceStalled' })
      }
      for (const { control } of started) control.abort()
      for (const { failure } of started) await clock.run(failure)
      expect([context.budget.usedBytes, context.limit.inUse, clock.timers]).toEqual([0, 0, 0])
      expect(server.uploads.size).toBe(0)
    }),
    { numRuns: 30 },
  )
})
