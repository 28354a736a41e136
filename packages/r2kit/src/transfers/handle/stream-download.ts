/** A download whose bytes flow to a reader: the handle, and the engine's end of its stream. */
import { gaveAway } from '#memory'
import type { Clock } from '../../base/clock.js'
import { Transfer, TransferControl, type TransferOptions } from './transfer.js'

/**
 * A download under way whose bytes are read from `body`. Awaiting it gives the result once all bytes were delivered and
 * verified; until somebody reads, that does not happen. Cancelling the body ends the download.
 *
 * @example
 * const download = r2.transfers.download({ bucket, key }, 'stream')
 * const { contentType, size } = await download.opened
 * for await (const chunk of download.body) socket.write(chunk)
 */
export class StreamDownload<Result> extends Transfer<Result> {
  /**
   * The bytes, in order, once. Errors where the object cannot be had whole: also at its end, when it is not what R2 says it is.
   *
   * A byte stream, where the runtime has them: a reader that brings its own buffer (`getReader({ mode: 'byob' })`, WHATWG
   * Streams, section 4.5) gets its bytes there, and no memory is left to the garbage collector. Any other reader gets chunks of
   * his own, and takes about half as much CPU time again.
   */
  readonly body: ReadableStream<Uint8Array>
  /** What R2 says of the object, as soon as it has answered. */
  readonly opened: Promise<Result>

  constructor(
    clock: Clock,
    options: TransferOptions,
    run: (control: TransferControl, outlet: StreamOutlet<Result>) => Promise<Result>,
  ) {
    const control = new TransferControl(clock, options)
    const outlet = new StreamOutlet<Result>(control)
    super(control, async () => {
      try {
        return await run(control, outlet)
      } catch (error) {
        const failure = control.failure(error)
        outlet.fail(failure)
        throw failure
      }
    })
    this.body = outlet.body
    this.opened = outlet.opened
    // Who reads the body learns of a failure there; nobody has to await this as well.
    this.catch(ignore)
    this.opened.catch(ignore)
  }
}

type Controller = ReadableByteStreamController | ReadableStreamDefaultController<Uint8Array>

/** Hands bytes to the reader of a stream, as he asks for them. */
export class StreamOutlet<Opened = unknown> {
  readonly body: ReadableStream<Uint8Array>
  readonly opened: Promise<Opened>
  /** Called when the reader has begun to wait; also from within `give`. */
  onAsked: () => void = ignore
  #resolveOpened: (opened: Opened) => void = ignore
  #rejectOpened: (error: unknown) => void = ignore
  #controller: Controller | undefined
  #isAsked = false

  constructor(control: TransferControl) {
    this.opened = new Promise((resolve, reject) => {
      this.#resolveOpened = resolve
      this.#rejectOpened = reject
    })
    const source = {
      start: (controller: Controller) => {
        this.#controller = controller
      },
      pull: () => {
        this.#isAsked = true
        this.onAsked()
      },
      cancel: (reason: unknown) => control.abort(reason),
    }
    // No buffer of its own: what waits is counted by the engine.
    const strategy = { highWaterMark: 0 }
    // Safari came to byte streams late: there, no reader can bring a buffer.
    this.body =
      typeof ReadableByteStreamController === 'undefined'
        ? new ReadableStream<Uint8Array>(source, strategy)
        : new ReadableStream({ type: 'bytes', ...source }, strategy)
  }

  /** Tells what the object is. */
  open(opened: Opened): void {
    this.#resolveOpened(opened)
  }

  /** The reader waits for bytes. */
  get isAsked(): boolean {
    return this.#isAsked
  }

  /**
   * Hands on as much as the reader takes at once: what fits the buffer that he brought, or all of it in a fresh one. To be
   * called while he waits.
   *
   * @param lent at least one byte; copied when this returns
   * @returns how many bytes he has got
   */
  give(lent: Uint8Array): number {
    this.#isAsked = false
    const request = this.#byobRequest
    const view = request?.view
    if (request && view) {
      const length = Math.min(view.byteLength, lent.byteLength)
      new Uint8Array(view.buffer, view.byteOffset, length).set(lent.subarray(0, length))
      request.respond(length)
      return length
    }
    this.#controller?.enqueue(lent.slice())
    gaveAway(lent.byteLength)
    return lent.byteLength
  }

  close(): void {
    this.#controller?.close()
    // Who waits with a buffer of his own is told by this, not by closing.
    this.#byobRequest?.respond(0)
  }

  fail(error: unknown): void {
    this.#rejectOpened(error)
    this.#controller?.error(error)
  }

  /** The reader's buffer, where he waits with one. */
  get #byobRequest(): ReadableStreamBYOBRequest | undefined {
    return (this.#controller && 'byobRequest' in this.#controller && this.#controller.byobRequest) || undefined
  }
}

const ignore = (): void => undefined
