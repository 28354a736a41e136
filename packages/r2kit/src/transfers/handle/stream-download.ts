/** A download whose bytes flow to a reader: the caller's handle, and the engine's end of the stream. */
import { copyOf } from '../../base/bytes.js'
import type { Clock } from '../../base/clock.js'
import { noop } from '../../base/noop.js'
import type { TransferOptions } from './options.js'
import { TransferControl, TransferHandle } from './transfer.js'

/**
 * A download in flight whose bytes are read from `body`. Await it for the result when all bytes are delivered and verified;
 * until the body is read it does not resolve. Cancelling the body aborts the download.
 *
 * @example
 * const download = r2.transfers.download({ bucket, key }, 'stream')
 * const { contentType, size } = await download.opened
 * for await (const chunk of download.body) socket.write(chunk)
 */
export interface StreamDownload<Result>
  extends Pick<StreamDownloadHandle<Result>, keyof StreamDownloadHandle<Result>> {}

/** Implements `StreamDownload`. */
export class StreamDownloadHandle<Result> extends TransferHandle<Result> {
  /**
   * The bytes, in order, once. The stream errors when the object cannot be delivered whole. That includes its end: the last
   * read fails when the bytes are not those that R2 stored.
   *
   * A byte stream where the runtime has them (WHATWG Streams, section 4.5). A reader that brings its own buffer
   * (`getReader({ mode: 'byob' })`) receives the bytes there, and no memory is left to the garbage collector. Any other reader
   * receives fresh chunks, and takes about half as much CPU time again.
   */
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>
  /** The metadata of the object, as soon as R2 has responded. Rejects when the download fails before that. */
  readonly opened: Promise<Result>

  constructor(
    clock: Clock,
    options: TransferOptions,
    run: (control: TransferControl, outlet: StreamOutlet<Result>) => Promise<Result>,
    closed?: AbortSignal,
  ) {
    const control = new TransferControl(clock, options, closed)
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
    // The reader of the body receives the failure there, and need not handle it twice more.
    this.catch(noop)
    this.opened.catch(noop)
  }
}

type Controller = ReadableByteStreamController | ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>

/**
 * The engine's end of a stream. It holds no bytes: the engine gives bytes while a read is pending, and holds them back while
 * none is.
 */
export class StreamOutlet<Opened = unknown> {
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>
  readonly opened: Promise<Opened>
  /** Called when a read becomes pending; also from within `give`. */
  onRead: () => void = noop
  #resolveOpened: (opened: Opened) => void = noop
  #rejectOpened: (error: unknown) => void = noop
  #controller: Controller | undefined
  #isReadPending = false

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
        this.#isReadPending = true
        this.onRead()
      },
      cancel: (reason: unknown) => control.abort(reason),
    }
    // No queue: bytes that wait for the reader are in buffers of the memory budget.
    const strategy = { highWaterMark: 0 }
    // Older versions of Safari have no byte streams; there a reader cannot bring a buffer.
    this.body =
      typeof ReadableByteStreamController === 'undefined'
        ? new ReadableStream<Uint8Array<ArrayBuffer>>(source, strategy)
        : (new ReadableStream({ type: 'bytes', ...source }, strategy) as ReadableStream<Uint8Array<ArrayBuffer>>)
  }

  /** Resolves `opened`. */
  open(opened: Opened): void {
    this.#resolveOpened(opened)
  }

  /** Whether a read waits for bytes. */
  get isReadPending(): boolean {
    return this.#isReadPending
  }

  /**
   * Resolves the pending read: with as many bytes as fit the reader's own buffer, or with all of them in a fresh chunk.
   *
   * @param chunk at least one byte; copied before this returns, so its memory may be reused
   * @returns how many bytes were taken
   */
  give(chunk: Uint8Array): number {
    this.#isReadPending = false
    const request = this.#byobRequest
    const view = request?.view
    if (request && view) {
      const length = Math.min(view.byteLength, chunk.byteLength)
      new Uint8Array(view.buffer, view.byteOffset, length).set(chunk.subarray(0, length))
      request.respond(length)
      return length
    }
    this.#controller?.enqueue(copyOf(chunk))
    return chunk.byteLength
  }

  close(): void {
    this.#controller?.close()
    // A pending read with the reader's own buffer ends with this, not with `close`.
    this.#byobRequest?.respond(0)
  }

  fail(error: unknown): void {
    this.#rejectOpened(error)
    this.#controller?.error(error)
  }

  /** The buffer of the pending read, where the reader brought one. */
  get #byobRequest(): ReadableStreamBYOBRequest | undefined {
    return (this.#controller && 'byobRequest' in this.#controller && this.#controller.byobRequest) || undefined
  }
}
