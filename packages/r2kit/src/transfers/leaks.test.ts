/** Several transfers of one client that end in any way and order release all permits and all bytes of the budget. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { R2Error } from 'r2kit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fakeClient } from '#test/support/fake-transport.js'
import { MultipartModel, type RandomNumbers, randomNumbers } from '#test/support/multipart-model.js'
import { ObjectServer, objectOf } from '#test/support/object-server.js'
import { tickingClock } from '#test/support/ticking-clock.js'
import { createTransferContext, type TransferContext } from './context.js'
import { download } from './download/download.js'
import type { DownloadResult } from './download/options.js'
import { StreamDownloadHandle } from './handle/stream-download.js'
import { type Transfer, TransferControl, TransferHandle } from './handle/transfer.js'
import type { ObjectOperations } from './operations.js'
import { upload } from './upload/upload.js'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'r2kit-leaks-'))
})
afterAll(() => rm(folder, { recursive: true }))

const object = Uint8Array.from({ length: 500 }, (_, index) => index)
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** One client without a network. Uploads and downloads use different servers, and both fail at random. */
const startHarness = (seed: number, faultRate: number, memoryBudgetBytes: number) => {
  const random = randomNumbers(seed)
  const uploads = new MultipartModel(random, faultRate)
  const downloads = new ObjectServer(objectOf(object, 100))
  downloads.faultOf = async () => {
    if (random.next() < 0.5) await turn()
    if (random.next() >= faultRate) return undefined
    return random.next() < 0.5 ? { cutAfter: 20 } : new R2Error('ServiceUnavailable', 'busy')
  }
  const clock = tickingClock(500)
  const { r2 } = fakeClient(undefined, { transport: downloads.transport, clock, random: () => random.next() })
  const model = uploads.connect({ isAlive: true })
  const objects: ObjectOperations = {
    ...model.objects,
    getStream: (input, options) => r2.objects.getStream(input, options),
    head: (input, options) => (input.bucket === 'downloads' ? r2 : model).objects.head(input, options),
  }
  const client = { objects, multipart: model.multipart, clock, random: () => random.next(), endpoint: 'model' }
  const partLimits = { minPartBytes: 1, maxPartBytes: 1000, maxParts: 1000, maxObjectBytes: 10_000, stepBytes: 1 }
  const context: TransferContext = {
    ...createTransferContext(client, { memoryBudgetBytes, maxConcurrency: 5, noProgressTimeoutMs: 20_000 }),
    partLimits,
  }
  return { context, clock, random, uploads }
}

/** Ends normally, with an error, or never, as the random numbers decide. */
async function* source(random: RandomNumbers): AsyncGenerator<Uint8Array> {
  const end = random.next()
  for (let at = 0; at < 120; at += 15) {
    if (random.next() < 0.3) await turn()
    if (end < 0.5 && random.next() < 0.15) {
      if (end < 0.25) throw new Error('the source failed')
      await new Promise(() => undefined)
    }
    yield object.subarray(at, at + 15)
  }
}

/** Reads until the end, cancels, or stops reading. */
const read = async (body: ReadableStream<Uint8Array>, random: RandomNumbers): Promise<void> => {
  const reader = body.getReader()
  const end = random.next()
  for (;;) {
    if (random.next() < 0.3) await turn()
    if (end < 0.6 && random.next() < 0.1) {
      if (end < 0.3) await reader.cancel()
      return
    }
    if ((await reader.read()).done) return
  }
}

const kinds = ['bytes up', 'Blob up', 'stream up', 'live stream up', 'bytes down', 'stream down', 'file down'] as const

const transfer = fc.record({
  kind: fc.constantFrom(...kinds),
  /** The event of any transfer at which this one is aborted; `abortSteps` microtasks later, so also within one operation. */
  abortAtEvent: fc.option(fc.integer({ min: 0, max: 80 }), { nil: undefined }),
  abortSteps: fc.integer({ min: 0, max: 6 }),
  pauseAtEvent: fc.option(fc.integer({ min: 0, max: 40 }), { nil: undefined }),
})

