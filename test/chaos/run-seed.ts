/**
 * One seed: actors call the client concurrently, faults meet their requests, and all time is virtual. The same seed gives the
 * same run. `oracle.ts` has the invariants that are checked at its end.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { createHash } from 'node:crypto'
import { R2Client, type TransferProgress, type Transport } from 'r2kit'
import type { TransferJournal } from 'r2kit/transfers'
import { FaultInjectionTransport } from '../../packages/r2kit/src/simulation/faults/fault-injection-transport.js'
import type { FaultRule } from '../../packages/r2kit/src/simulation/faults/fault-rule.js'
import { SimulatedR2 } from '../../packages/r2kit/src/simulation/model/simulated-r2.js'
import { seededRandom } from '../../packages/r2kit/src/simulation/seeded-random.js'
import { VirtualClock } from '../support/virtual-clock.js'
import { type CallRecord, type Intended, problemsOf, type Seen, type Witnessed } from './oracle.js'

export interface SeedResult {
  readonly problems: readonly string[]
  readonly calls: number
  readonly faults: number
  /** Virtual time of the run. */
  readonly tookMs: number
}

const bucket = 'chaos'
const keys = ['a', 'b/é', 'c d']
/** Read by verified downloads only, whose responses may be damaged in ways that nothing but a checksum notices. */
const verifiedKeys = ['verified/1', 'verified/2']
/** Read by downloads without verification, whose responses may be too short. */
const sizedKeys = ['sized/1', 'sized/2']
const partBytes = 5 * 1024 * 1024
/** Enough for two parts; every upload has its own first bytes. */
const largeBytes = partBytes + 70_000

/** Kinds that any call may meet without being deceived: every one of them can be noticed. */
const noticeable: readonly FaultRule[] = [
  { kind: 'timeout' },
  { kind: 'connection-refused' },
  { kind: 'reset-before-request' },
  { kind: 'reset-during-request' },
  { kind: 'reset-after-commit' },
  { kind: 'reset-during-response' },
  { kind: 'truncated-response' },
  { kind: 'corrupted-request' },
  { kind: 'status', status: 500 },
  { kind: 'status', status: 503 },
  { kind: 'slow-down' },
  { kind: 'slow-down', retryAfter: 2 },
  { kind: 'too-many-requests' },
  { kind: 'too-many-requests', retryAfter: 1 },
  { kind: 'error-in-200', operation: 'CompleteMultipartUpload' },
  { kind: 'error-in-200', operation: 'CopyObject' },
  { kind: 'slow-drip', bytesPerSecond: 2_000_000 },
  { kind: 'latency', latencyMs: { medianMs: 40, p99Ms: 3_000 } },
]

/** Kinds that pass for a good response. */
const deceiving: readonly FaultRule[] = [
  { kind: 'corrupted-response', operation: 'GetObject', key: 'verified/*' },
  { kind: 'truncated-response', contentLength: 'wrong', operation: 'GetObject', key: 'verified/*' },
  { kind: 'truncated-response', contentLength: 'wrong', operation: 'GetObject', key: 'sized/*' },
]

/** A single run, with everything that its actors share. */
class Run {
  readonly random: () => number
  readonly clock = new VirtualClock()
  readonly model = new SimulatedR2(this.clock, [bucket])
  readonly calls: CallRecord[] = []
  readonly changes: Witnessed[] = []
  readonly abandonedUploads = new Set<string>()
  readonly faults: FaultInjectionTransport
  readonly #current = new AsyncLocalStorage<number>()

