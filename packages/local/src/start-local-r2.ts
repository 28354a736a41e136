/** Starts a server: checks the options, opens storage, listens. What is heavy (LMDB) is loaded only when it is needed. */
import { createHash } from 'node:crypto'
import { R2Error, SignatureVerifier, systemClock } from 'r2kit/protocol'
import { defaultCredentials, type LocalCredentials } from './default-credentials.js'
import { internalErrorReporter, logToStandardError } from './errors/internal-errors.js'
import { LifecycleSweeper } from './lifecycle/sweeper.js'
import { createHttpServer, listen, serve } from './listener.js'
import { type LocalR2Options, readLocalOptions } from './local-options.js'
import { WriteRate } from './objects/write-rate.js'
import { bucketOfHost } from './routing/virtual-host.js'
import { createFileStorage, createMemoryStorage, type Storage, StorageError } from './storage/index.js'

export interface LocalR2 extends AsyncDisposable {
  /** `http://127.0.0.1:49152` */
  readonly endpoint: string
  readonly port: number
  readonly credentials: LocalCredentials
  /**
   * Stops listening, closes idle connections, lets requests finish for half a second, destroys the connections of the rest,
   * and closes the storage when the writes in progress are on disk: within two seconds and what the disk takes. Nothing that
   * was acknowledged is lost. Calling it again returns the same promise.
   */
  close(): Promise<void>
}

/** Its own fields are a client's options, so that `new R2Client(local)` and `{ ...local }` have nothing else in them. */
class RunningR2 implements LocalR2 {
  readonly endpoint: string
  readonly credentials: LocalCredentials
  readonly #port: number
  readonly #end: () => Promise<void>
  #closed: Promise<void> | undefined

  constructor(endpoint: string, port: number, credentials: LocalCredentials, end: () => Promise<void>) {
    this.endpoint = endpoint
    this.credentials = credentials
    this.#port = port
    this.#end = end
  }

  get port(): number {
    return this.#port
  }

  close(): Promise<void> {
    this.#closed ??= this.#end()
    return this.#closed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

/**
 * @example
 * await using local = await startLocalR2()
 * const r2 = new R2Client(local)
 *
 * @throws R2Error InvalidConfig, which names the option, for options that cannot be; what the system says when it cannot
 *   listen there.
 */
export const startLocalR2 = async (given: LocalR2Options = {}): Promise<LocalR2> => {
  const options = readLocalOptions(given)
  const { port: wantedPort = 0, host = '127.0.0.1', clock = systemClock, credentials = defaultCredentials } = options
  const reportInternalError = internalErrorReporter(options.onInternalError ?? logToStandardError)
  const storage = await openStorage(options, reportInternalError)
  const server = createHttpServer()
  try {
    const port = await listen(server, wantedPort, host)
    const endpoint = `http://${host.includes(':') ? `[${host}]` : host}:${port}`
    const stopServing = serve(server, {
      storage,
      clock,
      authenticator: { credentials, verifier: new SignatureVerifier() },
      lifecycle: new LifecycleSweeper(storage, clock),
      writeRate: options.strictWriteRate ? new WriteRate(clock) : undefined,
      accountId: createHash('md5').update(credentials.accessKeyId).digest('hex'),
      endpoint,
      reportInternalError,
      bucketOfHost: bucketOfHost(host),
    })
    return new RunningR2(endpoint, port, credentials, async () => {
      await stopServing()
      await storage.close()
    })
  } catch (error) {
    await storage.close()
    throw error
  }
}

const openStorage = async (
  { dataDir, durable = true }: LocalR2Options,
  onFault: (error: unknown) => void,
): Promise<Storage> => {
  if (dataDir === undefined) return createMemoryStorage()
  try {
    return await createFileStorage({ dataDir, durable, onFault })
  } catch (cause) {
    if (cause instanceof StorageError) throw new R2Error('InvalidConfig', cause.message, { field: 'dataDir', cause })
    if (!(cause instanceof Error && 'syscall' in cause)) throw cause
    throw new R2Error('InvalidConfig', `data folder ${dataDir} cannot be opened: ${cause.message}`, {
      field: 'dataDir',
      hint: 'Check that it is a folder on a disk with room, which this process may read and write.',
      cause,
    })
  }
}
