import { noop } from '../base/noop.js'
import { detached } from '../client/detached.js'
import { checkUpload, type UploadAddress, uploadAddressFields } from '../client/fields/upload-address.js'
import { chunksOf } from '../http/body/chunks.js'
import { holdUntilRead, suppressUnhandledError } from '../http/body/holding.js'
import { byteSourceOf, isStream } from '../http/body/source-kind.js'
import {
  objectOf,
  refuseInput,
  required,
  sameName,
  shown,
  typeNameOf,
  type ValidationRules,
} from '../validation/index.js'
import { path } from '../validation/path-field.js'
import type { TransferClient, TransferContext } from './context.js'
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
import {
  type TransferArguments,
  type TransferOptions,
  type TransferSettings,
  transferOptionFields,
} from './handle/options.js'
import { type StreamDownload, StreamDownloadHandle, type StreamOutlet } from './handle/stream-download.js'
import { type Transfer, TransferControl, TransferHandle } from './handle/transfer.js'
import { type UploadGuard, UploadGuardHandle } from './handle/upload-guard.js'
import type { UploadInput, UploadOptions, UploadResult, UploadSource } from './upload/options.js'

type Engine = typeof import('./engine.js')

interface LoadedEngine {
  readonly engine: Engine
  readonly context: TransferContext
  readonly rules: ValidationRules
}

/** The client that transfers belong to. */
interface Client extends TransferClient {
  readonly rules: ValidationRules
}

/** Options that the handle uses before the engine is loaded; the engine checks all of them. */
const handleOptions = ['signal', 'timeoutMs', 'timeouts', 'onProgress'] as const

/**
 * `r2.transfers`: uploads and downloads of any size, verified, in bounded memory, with crash-safe resume. The engine is loaded
 * by the first transfer, so that programs without transfers stay small.
 */
export interface Transfers extends Pick<TransfersApi, keyof TransfersApi> {}

/** Implements `Transfers`. */
export class TransfersApi {
  readonly #client: Client
  readonly #settings: TransferSettings | undefined
  /** Without warnings: the operations of the client report them. */
  readonly #rules: ValidationRules
  #loaded: Promise<LoadedEngine> | undefined

  constructor(client: Client, settings?: TransferSettings) {
    const { warn: _, ...rules } = client.rules
    this.#client = client
    this.#rules = rules
    this.#settings = settings
  }

