/** The last look before bytes become an object: the source is what it was, and the caller agrees. */
import { onAbort } from '../../base/abort.js'
import { abortError } from '../../errors/index.js'
import type { TransferControl } from '../handle/transfer.js'
import type { CompletingUpload, UploadOptions } from './options.js'

/** Calls `beforeComplete` of one upload, once, however often its last request is sent. */
export class Confirmation {
  readonly #control: TransferControl
  readonly #ask: UploadOptions['beforeComplete']
  #asked: Promise<void> | undefined

  constructor(control: TransferControl, { beforeComplete }: UploadOptions) {
    this.#control = control
    this.#ask = beforeComplete
  }

  /** Rejects where the caller refuses; the transfer then fails with the caller's own error. */
  of(upload: CompletingUpload): Promise<void> {
    this.#asked ??= this.#askOnce(upload)
    return this.#asked
  }

  async #askOnce(upload: CompletingUpload): Promise<void> {
    if (this.#ask === undefined) return
    try {
      await orAborted(this.#ask(upload), this.#control.signal)
    } catch (error) {
      this.#control.fail(error)
      throw error
    }
  }
}

/** A caller that never settles must not hold up an abort. */
const orAborted = (work: unknown, signal: AbortSignal): Promise<unknown> =>
  new Promise((resolve, reject) => {
    if (signal.aborted) return reject(abortError(signal))
    const stopListening = onAbort(signal, () => reject(abortError(signal)))
    Promise.resolve(work).then(resolve, reject).finally(stopListening)
  })

/**
 * The chunks of a body whose last one waits for `confirm`: until it is sent the server stores nothing, and the object that
 * was there stays.
 *
 * @param size length of all chunks, more than 0
 */
export async function* confirmedAtLast(
  chunks: AsyncIterable<Uint8Array>,
  size: number,
  confirm: () => Promise<void>,
): AsyncGenerator<Uint8Array> {
  let passed = 0
  for await (const chunk of chunks) {
    passed += chunk.byteLength
    if (passed >= size) await confirm()
    yield chunk
  }
}
