import type { ChecksumAlgorithm } from '../base/checksums/index.js'
import { isR2Host } from '../base/r2-host.js'
import { type HeaderFields, headerOf } from '../http/index.js'
import type { EventStream } from '../observability/event-stream.js'
import type { IntegrityForm, IntegrityReduced } from '../observability/events.js'
import type { Integrity } from './fields/integrity.js'

export type { IntegrityForm }

/** What a client knows about a server's support of one algorithm in one form. */
export type IntegritySupport = 'unknown' | 'assumed' | 'supported' | 'unsupported'

/** A write that was guarded by less than the caller asked for. */
export type Reduction = Pick<IntegrityReduced, 'form' | 'algorithm' | 'fallback' | 'reason'>

/**
 * The default check of a client, and its knowledge of the server. The states of one algorithm in one form:
 *
 *     unknown ───── the response repeats the checksum ────▶ supported
 *        │  │                                                  ▲
 *        │  └─ the server looks like R2 (trailers) ─▶ assumed ─┤
 *        │                                                │    │
 *        └──────────── no repetition, or a refusal ───────┴────┼──▶ unsupported
 *                                                              │
 *     supported and unsupported are final ─────────────────────┘
 *
 * A client sends one-shot streams with a trailer only in `assumed` and `supported`: elsewhere they could not be sent again after a
 * refusal. In every state but `supported` it does not rely on the checksum alone.
 */
export class ClientIntegrity {
  /** The check of calls that choose none. */
  readonly default: Integrity
  readonly #events: EventStream | undefined
  readonly #learned = new Map<string, 'supported' | 'unsupported'>()
  #isR2: boolean

  /** @param host of the endpoint. R2's own hosts are known to accept trailers. */
  constructor(integrity: Integrity, host: string, events: EventStream | undefined) {
    this.default = integrity
    this.#isR2 = isR2Host(host)
    this.#events = events
  }

  /** Returns how well the server is known to support a checksum in a form. */
  support(form: IntegrityForm, algorithm: ChecksumAlgorithm): IntegritySupport {
    const learned = this.#learned.get(`${form} ${algorithm}`)
    return learned ?? (form === 'trailer' && this.#isR2 ? 'assumed' : 'unknown')
  }

  /** The server has repeated a checksum that was sent in this form. */
  confirm(form: IntegrityForm, algorithm: ChecksumAlgorithm): void {
    this.#learn(form, algorithm, 'supported')
  }

  /** The server has refused or ignored a checksum that was sent in this form. Has no effect after a confirmation. */
  refute(form: IntegrityForm, algorithm: ChecksumAlgorithm): void {
    this.#learn(form, algorithm, 'unsupported')
  }

  /** Learns from the headers of a successful response whether the server is R2, behind whatever host. */
  recognise(headers: HeaderFields): void {
    if (this.#isR2 || headerOf(headers, 'cf-ray') === undefined) return
    this.#isR2 = headerOf(headers, 'server') === 'cloudflare'
  }

  /** Reports a write that was guarded by less than the caller asked for, the first time for its form, algorithm and fallback. */
  report({ form, algorithm, fallback, reason }: Reduction): void {
    const events = this.#events
    events?.emitOnce(`${form} ${algorithm} ${fallback}`, {
      type: 'integrity.reduced',
      clientId: events.id,
      form,
      algorithm,
      fallback,
      reason,
    })
  }

  #learn(form: IntegrityForm, algorithm: ChecksumAlgorithm, state: 'supported' | 'unsupported'): void {
    const key = `${form} ${algorithm}`
    if (!this.#learned.has(key)) this.#learned.set(key, state)
  }
}
