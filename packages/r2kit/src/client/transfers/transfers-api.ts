import type { Clock } from '../../base/clock.js'
import { hearErrors } from '../../http/index.js'
import type {
  BytesDownloadOptions,
  BytesDownloadResult,
  DirectoryOptions,
  DirectorySummary,
  DownloadDirectoryInput,
  DownloadInput,
  DownloadResult,
  DownloadTarget,
  FileDownloadOptions,
  FileTarget,
  StreamDownloadOptions,
  TransferContext,
  UploadDirectoryInput,
  UploadDirectoryOptions,
  UploadInput,
  UploadOptions,
  UploadResult,
  UploadSource,
} from '../../transfers/index.js'
import type { UploadAddress } from '../fields/upload-address.js'
import type { Multipart } from '../multipart/multipart-api.js'
import type { Objects } from '../objects/objects-api.js'
import { dismissSource } from './dismiss-source.js'
import type { TransferSettings } from './settings.js'
import { StreamDownload } from './stream-download.js'
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
    const control = new TransferControl(this.#client.clock, options)
    hearErrors(source)
    if (control.signal.aborted) dismissSource(source)
    return new Transfer(control, async () => {
      const { engine, context } = await this.#load().catch((error: unknown) => {
        dismissSource(source)
        throw error
      })
      return engine.upload(context, control, source, input, options)
    })
  }

  /**
   * Downloads an object, or a range of it, in parallel ranges of one version: to a file that appears when it is whole and
   * verified, to a stream in order, or to bytes. A connection that breaks costs only the bytes that had not arrived; an
   * object that changes meanwhile is the error `ObjectChanged`, and no file is left.
   *
   * @example
   * await r2.transfers.download({ bucket, key: 'film.mp4' }, { path: './film.mp4' }, { onProgress })
   * const { body } = await r2.transfers.download({ bucket, key: 'index.bin' }, 'bytes')
   */
  download(input: DownloadInput, target: 'bytes', options?: BytesDownloadOptions): Transfer<BytesDownloadResult>
  download(input: DownloadInput, target: 'stream', options?: StreamDownloadOptions): StreamDownload<DownloadResult>
  download(input: DownloadInput, target: FileTarget, options?: FileDownloadOptions): Transfer<DownloadResult>
  download(
    input: DownloadInput,
    target: DownloadTarget,
    options: BytesDownloadOptions & StreamDownloadOptions & FileDownloadOptions = {},
  ): Transfer<DownloadResult> {
    if (target === 'bytes') {
      return this.#start(options, ({ engine, context }, control) =>
        engine.download.bytes(context, control, input, options),
      )
    }
    if (target === 'stream') {
      return new StreamDownload(this.#client.clock, options, async (control, outlet) => {
        const { engine, context } = await this.#load()
        return engine.download.stream(context, control, input, options, outlet)
      })
    }
    return this.#start(options, ({ engine, context }, control) =>
      engine.download.file(context, control, input, options, target),
    )
  }

  /**
   * Uploads a folder and all that it holds, in memory that does not grow with their number. A file that fails, or cannot be an
   * object, is told to `onResult` and counted, and the others go on; what would befall them all rejects.
   *
   * @example
   * const { done, failed } = await r2.transfers.uploadDirectory('./site', { bucket, prefix: 'www' }, { onResult: console.log })
   */
  uploadDirectory(
    path: string,
    input: UploadDirectoryInput,
    options: UploadDirectoryOptions = {},
  ): Transfer<DirectorySummary> {
    return this.#start(options, ({ engine, context }, control) =>
      engine.uploadDirectory(context, control, path, input, options),
    )
  }

  /**
   * Downloads all objects below a prefix into a folder, which is made, and never outside of it. A key that is no path below
   * it, or that this file system takes for the name of another, fails on its own, as every object does.
   *
   * @example await r2.transfers.downloadDirectory({ bucket, prefix: 'www' }, './site', { noClobber: true })
   */
  downloadDirectory(
    input: DownloadDirectoryInput,
    path: string,
    options: DirectoryOptions = {},
  ): Transfer<DirectorySummary> {
    return this.#start(options, ({ engine, context }, control) =>
      engine.downloadDirectory(context, control, input, path, options),
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
