import { R2Error } from '../errors/index.js'
import type { Turns } from './body/counted-source.js'
import { PeerWatch } from './peer-watch.js'

/**
 * The time limits of an attempt with a stream in either direction. Nothing is late while `heldBy` names the caller as the slow
 * side.
 *
 * - A request that streams: `stallTimeoutMs` while the peer has bytes to take, `timeoutMs` from the last byte to the head.
 * - A response that streams: `stallTimeoutMs` for each wait, and `timeoutMs` for all of it where that covers the response.
 */
export class StreamWatch extends PeerWatch implements Turns {
  /** When a streamed response must have ended. Time in which the reader is the slow side is added. */
  #endAtMs = Number.POSITIVE_INFINITY
  #streams = false

  override begin(): void {
    if (this.request.body.kind === 'stream') this.expectPeerWithin(Number.POSITIVE_INFINITY)
    else super.begin()
  }

  /** A read of the request's source is pending. Its time does not count once the head has arrived. */
  sourceTurn(): void {
    if (this.phase === 'head') this.holdFor('source')
  }

  /** The peer has bytes of the request to take. */
  peerTurn(): void {
    if (this.phase === 'head') this.expectBytes()
  }

  /** The last byte of the request has been sent. */
  requestSent(): void {
    const { body, bounds } = this.request
    if (this.phase === 'head' && body.kind === 'stream') this.expectPeerWithin(bounds.timeoutMs)
  }

  override headArrived(): void {
    super.headArrived()
    // The response came early; the time that the source still takes does not count.
    if (this.heldBy === 'source') this.expectPeerWithin(this.request.bounds.timeoutMs)
  }

  /** The response is a success that streams. */
  streaming(): void {
    this.#streams = true
    // So far, that was the deadline of the head.
    if (this.request.bounds.timeoutCovers === 'response') this.#endAtMs = this.lateAtMs
    this.expectBytes()
  }

  /** Bytes of a streamed response have arrived, and more are expected. */
  bytesArrived(): void {
    if (this.heldBy !== undefined) this.expectBytes()
    else this.lateAtMs = this.clock.monotonicMs() + this.request.bounds.stallTimeoutMs
  }

  /** The reader of a streamed response waits for the peer. */
  expectBytes(): void {
    this.expectPeerWithin(this.request.bounds.stallTimeoutMs)
  }

  /** The caller is the slow side from now on. */
  holdFor(holder: 'reader' | 'source'): void {
    if (this.phase === 'over') return
    if (this.heldBy === undefined) this.heldSinceMs = this.clock.monotonicMs()
    this.heldBy = holder
    // A body that is never read must not keep the process alive.
    if (this.keepsAlive) this.stopTimer()
  }

  protected override expectPeerWithin(timeMs: number): void {
    if (this.heldBy !== undefined) {
      this.#endAtMs += this.clock.monotonicMs() - this.heldSinceMs
      this.heldBy = undefined
    }
    super.expectPeerWithin(timeMs)
  }

  protected override get dueAtMs(): number {
    return this.heldBy === undefined ? Math.min(this.lateAtMs, this.#endAtMs) : Number.POSITIVE_INFINITY
  }

  protected override lateness(): R2Error {
    if (!this.#streams) return super.lateness()
    const { origin, bounds } = this.request
    const what =
      this.#endAtMs <= this.lateAtMs
        ? `the response from ${origin} did not end within ${bounds.timeoutMs} ms`
        : `no byte from ${origin} for ${this.allowedMs} ms`
    return new R2Error('StreamInterrupted', what)
  }
}
