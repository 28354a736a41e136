/** The body of a response between the socket, which pushes, and a reader, which pulls. */
import type { ChunkConsumer } from '../body/drain.js'
import { type StreamOwner, unwatchDropped, watchDropped } from './internals/dropped-streams.js'
import { isReusedMemory } from './internals/shared-read-buffer.js'
import { chunkDelivered } from './internals/young-objects.js'
import { ZeroCopyBody } from './zero-copy-body.js'

/** How many bytes of a response may wait for a slow reader before the socket is paused. */
const readAheadBytes = 256 * 1024

/** The socket, as its reader controls it. */
export interface FlowControl {
  /** Bytes are wanted again, after a `push` that returned false. */
  resume(): void
  /** The rest will not be read. */
  abort(reason: unknown): void
}

/** The consumer of `drain`, which gets the bytes without a stream in between. */
interface Consumer {
  readonly consume: ChunkConsumer
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

type Controller = ReadableStreamDefaultController<Uint8Array>

/**
 * The socket's side, `#flow`:
 *
 *     flowing ── read-ahead full, or consumer busy ──▶ paused ── resume ──▶ flowing
 *     flowing, paused ── close, fail ──▶ ended ── buffer empty and consumer not busy ──▶ over
 *     any ── cancelled, dropped, consumer failed ──▶ over
 *
 * `ended`: no more bytes come, and some may be buffered. `over`: the reader has the end or the error.
 *
 * The reader's side, `#reader`:
 *
 *     idle ── pull, buffer empty ──▶ asking ── chunk ──▶ idle                                   a stream
 *     idle ── consume ──▶ ready ── consumer returns a promise ──▶ busy ── it resolves ──▶ ready   a consumer
 */
export class ResponseBody implements StreamOwner {
  readonly #control: FlowControl
  #flow: 'flowing' | 'paused' | 'ended' | 'over' = 'flowing'
  #reader: 'idle' | 'asking' | 'ready' | 'busy' = 'idle'
  /** Of the stream, which only its reader holds: nothing that a socket leads to may lead to it (`StreamOwner`). */
  #controller: WeakRef<Controller> | undefined
  /** The same in `asking`: the stream's reader may be held by nothing but this read. */
  #askingController: Controller | undefined
  /** In `ready` and `busy`. */
  #consumer: Consumer | undefined
  #buffer: Uint8Array[] = []
  #bufferedBytes = 0
  /** Where the body failed, from `ended` on. */
  #failure: { readonly error: unknown } | undefined

  constructor(control: FlowControl) {
    this.#control = control
  }

  /** The stream of the body. To be called once; it is not kept here. */
  stream(): ZeroCopyBody {
    const stream = new ZeroCopyBody(
      {
        start: (controller) => {
          this.#controller = new WeakRef(controller)
        },
        pull: () => this.#pull(),
        cancel: (reason) => this.#abort(reason),
      },
      (consume) =>
        new Promise((resolve, reject) => {
          // The consumer no longer needs the stream.
          unwatchDropped(this)
          this.#consumer = { consume, resolve, reject }
          this.#reader = 'ready'
          this.#passBuffered()
          if (this.#flow === 'over') this.#endConsumer()
        }),
    )
    watchDropped(stream, this)
    return stream
  }

  /** Hands on bytes, which are copied or used when this returns. False when the socket is to pause, until `control.resume`. */
  push(bytes: Uint8Array): boolean {
    // The parser may bring no bytes where it resumes after a pause, in a body that the end of the connection ends.
    if (bytes.byteLength > 0) {
      if (this.#reader === 'ready') this.#pass(bytes)
      else this.#keep(isReusedMemory(bytes) ? new Uint8Array(bytes) : bytes)
      const isFull = this.#reader === 'busy' || this.#bufferedBytes >= readAheadBytes
      if (isFull && this.#flow === 'flowing') this.#flow = 'paused'
    }
    return this.#flow === 'flowing'
  }

  /** The body is whole. */
  close(): void {
    this.#end()
  }

  /** The body breaks off, and its buffered bytes are dropped. */
  fail(error: unknown): void {
    this.#clearBuffer()
    this.#failure = { error }
    this.#end()
  }

  dropped(): void {
    this.#abort('the stream was dropped without being read')
  }

  #abort(reason: unknown): void {
    this.#flow = 'over'
    this.#clearBuffer()
    unwatchDropped(this)
    this.#control.abort(reason)
  }

  #pull(): void {
    this.#reader = 'asking'
    this.#askingController = this.#controller?.deref()
    const chunk = this.#takeBuffered()
    if (chunk !== undefined) this.#give(chunk)
    this.#passEnd()
    if (this.#bufferedBytes <= readAheadBytes / 2) this.#resume()
  }

  /** The bytes are in memory of their own. */
  #keep(bytes: Uint8Array): void {
    if (this.#reader === 'asking') {
      this.#give(bytes)
      return
    }
    this.#buffer.push(bytes)
    this.#bufferedBytes += bytes.byteLength
  }

  /** Hands the stream the chunk that it has asked for. */
  #give(bytes: Uint8Array): void {
    const controller = this.#askingController
    this.#askingController = undefined
    this.#reader = 'idle'
    // The reader's own: it may transfer the memory to another thread.
    const isWhole = bytes.byteLength === bytes.buffer.byteLength
    controller?.enqueue(isWhole ? bytes : new Uint8Array(bytes))
    chunkDelivered(bytes.byteLength)
  }

  #takeBuffered(): Uint8Array | undefined {
    const chunk = this.#buffer.shift()
    this.#bufferedBytes -= chunk?.byteLength ?? 0
    return chunk
  }

  #passBuffered(): void {
    while (this.#reader === 'ready') {
      const chunk = this.#takeBuffered()
      if (chunk === undefined) break
      this.#pass(chunk)
    }
    this.#passEnd()
    if (this.#reader === 'ready') this.#resume()
  }

  #pass(chunk: Uint8Array): void {
    if (this.#consumer === undefined) return
    const { consume, reject } = this.#consumer
    const failed = (error: unknown) => {
      reject(error)
      this.#abort(error)
    }
    try {
      const consumed = consume(chunk)
      if (consumed === undefined) return
      this.#reader = 'busy'
      consumed.then(() => {
        this.#reader = 'ready'
        this.#passBuffered()
      }, failed)
    } catch (error) {
      failed(error)
    }
  }

  #clearBuffer(): void {
    this.#buffer = []
    this.#bufferedBytes = 0
  }

  #resume(): void {
    if (this.#flow !== 'paused') return
    this.#flow = 'flowing'
    this.#control.resume()
  }

  #end(): void {
    if (this.#flow === 'over') return
    this.#flow = 'ended'
    unwatchDropped(this)
    this.#passEnd()
  }

  /** Signals the end when nothing is buffered and no write of the consumer is pending. */
  #passEnd(): void {
    if (this.#flow !== 'ended' || this.#bufferedBytes > 0 || this.#reader === 'busy') return
    this.#flow = 'over'
    this.#endConsumer()
    const controller = this.#askingController ?? this.#controller?.deref()
    this.#askingController = undefined
    if (this.#failure === undefined) controller?.close()
    else controller?.error(this.#failure.error)
  }

  #endConsumer(): void {
    if (this.#failure === undefined) this.#consumer?.resolve()
    else this.#consumer?.reject(this.#failure.error)
  }
}
