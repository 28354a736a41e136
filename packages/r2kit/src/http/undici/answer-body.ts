/** The body of an answer between the socket, which pushes, and a reader, who pulls. */
import { LendingBody, type TakeBytes } from '../body/lending-body.js'
import { isLent } from './lent-reads.js'

/** How many bytes of an answer may wait for a slow reader before the socket is paused. */
const readAheadBytes = 256 * 1024

/** What the reader's doings mean for the socket. */
export interface Tap {
  /** Bytes are wanted again, after a `push` that was answered with false. */
  open(): void
  /** Nobody will read the rest. */
  abandon(reason: unknown): void
}

/** Who has chosen the way around the stream. */
interface Borrower {
  readonly take: TakeBytes
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

export class AnswerBody {
  readonly stream: LendingBody
  readonly #tap: Tap
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined
  #borrower: Borrower | undefined
  /** What has come before it was asked for. */
  #waiting: Uint8Array[] = []
  #waitingBytes = 0
  /** The stream has been asked for a chunk that is not there yet. */
  #isAsked = false
  /** The borrower is not done with what he got. */
  #isTaking = false
  #isPaused = false
  /** All has come, or with an error: nothing more will. */
  #end: { readonly error?: unknown } | undefined
  /** The stream has been told of the end. */
  #isOver = false

  constructor(tap: Tap) {
    this.#tap = tap
    this.stream = new LendingBody(
      {
        start: (controller) => {
          this.#controller = controller
        },
        pull: () => this.#pull(),
        cancel: (reason) => {
          // A stream that is cancelled is told of nothing more.
          this.#isOver = true
          this.#dismiss(reason)
        },
      },
      (take) =>
        new Promise((resolve, reject) => {
          this.#borrower = { take, resolve, reject }
          this.#lendWaiting()
        }),
    )
  }

  /** What is lent is valid until this returns. False when the socket is to pause, until `tap.open`. */
  push(bytes: Uint8Array): boolean {
    // The parser brings nothing, where it goes on after a pause in a body that the end of the connection ends.
    if (bytes.byteLength === 0) return !this.#isPaused
    if (this.#borrower !== undefined && !this.#isTaking) this.#lend(this.#borrower, bytes)
    else this.#keep(isLent(bytes) ? new Uint8Array(bytes) : bytes)
    this.#isPaused = this.#isTaking || this.#waitingBytes >= readAheadBytes
    return !this.#isPaused
  }

  /** All has come. */
  close(): void {
    this.#end = {}
    this.#tellEnd()
  }

  /** Nothing more will come, and what waits is not to be had any more. */
  fail(error: unknown): void {
    this.#end = { error }
    this.#forget()
    this.#tellEnd()
  }

  #pull(): void {
    const chunk = this.#shift()
    if (chunk === undefined) this.#isAsked = true
    else this.#enqueue(chunk)
    this.#tellEnd()
    if (this.#isPaused && this.#waitingBytes <= readAheadBytes / 2) this.#goOn()
  }

  /** What came with the head is no more lent: it has been copied for the parser, and a borrower would copy it again. */
  #keep(bytes: Uint8Array): void {
    if (this.#isAsked) {
      this.#enqueue(bytes)
      return
    }
    this.#waiting.push(bytes)
    this.#waitingBytes += bytes.byteLength
  }

  #enqueue(bytes: Uint8Array): void {
    this.#isAsked = false
    // The reader's own: he may hand its memory to another thread.
    const isWhole = bytes.byteLength === bytes.buffer.byteLength
    this.#controller?.enqueue(isWhole ? bytes : new Uint8Array(bytes))
  }

  #shift(): Uint8Array | undefined {
    const chunk = this.#waiting.shift()
    this.#waitingBytes -= chunk?.byteLength ?? 0
    return chunk
  }

  #lendWaiting(): void {
    while (this.#borrower !== undefined && !this.#isTaking) {
      const chunk = this.#shift()
      if (chunk === undefined) break
      this.#lend(this.#borrower, chunk)
    }
    this.#tellEnd()
    if (this.#isPaused && !this.#isTaking) this.#goOn()
  }

  #lend({ take, reject }: Borrower, lent: Uint8Array): void {
    const refuse = (error: unknown) => {
      reject(error)
      this.#dismiss(error)
    }
    try {
      const taken = take(lent)
      if (taken === undefined) return
      this.#isTaking = true
      taken.then(() => {
        this.#isTaking = false
        this.#lendWaiting()
      }, refuse)
    } catch (error) {
      this.#isTaking = true
      refuse(error)
    }
  }

  #dismiss(reason: unknown): void {
    this.#forget()
    this.#tap.abandon(reason)
  }

  #forget(): void {
    this.#waiting = []
    this.#waitingBytes = 0
  }

  #goOn(): void {
    if (this.#end !== undefined) return
    this.#isPaused = false
    this.#tap.open()
  }

  /** When nothing waits and the borrower has his hands free: he must not be left while he still writes. */
  #tellEnd(): void {
    if (this.#end === undefined || this.#waitingBytes > 0 || this.#isTaking) return
    const { error } = this.#end
    if (error === undefined) this.#borrower?.resolve()
    else this.#borrower?.reject(error)
    if (this.#isOver) return
    this.#isOver = true
    if (error === undefined) this.#controller?.close()
    else this.#controller?.error(error)
  }
}
