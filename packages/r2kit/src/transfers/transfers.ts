import type { Clock } from '../base/clock.js'
import { detached } from '../client/detached.js'
import { checkUpload, type UploadAddress, uploadAddressFields } from '../client/fields/upload-address.js'
import type { Multipart } from '../client/multipart/multipart-api.js'
import type { Objects } from '../client/objects/objects-api.js'
import { byteSourceOf, suppressUnhandledError } from '../http/index.js'
import type { RetryPolicy } from '../resilience/index.js'
import {
  objectOf,
  path,
  refuseInput,
  required,
  sameName,
  shown,
  typeNameOf,
  type ValidationRules,
} from '../validation/index.js'
import type { TransferContext } from './context.js'
import type {
  DirectoryOptions,
  DirectorySummary,
  DownloadDirectoryInput,
  UploadDirectoryInput,
  UploadDirectoryOptions,
} from './directory/options.js'
import type {
  BytesDownloadOptions,
  BytesDownloadResult,
  DownloadInput,
  DownloadResult,
  DownloadTarget,
  FileDownloadOptions,
  FileTarget,
  StreamDownloadOptions,
} from './download/options.js'
import { cancelSource } from './handle/cancel-source.js'
import type { TransferSettings } from './handle/options.js'
import { StreamDownload } from './handle/stream-download.js'
import { Transfer, TransferControl, type TransferOptions, transferOptionFields } from './handle/transfer.js'
import { UploadGuard } from './handle/upload-guard.js'
import type { Given } from './read-inputs.js'
import type { UploadInput, UploadOptions, UploadResult, UploadSource } from './upload/options.js'

type Engine = typeof import('./engine.js')

interface LoadedEngine {
  readonly engine: Engine
  readonly context: TransferContext
  readonly rules: ValidationRules
}

/** What transfers need of the client they belong to. */
interface Client {
  readonly objects: Objects
  readonly multipart: Multipart
  readonly endpoint: string
  readonly clock: Clock
  readonly random: () => number
  readonly rules: ValidationRules
  readonly retry: RetryPolicy
}

/** What the handle itself uses of its options; the engine checks all of them. */
const handleOptions = ['signal', 'timeoutMs', 'onProgress'] as const

/**
 * `r2.transfers`: objects of any size, verified, in bounded memory, with crash-safe resume. The engine is loaded by the first
 * transfer, so that clients without one stay small.
 */
export class Transfers {
  readonly #client: Client
  readonly #settings: TransferSettings | undefined
  /** Without warnings: the operations that transfers are made of warn themselves. */
  readonly #rules: ValidationRules
  #loaded: Promise<LoadedEngine> | undefined

  constructor(client: Client, settings?: TransferSettings) {
    const { warn: _, ...rules } = client.rules
    this.#client = client
    this.#rules = rules
    this.#settings = settings
  }

