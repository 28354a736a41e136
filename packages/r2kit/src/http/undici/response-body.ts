/** The body of a response between the socket, which pushes, and a reader, who pulls. */
import { LendingBody, type TakeBytes } from '../body/lending-body.js'
import { isLent } from './lent-reads.js'

/** How many bytes of a response may wait for a slow reader before the socket is paused. */
const readAheadBytes = 256 * 1024

/** What the reader's doings mean for the socket. */
export interface Tap {
  /** Bytes are wanted again, after a `push` that returned false. */
  open(): void
  /** The rest will not be read. */
  abandon(reason: unknown): void
}

/** The consumer of `drain`, which gets the bytes without a stream in between. */
interface Borrower {
  readonly take: TakeBytes
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

type Controller = ReadableStreamDefaultController<Uint8Array>

/**
 * A stream that is garbage gives its connection back. For this nothing that a socket leads to may lead to the stream: see
 * `ResponseBody.#asking`.
 */
const collected = new FinalizationRegistry<ResponseBody>((body) =>
  body.dismiss('the stream was dropped without being read'),
)

export class ResponseBody {
  readonly #tap: Tap
  /** Of the stream, which somebody else has to hold. */
  #controller: WeakRef<Controller> | undefined
  /** While the stream has been asked for a chunk that is not there yet: its reader may be held by nothing but this read. */
  #asking: Controller | undefined
  #borrower: Borrower | undefined
  /** What has come before it was asked for. */
  #waiting: Uint8Array[] = []
  #waitingBytes = 0
  /** The borrower is not done with what it got. */
  #isTaking = false
  #isPaused = false
  /** All has come, or with an error: nothing more will. */
  #end: { readonly error?: unknown } | undefined
  /** The stream has been closed, failed or cancelled. */
  #isOver = false

  constructor(tap: Tap) {
    this.#tap = tap
  }

  /** The stream of the body. To be called once; it is not kept here. */
  stream(): LendingBody {
    const stream = new LendingBody(
      {
        start: (controller) => {
          this.#controller = new WeakRef(controller)
        },
        pull: () => this.#pull(),
        cancel: (reason) => {
          // A stream that is cancelled must not be closed as well.
          this.#isOver = true
          this.dismiss(reason)
        },
      },
      (take) =>
        new Promise((resolve, reject) => {
          // The consumer needs the stream no more.
          collected.unregister(this)
          this.#borrower = { take, resolve, reject }
          this.#lendWaiting()
        }),
    )
    collected.register(stream, this, this)
    return stream
  }

  /** The bytes need to stay only until this returns. False when the socket is to pause, until `tap.open`. */
  push(bytes: Uint8Array): boolean {
    // The parser brings nothing where it resumes after a pause, in a body that the end of the connection ends.
    if (bytes.byteLength === 0) return !this.#isPaused
    if (this.#borrower !== undefined && !this.#isTaking) this.#lend(this.#borrower, bytes)
    else this.#keep(isLent(bytes) ? new Uint8Array(bytes) : bytes)
    this.#isPaused = this.#isTaking || this.#waitingBytes >= readAheadBytes
    return !this.#isPaused
  }

  /** All has come. */
  close(): void {
    this.#finish({})
  }

  /** Nothing more will come, and what waits is dropped. */
  fail(error: unknown): void {
    this.#forget()
    this.#finish({ error })
  }

  /** The rest will not be read. */
  dismiss(reason: unknown): void {
    this.#forget()
    this.#tap.abandon(reason)
  }

  #finish(end: { readonly error?: unknown }): void {
    collected.unregister(this)
    this.#end = end
    this.#passEnd()
  }

  #pull(): void {
    const chunk = this.#shift()
    this.#asking = this.#controller?.deref()
    if (chunk !== undefined) this.#give(chunk)
    this.#passEnd()
    if (this.#isPaused && this.#waitingBytes <= readAheadBytes / 2) this.#resume()
  }

  /** What came with the head is no more lent: it has been copied for the parser, and a borrower would copy it again. */
  #keep(bytes: Uint8Array): void {
    if (this.#asking !== undefined) {
      this.#give(bytes)
      return
    }
    this.#waiting.push(bytes)
    this.#waitingBytes += bytes.byteLength
  }

  /** Hands the stream the chunk that it has asked for. */
  #give(bytes: Uint8Array): void {
    const controller = this.#asking
    this.#asking = undefined
    // The reader's own: it may transfer the memory to another thread.
    const isWhole = bytes.byteLength === bytes.buffer.byteLength
    controller?.enqueue(isWhole ? bytes : new Uint8Array(bytes))
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
    this.#passEnd()
    if (this.#isPaused && !this.#isTaking) this.#resume()
  }

  #lend({ take, reject }: Borrower, lent: Uint8Array): void {
    const refuse = (error: unknown) => {
      reject(error)
      this.dismiss(error)
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

  #forget(): void {
    this.#waiting = []
    this.#waitingBytes = 0
  }

  #resume(): void {
    if (this.#end !== undefined) return
    this.#isPaused = false
    this.#tap.open()
  }

  /** Signals the end when nothing is buffered and no write of the consumer is pending. */
  #passEnd(): void {
    if (this.#end === undefined || this.#waitingBytes > 0 || this.#isTaking) return
    const { error } = this.#end
    if (error === undefined) this.#borrower?.resolve()
    else this.#borrower?.reject(error)
    if (this.#isOver) return
    this.#isOver = true
    const controller = this.#asking ?? this.#controller?.deref()
    this.#asking = undefined
    if (error === undefined) controller?.close()
    else controller?.error(error)
  }
}
