/** A download whose bytes flow to a reader: the handle, and the engine's end of its stream. */
import type { Clock } from '../../base/clock.js'
import { abortError } from '../../errors/index.js'
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
  /** The bytes, in order, once. Errors where the object cannot be had whole: also at its end, when it is not what R2 says it is. */
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

/** Hands chunks to the reader of a stream, one when it asks for one. */
export class StreamOutlet<Opened = unknown> {
  readonly body: ReadableStream<Uint8Array>
  readonly opened: Promise<Opened>
  readonly #signal: AbortSignal
  #resolveOpened: (opened: Opened) => void = ignore
  #rejectOpened: (error: unknown) => void = ignore
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined
  #isAsked = false
  #wake: (() => void) | undefined

  constructor(control: TransferControl) {
    this.#signal = control.signal
    this.#signal.addEventListener('abort', () => this.#wake?.(), { once: true })
    this.opened = new Promise((resolve, reject) => {
      this.#resolveOpened = resolve
      this.#rejectOpened = reject
    })
    this.body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller
        },
        pull: () => {
          this.#isAsked = true
          this.#wake?.()
        },
        cancel: (reason) => control.abort(reason),
      },
      // No buffer of its own: what waits is counted by the engine.
      { highWaterMark: 0 },
    )
  }

  /** Tells what the object is. */
  open(opened: Opened): void {
    this.#resolveOpened(opened)
  }

  /** Resolves when the reader has taken the chunk. */
  async write(chunk: Uint8Array): Promise<void> {
    if (!this.#isAsked) await this.#asked()
    this.#isAsked = false
    this.#controller?.enqueue(chunk)
  }

  close(): void {
    this.#controller?.close()
  }

  fail(error: unknown): void {
    this.#rejectOpened(error)
    this.#controller?.error(error)
  }

  async #asked(): Promise<void> {
    if (!this.#signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
      this.#wake = undefined
    }
    if (this.#signal.aborted) throw abortError(this.#signal)
  }
}

const ignore = (): void => undefined