  /**
   * Uploads bytes, a Blob, a file, a stream or an iterable, of known or unknown length: in one request below the threshold,
   * in parallel parts above. Verified end to end, or it fails and leaves nothing behind. The source belongs to the upload:
   * whatever its outcome, a stream is read to its end or cancelled.
   *
   * @example const { etag } = await r2.transfers.upload({ path: './film.mp4' }, { bucket, key: 'film.mp4' })
   */
  upload(source: UploadSource, input: UploadInput, options: UploadOptions = {}): Transfer<UploadResult> {
    const kept = keptSource(source)
    suppressUnhandledError(kept)
    return this.#start(
      { input, options },
      ({ engine, rules }, given) => engine.readUpload(given, rules),
      ({ engine, context }, control, given) => engine.upload(context, control, kept, given.input, given.options),
      () => cancelSource(kept),
    )
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
    if (target === 'stream') {
      const given = snapshot({ input, options })
      return new StreamDownload(this.#client.clock, given.handle, async (control, outlet) => {
        const { engine, context, rules } = await this.#load()
        const { input, options } = engine.readDownload.stream(given.read(), rules)
        return engine.download.stream(context, control, input, options, outlet)
      })
    }
    if (target === 'bytes') {
      return this.#start(
        { input, options },
        ({ engine, rules }, given) => engine.readDownload.bytes(given, rules),
        ({ engine, context }, control, given) => engine.download.bytes(context, control, given.input, given.options),
      )
    }
    const file = kept(() => detached(target, 'target'))
    return this.#start(
      { input, options },
      ({ engine, rules }, given) => ({
        ...engine.readDownload.file(given, rules),
        target: readTarget(file()),
      }),
      ({ engine, context }, control, given) =>
        engine.download.file(context, control, given.input, given.options, given.target),
    )
  }

  /**
   * Uploads a folder and all that it holds, in memory that does not grow with their number. A file that fails, or cannot be an
   * object, is reported to `onResult` and counted; the rest continue. Errors that affect every file reject the transfer.
   *
   * @example
   * const { done, failed } = await r2.transfers.uploadDirectory('./site', { bucket, prefix: 'www' }, { onResult: console.log })
   */
  uploadDirectory(
    path: string,
    input: UploadDirectoryInput,
    options: UploadDirectoryOptions = {},
  ): Transfer<DirectorySummary> {
    return this.#start(
      { input, options },
      ({ engine, rules }, given) => ({ ...engine.readUploadDirectory(given, rules), path: engine.readPath(path) }),
      ({ engine, context }, control, given) =>
        engine.uploadDirectory(context, control, given.path, given.input, given.options),
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
    return this.#start(
      { input, options },
      ({ engine, rules }, given) => ({ ...engine.readDownloadDirectory(given, rules), path: engine.readPath(path) }),
      ({ engine, context }, control, given) =>
        engine.downloadDirectory(context, control, given.input, given.path, given.options),
    )
  }

  /** Aborts a multipart upload that is driven by hand and was not completed: see `UploadGuard`. */
  guardUpload(upload: UploadAddress): UploadGuard {
    const address = uploadAddress.read(upload, '', refuseInput)
    checkUpload(address, this.#rules)
    return new UploadGuard(async () => {
      const { engine, context } = await this.#load()
      await engine.cleanUpUpload(context, address)
    })
  }

  /**
   * @param read checks the arguments; called when the engine, which knows their fields, has been loaded
   * @param onRefused called where the transfer ends before it has run
   */
  #start<T, Input, Options extends TransferOptions, Checked>(
    given: Given<Input, Options>,
    read: (loaded: LoadedEngine, given: Given<Input, Options>) => Checked,
    run: (loaded: LoadedEngine, control: TransferControl, checked: Checked) => Promise<T>,
    onRefused: () => void = () => undefined,
  ): Transfer<T> {
    const taken = snapshot(given)
    const control = new TransferControl(this.#client.clock, taken.handle)
    if (control.signal.aborted) onRefused()
    return new Transfer(control, async () => {
      const prepare = async () => {
        const loaded = await this.#load()
        return { loaded, checked: read(loaded, taken.read()) }
      }
      const { loaded, checked } = await prepare().catch((error: unknown) => {
        onRefused()
        throw error
      })
      return run(loaded, control, checked)
    })
  }

  #load(): Promise<LoadedEngine> {
    this.#loaded ??= import('./engine.js').then((engine) => ({
      engine,
      context: engine.createTransferContext(this.#client, this.#settings),
      rules: this.#rules,
    }))
    return this.#loaded
  }
}

/** What was taken when the transfer was called, or the error of it: the transfer reports it, as it does all of its errors. */
const kept = <T>(take: () => T): (() => T) => {
  try {
    const taken = take()
    return () => taken
  } catch (error) {
    return () => {
      throw error
    }
  }
}

/** Copies what the caller passed before the engine is loaded, and checks what the handle uses of it. */
const snapshot = <Input, Options extends TransferOptions>(
  given: Given<Input, Options>,
): { readonly handle: TransferOptions; read(): Given<Input, Options> } => {
  const handle: Record<string, unknown> = {}
  const read = kept(() => {
    const { options } = given
    // An object, so that its fields can be looked at; which ones there are is checked by the engine.
    if (typeof options !== 'object' || options === null) {
      throw refuseInput('options', `must be an object, but it is ${typeNameOf(options)}`, 'Leave it out.')
    }
    const copy = { input: detached(given.input), options: detached(options) }
    for (const name of handleOptions) {
      const value = copy.options[name]
      if (value !== undefined) handle[name] = transferOptionFields[name].read(value, name, refuseInput)
    }
    return copy
  })
  return { handle, read }
}

/** A file's path is taken down when the upload is called; other sources are what they are by their identity. */
const keptSource = (source: UploadSource): UploadSource => {
  try {
    const found = byteSourceOf(source, 'source')
    return found?.kind === 'file' ? { path: found.path as string } : source
  } catch {
    // A getter that throws: the engine meets it again, and names the source.
    return source
  }
}

const fileTargetField = objectOf<FileTarget>('a file target', { path: required(path) })

/** A bare string could be meant as a path, but would be taken for neither bytes, a stream nor a file. */
const readTarget = (target: unknown): FileTarget => {
  if (typeof target === 'object' && target !== null && 'path' in target)
    return fileTargetField.read(target, 'target', refuseInput)
  throw refuseInput('target', `must be 'bytes', 'stream' or { path }, but it is ${shown(target)}`, hintOnTarget(target))
}

const hintOnTarget = (target: unknown): string => {
  if (typeof target === 'string') {
    const meant = sameName(target, ['bytes', 'stream'])
    return meant === undefined ? `Pass { path: ${shown(target)} } for a file.` : `Pass '${meant}'.`
  }
  const isStream = typeof target === 'object' && target !== null && ('write' in target || 'getWriter' in target)
  return isStream ? "Pass 'stream', and pipe the body of the result into it." : 'Pass { path } for a file.'
}

const uploadAddress = objectOf<UploadAddress>('an upload', uploadAddressFields)
