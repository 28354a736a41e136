/** The last check before bytes become an object: the source is unchanged, and the caller agrees. */
import { onAbort } from '#abort'
import { abortError } from '../../errors/index.js'
import type { TransferControl } from '../handle/transfer.js'
import type { CompletingUpload, UploadOptions } from './options.js'

/** Calls `beforeComplete` once per upload, however often its last request is sent. */
export class Confirmation {
  readonly #control: TransferControl
  readonly #beforeComplete: UploadOptions['beforeComplete']
  #confirmed: Promise<void> | undefined

  constructor(control: TransferControl, { beforeComplete }: UploadOptions) {
    this.#control = control
    this.#beforeComplete = beforeComplete
  }

  /** Rejects with the caller's own error, which also ends the transfer. */
  of(upload: CompletingUpload): Promise<void> {
    this.#confirmed ??= this.#callOnce(upload)
    return this.#confirmed
  }

  async #callOnce(upload: CompletingUpload): Promise<void> {
    if (this.#beforeComplete === undefined) return
    try {
      await orAborted(this.#beforeComplete(upload), this.#control.signal)
    } catch (error) {
      this.#control.fail(error)
      throw error
    }
  }
}

/** A callback whose promise stays pending must not delay an abort. */
const orAborted = (work: unknown, signal: AbortSignal): Promise<unknown> =>
  new Promise((resolve, reject) => {
    if (signal.aborted) return reject(abortError(signal))
    const stopListening = onAbort(signal, () => reject(abortError(signal)))
    Promise.resolve(work).then(resolve, reject).finally(stopListening)
  })

/**
 * Yields the chunks of a body, and the last one only after `confirm` has resolved: until it is sent, the server stores nothing
 * and keeps the object of before.
 *
 * @param size length of all chunks in bytes, more than 0
 */
export const confirmBeforeLast = (
  chunks: AsyncIterable<Uint8Array>,
  size: number,
  confirm: () => Promise<void>,
): AsyncIterable<Uint8Array> => ({
  // Not a generator: its `return()` would wait for a pending `next()` of a source that has stalled.
  [Symbol.asyncIterator]() {
    const iterator = chunks[Symbol.asyncIterator]()
    let passed = 0
    const cancel = async () => {
      await iterator.return?.()
    }
    return {
      async next() {
        const step = await iterator.next()
        if (step.done) return step
        passed += step.value.byteLength
        if (passed >= size) {
          await confirm().catch(async (error: unknown) => {
            await cancel()
            throw error
          })
        }
        return step
      },
      async return() {
        await cancel()
        return { done: true, value: undefined }
      },
    }
  },
})
