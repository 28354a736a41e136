/**
 * Random interleavings of part success, failure, retry, pause, abort, crash and resume against a model of the server. In all of
 * them, an object that exists is its source, byte for byte, and no upload with parts is left behind.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { eagerClock } from '#test/support/eager-clock.js'
import { type ChecksumSupport, MultipartModel, randomNumbers } from '#test/support/multipart-model.js'
import { isR2Error } from '../../errors/index.js'
import { createTransferContext, type TransferContext } from '../context.js'
import { TransferControl } from '../handle/transfer.js'
import type { TransferJournal } from '../journal.js'
import { upload } from './upload.js'

interface Process {
  isAlive: boolean
}

/** Journals outlive the process. A process that has crashed writes nothing any more. */
const journalOf = (process: Process, lines: Map<string, Uint8Array>): TransferJournal => ({
  read: async (id) => lines.get(id),
  append: async (id, line) => {
    if (!process.isAlive) return new Promise(() => undefined)
    lines.set(id, Buffer.concat([lines.get(id) ?? new Uint8Array(0), line]))
  },
  remove: async (id) => {
    if (process.isAlive) lines.delete(id)
  },
})

const contextOf = (server: MultipartModel, process: Process, seed: number): TransferContext => {
  const { objects, multipart } = server.connect(process)
  const random = randomNumbers(seed)
  const client = { objects, multipart, clock: eagerClock(), random: () => random.next(), endpoint: 'model' }
  const context = createTransferContext(client, { memoryBudgetBytes: 64, maxConcurrency: 6 })
  const partLimits = { minPartBytes: 1, maxPartBytes: 1000, maxParts: 1000, maxObjectBytes: 10_000, stepBytes: 1 }
  return { ...context, partLimits }
}

const scenario = fc.record({
  seed: fc.integer(),
  size: fc.integer({ min: 0, max: 200 }),
  partSizeBytes: fc.integer({ min: 5, max: 40 }),
  faultRate: fc.constantFrom(0, 0.1, 0.5),
  source: fc.constantFrom('bytes' as const, 'stream' as const, 'failing stream' as const),
  checksums: fc.constantFrom<ChecksumSupport>('compares', 'ignores', 'refuses'),
  /** The check of each run; runs after a crash may choose another one. */
  integrity: fc.array(fc.constantFrom('crc32' as const, 'crc32c' as const, 'crc64nvme' as const, 'md5' as const), {
    minLength: 1,
    maxLength: 4,
  }),
  /** The operation at whose start each run but the last crashes. */
  crashes: fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 3 }),
  /** Whether the source changes after each crash. */
  changes: fc.boolean(),
  pauseAt: fc.option(fc.integer({ min: 1, max: 20 }), { nil: undefined }),
  abortAt: fc.option(fc.integer({ min: 1, max: 40 }), { nil: undefined }),
})

const bytesOf = (seed: number, size: number): Uint8Array => {
  const random = randomNumbers(seed)
  return Uint8Array.from({ length: size }, () => Math.floor(random.next() * 256))
}

async function* streamOf(bytes: Uint8Array, seed: number, failing: boolean): AsyncGenerator<Uint8Array> {
  const random = randomNumbers(seed)
  for (let at = 0; at < bytes.byteLength; ) {
    const length = 1 + Math.floor(random.next() * 30)
    if (failing && random.next() < 0.2) throw new Error('the source failed')
    yield bytes.subarray(at, at + length)
    at += length
  }
}

test('no interleaving makes an object that differs from its source, or leaves an upload behind', async () => {
  const outcomes = { done: 0, failed: 0, crashed: 0, resumed: 0 }
  await fc.assert(
    fc.asyncProperty(
      scenario,
      async ({
        seed,
        size,
        partSizeBytes,
        faultRate,
        source,
        checksums,
        integrity,
        crashes,
        changes,
        pauseAt,
        abortAt,
      }) => {
        const server = new MultipartModel(randomNumbers(seed), faultRate, checksums)
        const lines = new Map<string, Uint8Array>()
        const original = bytesOf(seed, size)
        const contents = [original]
        // A stream cannot be read again, so no later run can resume it.
        const runs: (number | undefined)[] = source === 'bytes' ? [...crashes, undefined] : [undefined]
        for (const [index, crashAt] of runs.entries()) {
          const process: Process = { isAlive: true }
          const control = new TransferControl(eagerClock())
          let operations = 0
          let crash = () => undefined as unknown
          const crashed = new Promise<'crashed'>((resolve) => {
            crash = () => resolve('crashed')
          })
          server.onOperation = () => {
            operations++
            if (operations === pauseAt) {
              control.pause()
              setImmediate(() => setImmediate(() => control.resume()))
            }
            if (crashAt === undefined && operations === abortAt) control.abort('the test')
            if (operations !== crashAt) return
            process.isAlive = false
            crash()
          }
          const bytes = changes && index > 0 ? bytesOf(seed + index, size) : original
          contents.push(bytes)
          const running = upload(
            contextOf(server, process, seed + index),
            control,
            source === 'bytes' ? bytes : streamOf(bytes, seed, source === 'failing stream'),
            { bucket: 'b', key: 'k', integrity: integrity[index % integrity.length] },
            { thresholdBytes: 1, partSizeBytes, journal: journalOf(process, lines) },
          ).then(
            (result) => ({ result }),
            (error: unknown) => ({ error }),
          )
          const outcome = await Promise.race([running, crashed])
          const stored = server.objects.get('k')?.bytes
          if (outcome === 'crashed') outcomes.crashed++
          else if ('result' in outcome) {
            outcomes.done++
            if (outcome.result.resumedBytes > 0) outcomes.resumed++
            expect(stored?.equals(bytes)).toBe(true)
            expect(outcome.result.size).toBe(size)
            expect(outcome.result.verifiedBy).toBeDefined()
            break
          } else {
            outcomes.failed++
            // The last request of a crashed process may arrive late, and mix with parts of the changed source. That is detected.
            const isCrossed = changes && isR2Error(outcome.error, 'InvalidPart', 'UploadNotFound')
            expect(abortAt !== undefined || source === 'failing stream' || isCrossed).toBe(true)
          }
          if (stored !== undefined) expect(contents.some((content) => stored.equals(content))).toBe(true)
        }
        // An upload without parts may be left: the response with its ID was lost.
        const left = [...server.uploads.values()].filter(({ parts }) => parts.size > 0)
        expect(left).toHaveLength(0)
      },
    ),
    {
      numRuns: 1000,
      examples: [
        // The completion of a crashed run arrived late; the next run found the object, and left its own upload behind.
        [
          {
            seed: 2113929204,
            size: 16,
            partSizeBytes: 5,
            faultRate: 0.5,
            source: 'bytes',
            checksums: 'compares',
            integrity: ['crc32'],
            crashes: [6, 6],
            changes: false,
            pauseAt: undefined,
            abortAt: undefined,
          },
        ],
      ],
    },
  )
  // A random test that never reaches its cases proves nothing.
  for (const [name, count] of Object.entries(outcomes)) expect(count, name).toBeGreaterThan(10)
})
