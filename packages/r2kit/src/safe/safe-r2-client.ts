/** The client with results in place of exceptions. Types and methods follow from the client and from one table of names. */
import type { BucketHandle, WithoutBucket } from '../bucket-handle.js'
import type { UpdateInput, UpdateOptions, UpdateOutput } from '../client/index.js'
import type { PagedList } from '../client/lists/paged-list.js'
import type { R2ClientLike } from '../r2-client.js'
import type {
  BytesDownloadOptions,
  BytesDownloadResult,
  DownloadInput,
  DownloadResult,
  FileDownloadOptions,
  FileTarget,
  StreamDownloadOptions,
} from '../transfers/download/options.js'
import type { StreamDownload } from '../transfers/handle/stream-download.js'
import type { Transfer } from '../transfers/handle/transfer.js'
import { failureOf, type Result } from './result.js'
import { type SafeList, type SafeStreamDownload, type SafeTransfer, withResults } from './safe-handles.js'
import { safeMethods } from './safe-methods.js'

type Methods = typeof safeMethods

/** The type of the member at a path. */
type At<T, Path extends readonly string[]> = Path extends readonly [infer Name, ...infer Rest extends readonly string[]]
  ? Name extends keyof T
    ? At<T[Name], Rest>
    : never
  : T

/** What a method returns, with results. */
export type WithResults<Returned> =
  Returned extends StreamDownload<infer T>
    ? SafeStreamDownload<T>
    : Returned extends Transfer<infer T>
      ? SafeTransfer<T>
      : Returned extends PagedList<infer Item, infer Page>
        ? SafeList<Item, Page>
        : Returned extends Promise<infer T>
          ? Promise<Result<T>>
          : Result<Returned>

/** A method that returns its result, and throws or rejects with no `R2Error`. */
export type SafeMethod<Method> = Method extends (...args: infer Args) => infer Returned
  ? (...args: Args) => WithResults<Returned>
  : never

/** The methods with one signature. Methods that a client does not have are left out. */
type SafeMethods<Client> = {
  readonly [Name in Exclude<keyof Methods, 'download' | 'updateWithLock'> as At<Client, Methods[Name]> extends never
    ? never
    : Name]: SafeMethod<At<Client, Methods[Name]>>
}

/** The methods with overloads or type parameters, which a mapped type would lose. */
interface SafeDownloads<Input> {
  /** See `Transfers.download`. */
  download(input: Input, target: 'bytes', options?: BytesDownloadOptions): SafeTransfer<BytesDownloadResult>
  download(input: Input, target: 'stream', options?: StreamDownloadOptions): SafeStreamDownload<DownloadResult>
  download(input: Input, target: FileTarget, options?: FileDownloadOptions): SafeTransfer<DownloadResult>
}

/** The operations of a bucket, each of which returns a result; their inputs have no `bucket`. */
export interface SafeBucket extends SafeMethods<BucketHandle>, SafeDownloads<WithoutBucket<DownloadInput>> {
  /** See `Objects.updateWithLock`. An exception in the change rejects. */
  updateWithLock<T = unknown>(
    input: WithoutBucket<UpdateInput<T>>,
    options?: UpdateOptions,
  ): Promise<Result<UpdateOutput>>
}

/**
 * The operations of a client, each of which returns a result. An `R2Error` is `{ ok: false, error }`, also `InvalidInput`: keys and
 * metadata often come from users. Everything else is thrown, because it is a bug, or an exception of your own code: of a
 * callback, an upload's source, or a layer.
 */
export interface SafeR2Client extends SafeMethods<R2ClientLike>, SafeDownloads<DownloadInput> {
  /** See `Objects.updateWithLock`. An exception in the change rejects. */
  updateWithLock<T = unknown>(input: UpdateInput<T>, options?: UpdateOptions): Promise<Result<UpdateOutput>>
  /**
   * Returns the operations that concern one bucket; their inputs have no `bucket`.
   *
   * @example
   * const result = await safe.bucket('photos').getObject({ key: 'cat.jpg' })
   */
  bucket(name: string): SafeBucket
}

/** The constructor of `SafeR2Client`. */
export interface SafeR2ClientConstructor {
  /**
   * Wraps a client. Dispose the client itself, not the wrapper.
   *
   * @param r2 a client, or a fake of one
   * @example
   * const safe = new SafeR2Client(r2)
   * const result = await safe.getObject({ bucket, key })
   * if (result.ok) console.log(result.value.text())
   * else console.log(result.error.code)
   */
  new (r2: R2ClientLike): SafeR2Client
}

class ResultClient {
  constructor(r2: BucketHandle | R2ClientLike) {
    for (const [name, path] of Object.entries(safeMethods)) {
      Object.defineProperty(this, name, { value: safeMethod(r2, path), enumerable: true })
    }
    // A handle has a name in place of further handles.
    if ('bucket' in r2)
      Object.defineProperty(this, 'bucket', { value: (name: string) => new ResultClient(r2.bucket(name)) })
  }
}

const safeMethod =
  (r2: object, path: readonly string[]) =>
  (...args: unknown[]): unknown => {
    // Looked up by the call, so that a part of a client may be wrapped.
    const owner = path.slice(0, -1).reduce<unknown>((api, name) => Reflect.get(api as object, name), r2)
    const method = Reflect.get(owner as object, path.at(-1) ?? '')
    try {
      return withResults(Reflect.apply(method, owner, args))
    } catch (error) {
      return failureOf(error)
    }
  }

export const SafeR2Client = ResultClient as unknown as SafeR2ClientConstructor
