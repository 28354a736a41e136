import { StreamWatch } from '../stream-watch.js'
import type { ConnectionTimer } from './connection-timer.js'

/** The time limits of a request on a connection, with the connection's timer where it has one. */
export class SocketWatch extends StreamWatch {
  #timer: ConnectionTimer | undefined

  /** The attempt begins. @param timer undefined on a session of HTTP/2, where many requests run at a time */
  beginOn(timer: ConnectionTimer | undefined): void {
    this.#timer = timer
    this.begin()
  }

  protected override startTimer(nowMs: number, delayMs: number): void {
    if (this.#timer === undefined) super.startTimer(nowMs, delayMs)
    else this.#timer.set(this, nowMs, delayMs)
  }

  protected override stopTimer(): void {
    if (this.#timer === undefined) super.stopTimer()
    else this.#timer.stop(this)
  }
}
