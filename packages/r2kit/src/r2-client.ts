import { Buckets } from './client/buckets/buckets-api.js'
import { Multipart } from './client/multipart/multipart-api.js'
import { Objects } from './client/objects/objects-api.js'
import { Presign } from './client/presign/presign-api.js'
import { Runtime } from './client/runtime.js'
import { type R2ClientOptions, readClientOptions } from './client-options.js'
import { type Environment, optionsFromEnvironment } from './environment.js'
import { Transfers } from './transfers/transfers.js'

/**
 * A client for one R2 account and jurisdiction. It keeps connections; make one and share it.
 *
 * @example
 * const r2 = new R2Client({ accountId, credentials: { accessKeyId, secretAccessKey } })
 * await r2.objects.put({ bucket: 'photos', key: 'cat.jpg', body: bytes })
 */
export class R2Client implements AsyncDisposable {
  readonly objects: Objects
  readonly multipart: Multipart
  readonly buckets: Buckets
  readonly presign: Presign
  readonly transfers: Transfers
  readonly #runtime: Runtime

  /** @throws R2Error `InvalidConfig` naming the option that is missing or wrong; nothing is sent. */
  constructor(given: R2ClientOptions) {
    const options = readClientOptions(given)
    this.#runtime = new Runtime(options)
    this.objects = new Objects(this.#runtime)
    this.multipart = new Multipart(this.#runtime)
    this.buckets = new Buckets(this.#runtime)
    this.presign = new Presign(this.#runtime, options.presign)
    const { objects, multipart, endpoint } = this
    const { clock, random, rules, retry } = this.#runtime
    this.transfers = new Transfers({ objects, multipart, endpoint, clock, random, rules, retry }, options.transfers)
  }

  /**
   * A client from `R2_ACCOUNT_ID` (or `R2_ENDPOINT`), `R2_ACCESS_KEY_ID`, `R2_SECRET_ACCESS_KEY`, and where set
   * `R2_SESSION_TOKEN` and `R2_JURISDICTION`. The environment is read here and nowhere else.
   *
   * @param environment - variables by name. @defaultValue `process.env`
   */
  static fromEnv(environment: Environment = globalThis.process?.env ?? {}): R2Client {
    return new R2Client(optionsFromEnvironment(environment))
  }

  /** Where requests go. */
  get endpoint(): string {
    const { protocol, host, basePath } = this.#runtime.endpoint
    return `${protocol}//${host}${basePath}`
  }

  /**
   * Closes connections and forgets keys. Requests in flight have `connections.closeTimeoutMs` (5 s) to end, and response bodies
   * that are not read one second; what is left then, what waits, and every later call fails with `ClientClosed`. Await your
   * calls, and read or cancel your bodies, before you dispose the client.
   */
  dispose(): Promise<void> {
    return this.#runtime.dispose()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose()
  }
}
