/** One dead source cannot stop the other transfers of its client. */
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
const startWorld = (memoryBudgetBytes = 3 * partSizeBytes) => {
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

/** Gives so many bytes, a few at a time, and then nothing any more; it is not over. */
const deadAfter = (length: number): AsyncIterable<Uint8Array> => {
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

test('sources that never give anything hold nothing: beside ten of them an upload finishes in no time', async () => {
  const { server, clock, context, start } = startWorld()
  const dead = Array.from({ length: 10 }, (_, index) => start(deadAfter(0), `dead-${index}`))
  await flushEventLoop()
  expect(context.budget.usedBytes).toBe(0)
  expect((await start(good(), 'good').ended).size).toBe(35)
  expect(clock.monotonicMs()).toBe(0)
  expect(server.objects.get('good')?.bytes.equals(bytesOf(35))).toBe(true)
  await clock.advance(sourceTimeoutMs)
  for (const { failure } of dead) expect(await failure).toMatchObject({ code: 'SourceStalled' })
})

test('sources that die in the middle of a part fail in time, and beside ten of them an upload finishes', async () => {
  const { server, clock, context, start } = startWorld()
  const dead = Array.from({ length: 10 }, (_, index) => start(deadAfter(15), `dead-${index}`))
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

test('live sources that fell silent in the middle of a part stand in nobody’s way, however many', async () => {
  const { clock, context, start } = startWorld()
  const live = Array.from({ length: 10 }, (_, index) =>
    start(deadAfter(5), `live-${index}`, { sourceTimeoutMs: Number.POSITIVE_INFINITY }),
  )
  await flushEventLoop()
  expect(context.budget.usedBytes).toBe(3 * partSizeBytes) // they stand in each other's way: memory is what was set
  expect((await start(good(), 'good').ended).size).toBe(35)
  expect(clock.monotonicMs()).toBe(0)
  for (const { control } of live) control.abort()
  for (const { failure } of live) expect(await clock.run(failure)).toMatchObject({ code: 'Aborted' })
  expect(context.budget.usedBytes).toBe(0)
})

test('nothing is asked of a source while there is no room for what it gives', async () => {
  const { context, start } = startWorld()
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

test('whatever mixture of sources dies wherever, all that are alive arrive', async () => {
  const source = fc.record({
    kind: fc.constantFrom('good' as const, 'dead' as const, 'live' as const),
    length: fc.integer({ min: 0, max: 35 }),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(source, { maxLength: 12 }), fc.integer({ min: 1, max: 4 }), async (sources, parts) => {
      const { server, clock, context, start } = startWorld(parts * partSizeBytes)
      const started = sources.map(({ kind, length }, index) => ({
        kind,
        length,
        key: `${index}`,
        ...(kind === 'good'
          ? start(good(length), `${index}`)
          : start(deadAfter(length), `${index}`, kind === 'live' ? { sourceTimeoutMs: Number.POSITIVE_INFINITY } : {})),
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