test('transfers release all permits and all bytes of the budget, however they end', async () => {
  const outcomes: Record<string, number> = { failed: 0, aborted: 0, 'waiting for a permit': 0 }
  for (const kind of kinds) outcomes[`${kind}, done`] = 0
  const count = (name: string) => {
    outcomes[name] = (outcomes[name] ?? 0) + 1
  }
  await fc.assert(
    fc.asyncProperty(
      fc.array(transfer, { minLength: 1, maxLength: 6 }),
      fc.integer(),
      fc.constantFrom(0, 0.1, 0.4),
      fc.constantFrom(20, 100, 3_000_000),
      async (transfers, seed, faultRate, memoryBudgetBytes) => {
        const { context, clock, random, uploads } = startHarness(seed, faultRate, memoryBudgetBytes)
        let events = 0
        const listeners = new Set<() => void>()
        const onEvent = () => {
          events++
          for (const listen of listeners) listen()
          if (context.limit.inUse >= context.limit.limit) count('waiting for a permit')
        }
        uploads.onOperation = onEvent
        const start = (kind: (typeof kinds)[number], key: string): Transfer<unknown> => {
          const options = { thresholdBytes: 1, partSizeBytes: 20, rangeSizeBytes: 60, windowBytes: 130 }
          const target = { bucket: 'downloads', key }
          if (kind === 'stream down') {
            const running = new StreamDownloadHandle<DownloadResult>(
              clock,
              { onProgress: onEvent },
              (control, outlet) => download.stream(context, control, target, options, outlet),
            )
            read(running.body, random).catch(() => undefined)
            return running
          }
          const control = new TransferControl(clock, { onProgress: onEvent })
          return new TransferHandle<unknown>(control, () => {
            if (kind === 'file down')
              return download.file(context, control, target, options, { path: join(folder, key) })
            if (kind === 'bytes down') return download.bytes(context, control, target, options)
            const live = kind === 'live stream up' ? { sourceTimeoutMs: Number.POSITIVE_INFINITY } : {}
            const bytes = object.slice(0, 110)
            const from = kind === 'bytes up' ? bytes : kind === 'Blob up' ? new Blob([bytes]) : source(random)
            return upload(context, control, from, { bucket: 'uploads', key }, { ...options, ...live })
          })
        }
        const running = transfers.map(({ kind, abortAtEvent, abortSteps, pauseAtEvent }, index) => {
          const handle = start(kind, `${index}`)
          let isAborted = false
          const abort = () => {
            isAborted = true
            handle.abort()
          }
          const onEachEvent = () => {
            if (events === pauseAtEvent) handle.pause()
            if (pauseAtEvent !== undefined && events === pauseAtEvent + 3) handle.resume()
            if (events === abortAtEvent) afterSteps(abortSteps, abort)
          }
          listeners.add(onEachEvent)
          onEachEvent()
          const ended = handle.then(
            () => count(`${kind}, done`),
            () => count(isAborted ? 'aborted' : 'failed'),
          )
          return { kind, ended, abort, handle }
        })
        const all = Promise.all(running.map(({ ended }) => ended))
        let isOver = false
        void all.then(() => {
          isOver = true
        })
        for (let turns = 0; turns < 400 && !isOver; turns++) await turn()
        listeners.clear()
        for (const { handle } of running) handle.resume()
        // File I/O takes longer than the turns above.
        await Promise.all(running.map(({ kind, ended }) => (kind === 'file down' ? ended : undefined)))
        // Transfers that would wait indefinitely (for a reader that is gone, for a live source) are aborted.
        for (const { abort, handle } of running) if (isRunning(handle)) abort()
        await all
        expect([context.limit.inUse, context.budget.usedBytes]).toEqual([0, 0])
        expect([...uploads.uploads.values()].filter(({ parts }) => parts.size > 0)).toEqual([])
      },
    ),
    { numRuns: 300 },
  )
  // A random test that never reaches its cases proves nothing.
  for (const [name, times] of Object.entries(outcomes)) expect(times, name).toBeGreaterThan(10)
}, 60_000)

const isRunning = ({ progress }: Transfer<unknown>): boolean => progress.state !== 'done' && progress.state !== 'failed'

/** Runs `action` after a number of microtasks, before the next turn of the event loop. */
const afterSteps = (steps: number, action: () => void): void => {
  if (steps === 0) action()
  else queueMicrotask(() => afterSteps(steps - 1, action))
}