  constructor(readonly seed: number) {
    this.random = seededRandom(seed)
    this.model.onChange = (change) => this.changes.push({ ...change, call: this.#current.getStore() })
    const rules = [...noticeable, ...deceiving]
      .filter(() => this.random() < 0.3)
      .map((rule) => ({ ...rule, rate: this.random() * 0.25 }))
    this.faults = new FaultInjectionTransport(this.model, { rules, seed, clock: this.clock })
  }

  /** Prints each request of the run, for one who looks into a seed. */
  #traced(inner: Transport): Transport {
    if (process.env.CHAOS_TRACE === undefined) return inner
    return {
      name: inner.name,
      cannotSend: (path) => inner.cannotSend?.(path),
      close: () => inner.close(),
      send: async (request) => {
        const line = `${this.clock.monotonicMs()} call ${this.#current.getStore()} ${request.method} ${request.path} ${JSON.stringify(Object.entries(request.headers).filter(([name]) => /^if-|range/.test(name)))}`
        try {
          const response = await inner.send(request)
          console.log(
            `${line} → ${response.status} at ${this.clock.monotonicMs()} ${response.headers.etag ?? ''} ${response.headers['last-modified'] ?? ''} ${response.headers.date}`,
          )
          return response
        } catch (error) {
          console.log(`${line} → ${String(error)} at ${this.clock.monotonicMs()}`)
          throw error
        }
      },
    }
  }

  client(transport: Transport = this.#traced(this.faults)): R2Client {
    return new R2Client({
      endpoint: 'https://r2.test',
      credentials: { accessKeyId: 'a'.repeat(32), secretAccessKey: 'b'.repeat(64) },
      transport,
      clock: this.clock,
      random: this.random,
    })
  }

  pick<T>(values: readonly T[]): T {
    return values[Math.floor(this.random() * values.length)] as T
  }

  /** Makes a call under its own number, and records how it ended. */
  async call<T>(
    record: Omit<CallRecord, 'id' | 'startedMs' | 'changesBefore'>,
    work: () => PromiseLike<T>,
  ): Promise<T | undefined> {
    const call: CallRecord = {
      ...record,
      id: this.calls.length + 1,
      startedMs: this.clock.monotonicMs(),
      changesBefore: this.changes.length,
    }
    this.calls.push(call)
    try {
      const value = await this.#current.run(call.id, async () => work())
      call.outcome = { value }
      return value
    } catch (error) {
      call.outcome = { error }
      return undefined
    } finally {
      call.endedMs = this.clock.monotonicMs()
      call.changesAfter = this.changes.length
    }
  }
}

/** One of a few descriptions, so that a call may repeat the bytes of another with or without its description. */
const intention = (run: Run): Intended => ({
  bytes: new TextEncoder().encode(run.pick(['one', 'two', 'three'])),
  contentType: run.pick(['text/plain', 'text/html']),
  metadata: { owner: run.pick(['ann', 'ben']) },
})

const callTimeout = (run: Run): { timeoutMs?: number } =>
  run.random() < 0.3 ? { timeoutMs: Math.floor(50 + run.random() * 20_000) } : {}

const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex')

type Action = (run: Run, r2: R2Client, key: string) => Promise<unknown>

const put: Action = (run, r2, key) => {
  const intended = intention(run)
  const options = callTimeout(run)
  const { bytes: body, ...description } = intended
  return run.call({ name: `put ${key}`, kind: 'write', key, intended, ...options }, () =>
    r2.objects.put({ bucket, key, body, ...description }, options),
  )
}

const putStream: Action = (run, r2, key) => {
  const intended = intention(run)
  const { bytes, ...description } = intended
  return run.call({ name: `put ${key} from a Blob`, kind: 'write', key, intended }, () =>
    r2.objects.put({ bucket, key, body: new Blob([bytes]), ...description }),
  )
}

const putIfAbsent: Action = (run, r2, key) => {
  const intended = intention(run)
  const options = callTimeout(run)
  const { bytes: body, ...description } = intended
  const unknownOutcome = run.pick([undefined, 'equal', 'proven'] as const)
  return run.call(
    {
      name: `put ${key} if absent (${unknownOutcome})`,
      kind: 'write',
      key,
      intended,
      isConditional: true,
      replaces: null,
      unknownOutcome,
      ...options,
    },
    () =>
      r2.objects.put(
        { bucket, key, body, ifNoneMatch: '*', ...description, ...(unknownOutcome && { unknownOutcome }) },
        options,
      ),
  )
}

const replace: Action = async (run, r2, key) => {
  const current = run.model.object(bucket, key)
  if (current === undefined) return
  // Often the same bytes with another description: the case that size and ETag cannot tell apart.
  const intended = run.random() < 0.5 ? { ...intention(run), bytes: current.bytes } : intention(run)
  const { bytes: body, ...description } = intended
  // With the same bytes the condition holds after the write as well, and the write may be sent again.
  const isConditional = body !== current.bytes && md5(body) !== current.etag
  await run.call(
    { name: `replace ${key} if unchanged`, kind: 'write', key, intended, isConditional, replaces: current.etag },
    () => r2.objects.put({ bucket, key, body, ifMatch: current.etag, ...description }),
  )
}

const copy: Action = (run, r2, key) =>
  run.call({ name: `copy to ${key}`, kind: 'write', key }, () =>
    r2.objects.copy({ bucket, key, source: { bucket, key: run.pick(keys) } }),
  )

const remove: Action = (run, r2, key) => {
  const options = callTimeout(run)
  return run.call({ name: `delete ${key}`, kind: 'delete', key, ...options }, () =>
    r2.objects.delete({ bucket, key }, options),
  )
}

const removeBatch: Action = (run, r2, key) =>
  run.call({ name: `delete ${key} in a batch`, kind: 'delete', key }, async () => {
    const { failed } = await r2.objects.deleteObjects({ bucket, keys: [key] })
    if (failed[0] !== undefined) throw failed[0].error
  })

const get: Action = (run, r2, key) => {
  const options = callTimeout(run)
  return run.call({ name: `get ${key}`, kind: 'read', key, ...options }, async (): Promise<Seen> => {
    const { body, etag, contentType, metadata } = await r2.objects.get({ bucket, key }, options)
    return { bytes: body, etag, contentType, metadata }
  })
}

const getStream: Action = (run, r2, key) =>
  run.call({ name: `stream ${key}`, kind: 'read', key }, async (): Promise<Seen> => {
    const { body, etag, contentType, metadata } = await r2.objects.getStream({ bucket, key })
    const chunks: Uint8Array[] = []
    for await (const chunk of body) chunks.push(chunk.slice())
    return { bytes: Buffer.concat(chunks), etag, contentType, metadata }
  })

const head: Action = (run, r2, key) =>
  run.call({ name: `head ${key}`, kind: 'read', key }, async (): Promise<Seen> => {
    const { etag, contentType, metadata } = await r2.objects.head({ bucket, key })
    return { etag, contentType, metadata }
  })

const list: Action = (run, r2) =>
  run.call({ name: 'list', kind: 'list', key: '' }, async () => {
    const listed: string[] = []
    for await (const { key } of r2.objects.listAll({ bucket })) listed.push(key)
    return listed
  })

/** The counter of acknowledged updates: `checkCounter` compares it with the calls. */
const counter = 'counter'
const update: Action = (run, r2) => {
  const name = `${run.calls.length + 1}`
  return run.call({ name: 'update the counter', kind: 'update', key: counter, isConditional: true }, () =>
    r2.objects.updateWithLock(
      { bucket, key: counter, change: (current) => [...(current?.text().split(',') ?? []), name].join(',') },
      { maxRetries: 20 },
    ),
  )
}

const largeTemplate = new Uint8Array(largeBytes).map((_, index) => (index * 7) % 251)
const largeOf = (run: Run): Uint8Array => {
  const bytes = largeTemplate.slice()
  bytes[0] = Math.floor(run.random() * 3)
  return bytes
}

const inParts = { thresholdBytes: 1, partSizeBytes: partBytes }

const uploadLarge: Action = (run, r2, key) => {
  const intended = { ...intention(run), bytes: largeOf(run) }
  const { bytes, ...description } = intended
  const isConditional = run.random() < 0.3
  const condition = isConditional ? ({ ifNoneMatch: '*' } as const) : {}
  return run.call({ name: `upload ${key} in parts`, kind: 'write', key, intended, isConditional }, () =>
    r2.transfers.upload(bytes, { bucket, key, ...description, ...condition }, inParts),
  )
}

/** A process that dies in the middle of an upload, and one that resumes it from the journal. */
const crashAndResume: Action = async (run, _, key) => {
  const intended = { ...intention(run), bytes: largeOf(run) }
  const { bytes, ...description } = intended
  const journal = memoryJournal()
  let left = Math.floor(run.random() * 4)
  const dying: Transport = {
    name: 'a process that dies',
    cannotSend: () => undefined,
    send: (request) => (left-- > 0 ? run.model.send(request) : new Promise(() => undefined)),
    close: async () => undefined,
  }
  const before = new Set(run.model.uploads.keys())
  const died = new Promise<void>((resolve) => {
    const onProgress = (_progress: TransferProgress) => left <= 0 && resolve()
    const transfer = run
      .client(dying)
      .transfers.upload(bytes, { bucket, key, ...description }, { ...inParts, journal, onProgress })
    transfer.catch(() => undefined)
    run.clock.after(1_000, resolve)
  })
  await died
  await run.call({ name: `resume the upload of ${key}`, kind: 'write', key, intended }, () =>
    run.client().transfers.upload(bytes, { bucket, key, ...description }, { ...inParts, journal }),
  )
  // Where the journal did not live to know the upload, no process can find it again.
  for (const uploadId of run.model.uploads.keys()) if (!before.has(uploadId)) run.abandonedUploads.add(uploadId)
}

const memoryJournal = (): TransferJournal => {
  const files = new Map<string, Uint8Array>()
  return {
    async read(id) {
      return files.get(id)
    },
    async append(id, line) {
      files.set(id, Buffer.concat([files.get(id) ?? new Uint8Array(0), line]))
    },
    async remove(id) {
      files.delete(id)
    },
  }
}

const putVerified: Action = (run, r2) => put(run, r2, run.pick(verifiedKeys))

const download: Action = (run, r2) => {
  const key = run.pick(verifiedKeys)
  return run.call({ name: `download ${key}`, kind: 'read', key }, async (): Promise<Seen> => {
    const { body, etag, contentType, metadata } = await r2.transfers.download({ bucket, key }, 'bytes')
    return { bytes: body, etag, contentType, metadata }
  })
}

const putSized: Action = (run, r2) => put(run, r2, run.pick(sizedKeys))

const downloadUnverified: Action = (run, r2) => {
  const key = run.pick(sizedKeys)
  return run.call({ name: `download ${key} without verification`, kind: 'read', key }, async (): Promise<Seen> => {
    const { body, etag, contentType, metadata } = await r2.transfers.download({ bucket, key }, 'bytes', {
      verify: false,
    })
    return { bytes: body, etag, contentType, metadata }
  })
}

/** A stream has no digest in its headers: damage on its way is noticed only after it has been stored. */
const putBlobIfAbsent: Action = (run, r2, key) => {
  const intended = intention(run)
  const { bytes, ...description } = intended
  return run.call(
    { name: `put ${key} from a Blob if absent`, kind: 'write', key, intended, isConditional: true, replaces: null },
    () => r2.objects.put({ bucket, key, body: new Blob([bytes]), ifNoneMatch: '*', ...description }),
  )
}

const small: readonly Action[] = [
  put,
  putStream,
  putIfAbsent,
  replace,
  replace,
  copy,
  remove,
  removeBatch,
  get,
  getStream,
  head,
  list,
  update,
  putVerified,
  putSized,
  downloadUnverified,
  putBlobIfAbsent,
  download,
  download,
]
const large: readonly Action[] = [uploadLarge, uploadLarge, crashAndResume]

export const runSeed = async (seed: number): Promise<SeedResult> => {
  const run = new Run(seed)
  const unhandled: unknown[] = []
  const note = (error: unknown) => unhandled.push(error)
  process.on('unhandledRejection', note)
  const r2 = run.client()
  const hasLarge = run.random() < 0.1
  const actors = Array.from({ length: 1 + Math.floor(run.random() * 4) }, async () => {
    for (let count = 2 + Math.floor(run.random() * 6); count > 0; count--) {
      const action = hasLarge && run.random() < 0.2 ? run.pick(large) : run.pick(small)
      await action(run, r2, run.pick(keys))
    }
  })
  const problems: string[] = []
  try {
    await run.clock.run(Promise.all(actors))
    await run.clock.run(r2.dispose())
  } catch (error) {
    problems.push(`the run did not end: ${String(error)}`)
  } finally {
    process.off('unhandledRejection', note)
  }
  problems.push(...problemsOf(run.calls, run.changes, run.model, run.abandonedUploads), ...checkCounter(run))
  for (const error of unhandled) problems.push(`unhandled rejection: ${String(error)}`)
  const crashed = run.calls.some(({ name }) => name.startsWith('resume'))
  if (!crashed && run.clock.timers > 0) problems.push(`${run.clock.timers} timers were left`)
  const faults = run.faults.injected.reduce((sum, count) => sum + count, 0)
  return { problems, calls: run.calls.length, faults, tookMs: run.clock.monotonicMs() }
}

/** Every acknowledged update is in the counter once, and none twice. */
const checkCounter = (run: Run): string[] => {
  const bytes = run.model.object(bucket, counter)?.bytes
  const names = bytes === undefined ? [] : new TextDecoder().decode(bytes).split(',')
  const problems: string[] = []
  if (new Set(names).size !== names.length) problems.push(`the counter has an update twice: ${names.join(',')}`)
  for (const { id, kind, outcome } of run.calls) {
    const isAcknowledged = kind === 'update' && outcome !== undefined && 'value' in outcome
    if (isAcknowledged && !names.includes(`${id}`)) problems.push(`update ${id} was acknowledged and is lost`)
  }
  return problems
}