  /**
   * Uploads bytes, a Blob, a file, a stream or an iterable, of known or unknown length: in one request below
   * `thresholdBytes`, in parallel parts above. The bytes are verified end to end. An upload that fails leaves nothing behind,
   * unless `onFailure: 'keep'` asks for it.
   *
   * The source belongs to the upload: a stream is read until it ends or cancelled, whatever the outcome.
   *
   * @param source the bytes: `{ path }`, a Uint8Array, a Blob, a stream, or an iterable of Uint8Arrays
   * @param input the object to make
   * @returns the handle of the transfer, immediately; await it for the result
   * @throws R2Error as a rejection: `InvalidInput` before anything is sent; `SourceFailed`, `SourceChanged` or `SourceStalled`
   *   for a problem of the source; `PreconditionFailed`; `IntegrityMismatch`; `OutcomeUnknown`; `Aborted`; `Timeout`; any
   *   error of R2
   * @example const { etag } = await r2.transfers.upload({ path: './film.mp4' }, { bucket, key: 'film.mp4' })
   */
  upload(source: UploadSource, input: UploadInput, options: UploadOptions = {}): Transfer<UploadResult> {
    const kept = keptSource(source)
    suppressUnhandledError(kept)
    holdUntilRead(kept) // For good: the stream belongs to the upload.
    return this.#start(
      { input, options },
      ({ engine, rules }, given) => engine.readUpload(given, rules),
      ({ engine, context }, control, given) => engine.upload(context, control, kept, given.input, given.options),
      () => cancelSource(kept),
    )
  }

  /**
   * Downloads an object, or a range of it, in parallel ranges of one version. A broken connection costs only the bytes that
   * had not arrived.
   *
   * - `'bytes'`: the result has the bytes as `body`.
   * - `'stream'`: the handle has the bytes as `body`, a stream in order.
   * - `{ path }`: a file, which appears when it is whole and verified.
   *
   * @param input the object
   * @param target where the bytes go
   * @returns the handle of the transfer, immediately; await it for the result
   * @throws R2Error as a rejection: `InvalidInput` before anything is sent; `ObjectNotFound`; `ObjectChanged` for an object that
   *   was replaced meanwhile; `IntegrityMismatch`; `FileUnavailable` or `TargetExists` for the file; `ResponseTooLarge` for
   *   bytes; `Aborted`; `Timeout`; any error of R2
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
      const { clock, closed } = this.#client
      const run = async (control: TransferControl, outlet: StreamOutlet<DownloadResult>) => {
        const { engine, context, rules } = await this.#load()
        const { input, options } = engine.readDownload.stream(given.read(), rules)
        return engine.download.stream(context, control, input, options, outlet)
      }
      return new StreamDownloadHandle(clock, given.handle, run, closed)
    }
    if (target === 'bytes') {
      return this.#start(
        { input, options },
        ({ engine, rules }, given) => engine.readDownload.bytes(given, rules),
        ({ engine, context }, control, given) => engine.download.bytes(context, control, given.input, given.options),
      )
    }
    const file = taken(() => detached(target, 'target'))
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
   * Uploads a folder with everything in it, in memory that does not grow with the number of files. A file that fails, or that
   * cannot be an object, is reported to `onResult` and counted; the rest continue. Errors that affect every file reject the
   * transfer.
   *
   * @param path the folder
   * @param input the bucket, and the description of the objects
   * @returns the handle of the transfer, immediately; await it for the summary
   * @throws R2Error as a rejection: `InvalidInput` or `FileUnavailable` for the folder; wrong credentials, an absent bucket, an
   *   unreachable server; `Aborted`; `Timeout`
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
      ({ engine, rules }, given) => ({
        ...engine.readUploadDirectory(given, rules),
        path: engine.readFolderPath(path),
      }),
      ({ engine, context }, control, given) =>
        engine.uploadDirectory(context, control, given.path, given.input, given.options),
    )
  }

  /**
   * Downloads all objects below a prefix into a folder, and never outside of it. The folder is created. A key that is no path
   * below the folder, or that the file system cannot tell from another one, fails on its own; so does an object that cannot be
   * downloaded. Both are reported to `onResult`.
   *
   * @param input the bucket and the prefix
   * @param path the folder
   * @returns the handle of the transfer, immediately; await it for the summary
   * @throws R2Error as a rejection: `InvalidInput` or `FileUnavailable` for the folder; a full disk; wrong credentials, an absent
   *   bucket, an unreachable server; `Aborted`; `Timeout`
   * @example await r2.transfers.downloadDirectory({ bucket, prefix: 'www' }, './site', { noClobber: true })
   */
  downloadDirectory(
    input: DownloadDirectoryInput,
    path: string,
    options: DirectoryOptions = {},
  ): Transfer<DirectorySummary> {
    return this.#start(
      { input, options },
      ({ engine, rules }, given) => ({
        ...engine.readDownloadDirectory(given, rules),
        path: engine.readFolderPath(path),
      }),
      ({ engine, context }, control, given) =>
        engine.downloadDirectory(context, control, given.input, given.path, given.options),
    )
  }

  /**
   * Returns a guard that aborts a multipart upload when its block ends without `markCompleted`. For uploads that a program
   * drives by hand through `r2.multipart`.
   *
   * @param upload bucket, key and the `uploadId` returned by `multipart.create`
   * @throws R2Error `InvalidInput`
   * @example
   * await using guard = r2.transfers.guardUpload({ bucket, key, uploadId })
   * await r2.multipart.complete({ bucket, key, uploadId, parts })
   * guard.markCompleted()
   */
  guardUpload(upload: UploadAddress): UploadGuard {
    const address = uploadAddress.read(upload, '', refuseInput)
    checkUpload(address, this.#rules)
    return new UploadGuardHandle(async () => {
      const { engine, context } = await this.#load()
      await engine.cleanUpUpload(context, address)
    })
  }

  /**
   * @param read checks the arguments; called when the engine, which has the tables of their fields, is loaded
   * @param onRefused called when the transfer ends before `run` is called
   */
  #start<T, Input, Options extends TransferOptions, Checked>(
    given: TransferArguments<Input, Options>,
    read: (loaded: LoadedEngine, given: TransferArguments<Input, Options>) => Checked,
    run: (loaded: LoadedEngine, control: TransferControl, checked: Checked) => Promise<T>,
    onRefused: () => void = () => undefined,
  ): Transfer<T> {
    const copy = snapshot(given)
    const control = new TransferControl(this.#client.clock, copy.handle, this.#client.closed)
    if (control.signal.aborted) onRefused()
    return new TransferHandle(control, async () => {
      const prepare = async () => {
        const loaded = await this.#load()
        return { loaded, checked: read(loaded, copy.read()) }
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

/** Takes a value now, and returns it, or throws the error of taking it, later: a transfer reports all its errors as rejections. */
const taken = <T>(take: () => T): (() => T) => {
  try {
    const value = take()
    return () => value
  } catch (error) {
    return () => {
      throw error
    }
  }
}

/** Copies the arguments before the engine is loaded, and checks the options that the handle uses. */
const snapshot = <Input, Options extends TransferOptions>(
  given: TransferArguments<Input, Options>,
): { readonly handle: TransferOptions; read(): TransferArguments<Input, Options> } => {
  const handle: Record<string, unknown> = {}
  const read = taken(() => {
    const { options } = given
    // The handle reads fields of it; the engine checks which fields there are.
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

/** Copies the path of a file, which the caller may change before the engine is loaded. Other sources keep their identity. */
const keptSource = (source: UploadSource): UploadSource => {
  try {
    const found = byteSourceOf(source, 'source')
    return found?.kind === 'file' ? { path: found.path as string } : source
  } catch {
    // A getter that throws: the engine runs into it again, and its error names the source.
    return source
  }
}

/** Cancels a stream or iterable when an upload ends before the engine takes it over. */
const cancelSource = (source: unknown): void => {
  if (typeof source !== 'object' || source === null) return
  try {
    // The upload has its outcome; a source that fails to close does not change it.
    if (isStream(source)) chunksOf(source)[Symbol.asyncIterator]().return?.().catch(noop)
  } catch {
    // Locked by another reader, which owns it; or a getter throws, which the upload reports.
  }
}

const fileTargetField = objectOf<FileTarget>('a file target', { path: required(path) })

/** A bare string could be meant as a path, but also as a misspelt `'bytes'` or `'stream'`. */
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
