import type { Clock } from '../../base/clock.js'
import type { TransferContext, UploadInput, UploadOptions, UploadResult, UploadSource } from '../../transfers/index.js'
import type { UploadAddress } from '../fields/upload-address.js'
import type { Multipart } from '../multipart/multipart-api.js'
import type { Objects } from '../objects/objects-api.js'
import type { TransferSettings } from './settings.js'
import { Transfer, TransferControl, type TransferOptions } from './transfer.js'
import { UploadGuard } from './upload-guard.js'

type Engine = typeof import('../../transfers/index.js')

interface LoadedEngine {
  readonly engine: Engine
  readonly context: TransferContext
}

/** What transfers need of the client they belong to. */
interface Client {
  readonly objects: Objects
  readonly multipart: Multipart
  readonly endpoint: string
  readonly clock: Clock
  readonly random: () => number
}

/**
 * `r2.transfers`: objects of any size, verified, in bounded memory, going on where they were interrupted. The engine is
 * loaded by the first transfer, so that clients without one stay small.
 */
export class Transfers {
  readonly #client: Client
  readonly #settings: TransferSettings | undefined
  #loaded: Promise<LoadedEngine> | undefined

  constructor(client: Client, settings?: TransferSettings) {
    this.#client = client
    this.#settings = settings
  }

  /**
   * Uploads bytes, a Blob, a file, a stream or an iterable, of known or unknown length: in one request below the threshold,
   * in parallel parts above. Verified end to end, or it fails and leaves nothing behind.
   *
   * @example const { etag } = await r2.transfers.upload({ path: './film.mp4' }, { bucket, key: 'film.mp4' })
   */
  upload(source: UploadSource, input: UploadInput, options: UploadOptions = {}): Transfer<UploadResult> {
    return this.#start(options, ({ engine, context }, control) =>
      engine.upload(context, control, source, input, options),
    )
  }

  /** Watches over an upload in parts that you drive by hand: see `UploadGuard`. */
  guardUpload(upload: UploadAddress): UploadGuard {
    return new UploadGuard(async () => {
      const { engine, context } = await this.#load()
      await engine.cleanUpUpload(context, upload)
    })
  }

  #start<T>(
    options: TransferOptions,
    run: (loaded: LoadedEngine, control: TransferControl) => Promise<T>,
  ): Transfer<T> {
    const control = new TransferControl(this.#client.clock, options)
    return new Transfer(control, async () => run(await this.#load(), control))
  }

  #load(): Promise<LoadedEngine> {
    this.#loaded ??= import('../../transfers/index.js').then((engine) => ({
      engine,
      context: engine.createTransferContext(this.#client, this.#settings),
    }))
    return this.#loaded
  }
}
