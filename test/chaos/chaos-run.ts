/** One run: records each call and each change, and gives every change the number of the call that made it. */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { R2Client } from 'r2kit'
import type { SimulatedExchange, SimulatedProcess, Simulation } from 'r2kit/testing'
import type { CallRecord, IntendedObject, RecordedChange, RecordedExchange } from './call-record.js'

export const bucket = 'chaos'

/** The process that makes a call: its client, and whether it is alive. */
export interface Caller {
  readonly r2: R2Client
  isKilled: boolean
}

/** One for all runs: every storage costs time for each promise of the process. */
const callId = new AsyncLocalStorage<number>()

export class ChaosRun {
  readonly calls: CallRecord[] = []
  readonly changes: RecordedChange[] = []
  readonly exchanges: RecordedExchange[] = []
  /** Uploads that no process can find again: the journal of the one that created them does not name them. */
  readonly abandonedUploads = new Set<string>()
  /** How writes were guarded by less than the default, as clients reported it. */
  readonly reductions: string[] = []
  /** Warnings of transfers. */
  readonly warnings: string[] = []
  /** Problems that an action finds itself. */
  readonly problems: string[] = []
  readonly main: Caller

  constructor(readonly simulation: Simulation) {
    this.main = { r2: simulation.r2, isKilled: false }
    simulation.server.onChange = (change) => this.changes.push({ ...change, call: callId.getStore() })
  }

  /** The uploads that a warning names as not aborted. */
  reportedUploads(): string[] {
    return this.warnings.flatMap(
      (warning) => /the unfinished upload (\S+) of .* could not be aborted/.exec(warning)?.[1] ?? [],
    )
  }

  /** To be called in the asynchronous context of the request. */
  noteExchange(exchange: SimulatedExchange): void {
    this.exchanges.push({ ...exchange, call: callId.getStore() })
  }

  random(): number {
    return this.simulation.random()
  }

  pick<T>(values: readonly T[]): T {
    return values[Math.floor(this.random() * values.length)] as T
  }

  /** One of a few descriptions, so that a call may repeat the bytes of another with or without its description. */
  intendedObject(bytes?: Uint8Array): IntendedObject {
    return {
      bytes: bytes ?? new TextEncoder().encode(this.pick(['one', 'two', 'three'])),
      contentType: this.pick(['text/plain', 'text/html']),
      metadata: { owner: this.pick(['ann', 'ben']) },
    }
  }

  /** Options of a call: for one in three a time limit, often too short for its retries. */
  callOptions(): { timeoutMs?: number } {
    return this.random() < 0.3 ? { timeoutMs: Math.floor(50 + this.random() * 20_000) } : {}
  }

  /** Starts a process that is killed after a few requests, or by `kill`. */
  startProcess(requests: number): { readonly caller: Caller; readonly process: SimulatedProcess } {
    const process = this.simulation.startProcess({ requests })
    const caller: Caller = { r2: process.r2, isKilled: false }
    process.killed.then(() => {
      caller.isKilled = true
    })
    return { caller, process }
  }

  /** Makes a call under its own number, and records how it ended. A call of a killed process never ends. */
  async call<T>(
    caller: Caller,
    record: Omit<CallRecord, 'id' | 'startedMs' | 'changesBefore'>,
    work: () => PromiseLike<T>,
  ): Promise<T | undefined> {
    const { clock } = this.simulation
    const call: CallRecord = {
      ...record,
      id: this.calls.length + 1,
      startedMs: clock.monotonicMs(),
      changesBefore: this.changes.length,
    }
    this.calls.push(call)
    Object.defineProperty(call, 'isKilled', { get: () => caller.isKilled && call.outcome === undefined })
    try {
      const value = await callId.run(call.id, async () => work())
      call.outcome = { value }
      return value
    } catch (error) {
      call.outcome = { error }
      return undefined
    } finally {
      call.endedMs = clock.monotonicMs()
      call.changesAfter = this.changes.length
    }
  }
}

/** An action of an actor: one or a few calls on a key. */
export type Action = (run: ChaosRun, caller: Caller, key: string) => Promise<unknown>
