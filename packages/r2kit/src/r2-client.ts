import { type BucketHandle, bucketHandle } from './bucket-handle.js'
import { type Buckets, BucketsApi } from './client/buckets/buckets-api.js'
import { extensionsOf } from './client/extension-options.js'
import { type Multipart, MultipartApi } from './client/multipart/multipart-api.js'
import { type Objects, ObjectsApi } from './client/objects/objects-api.js'
import { type Presign, PresignApi } from './client/presign/presign-api.js'
import { Runtime } from './client/runtime.js'
import { type R2ClientOptions, readClientOptions } from './client-options.js'
import { type Environment, optionsFromEnvironment } from './environment.js'
import { type Transfers, TransfersApi } from './transfers/transfers.js'

/**
 * What a client is for code that uses one: a fake of it, or of a part of it, is a plain object.
 *
 * @example
 * const fake: Pick<R2ClientLike, 'objects'> = { objects: { ...untouched, exists: async () => true } }
 */
export interface R2ClientLike extends Pick<R2Client, keyof R2Client> {}

/**
 * A client for one R2 account and jurisdiction. It holds connections: create one and share it.
 *
 * @example
 * const r2 = new R2Client({ accountId, credentials: { accessKeyId, secretAccessKey } })
 * await r2.objects.put({ bucket: 'photos', key: 'cat.jpg', body: bytes })
 */
export class R2Client implements AsyncDisposable {
  /** Operations on objects. */
  readonly objects: Objects
  /** The single steps of multipart uploads. */
  readonly multipart: Multipart
  /** Buckets and their configurations. */
  readonly buckets: Buckets
  /** Presigned URLs. */
  readonly presign: Presign
  /** Uploads and downloads of any size, and of directories. */
  readonly transfers: Transfers
  readonly #runtime: Runtime

  /**
   * Creates a client. Nothing is sent, and no connection is opened.
   *
   * @throws R2Error `InvalidConfig` naming the option that is missing or wrong
   * @example
   * const r2 = new R2Client({ endpoint: 'http://localhost:9000', credentials: { accessKeyId, secretAccessKey } })
   */
  constructor(given: R2ClientOptions) {
    const options = readClientOptions(given)
    this.#runtime = new Runtime(options, extensionsOf(options))
    this.objects = new ObjectsApi(this.#runtime)
    this.multipart = new MultipartApi(this.#runtime)
    this.buckets = new BucketsApi(this.#runtime)
    this.presign = new PresignApi(this.#runtime, options.presign)
    const { objects, multipart, endpoint } = this
    const { clock, random, rules, retry, integrity, disposed, closed, events } = this.#runtime
    const client = { objects, multipart, endpoint, clock, random, rules, retry, integrity, disposed, closed, events }
    this.transfers = new TransfersApi(client, options.transfers)
  }

  /**
   * Creates a client from `R2_ACCOUNT_ID` (or `R2_ENDPOINT`), `R2_ACCESS_KEY_ID`, `R2_SECRET_ACCESS_KEY`, and optionally
   * `R2_SESSION_TOKEN`, `R2_JURISDICTION` and `R2_ALLOW_INSECURE_ENDPOINT`, which permits plain HTTP to another machine if it is
   * `true`. Only this method reads the environment.
   *
   * @param environment variables by name. @defaultValue `process.env`
   * @throws R2Error `InvalidConfig` naming the variable that is missing or wrong
   * @example
   * const r2 = R2Client.fromEnv()
   */
  static fromEnv(environment: Environment = globalThis.process?.env ?? {}): R2Client {
    return new R2Client(optionsFromEnvironment(environment))
  }

  /**
   * Creates a client from a configuration that `loadConfig` of `r2kit/config` has read: from a YAML file, the environment and code.
   *
   * @throws R2Error `InvalidConfig` naming the option that is wrong
   * @example
   * const r2 = R2Client.fromConfig(await loadConfig({ file: 'r2.yaml' }))
   */
  static fromConfig({ options }: { readonly options: R2ClientOptions }): R2Client {
    return new R2Client(options)
  }

  /** URL of the endpoint that requests are sent to. @example 'https://0123456789abcdef0123456789abcdef.r2.cloudflarestorage.com' */
  get endpoint(): string {
    const { protocol, host, basePath } = this.#runtime.endpoint
    return `${protocol}//${host}${basePath}`
  }

  /**
   * Returns the operations that concern one bucket; their inputs have no `bucket`. Nothing is sent, and the name is checked with
   * the input of each call.
   *
   * @example
   * const photos = r2.bucket('photos')
   * await photos.objects.put({ key: 'cat.jpg', body: bytes })
   */
  bucket(name: string): BucketHandle {
    return bucketHandle(this, name)
  }

  /**
   * Closes connections and discards credentials. Requests in flight have `connections.closeTimeoutMs` (5 s) to end; response
   * bodies that are not being read have one second. Then the remaining requests, pending ones, and every later call fail with
   * `ClientClosed`. Await your calls, and read or cancel their bodies, before you dispose the client.
   *
   * @example
   * await r2.dispose()
   */
  dispose(): Promise<void> {
    return this.#runtime.dispose()
  }

  /** Calls `dispose` at the end of an `await using` block. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose()
  }
}
