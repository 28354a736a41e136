/** Starts a server: checks the options, opens storage, listens. What is heavy (LMDB) is loaded only when it is needed. */
import { createHash } from 'node:crypto'
import { type Clock, R2Error, SignatureVerifier, systemClock } from 'r2kit/protocol'
import { defaultCredentials, type LocalCredentials } from './default-credentials.js'
import { internalErrorReporter, logToStandardError } from './errors/internal-errors.js'
import { LifecycleSweeper } from './lifecycle/sweeper.js'
import { createHttpServer, listen, serve } from './listener.js'
import { WriteRate } from './objects/write-rate.js'
import { bucketOfHost } from './routing/virtual-host.js'
import { createFileStorage, createMemoryStorage, type Storage, StorageError } from './storage/index.js'

export interface LocalR2Options {
  /** Port to listen on. @defaultValue 0: a free one */
  readonly port?: number
  /** Address or name to listen on. Anything but loopback needs credentials of your own. @defaultValue '127.0.0.1' */
  readonly host?: string
  /** Folder that keeps the data; made if missing. Absent: everything is in memory. */
  readonly dataDir?: string
  /** Says explicitly that data lives in memory; cannot go with `dataDir`. */
  readonly memory?: true
  /** What clients sign with. @defaultValue `defaultCredentials` */
  readonly credentials?: LocalCredentials
  /** Time for signatures, expiry, lifecycle rules and `Date`. @defaultValue the machine's clock */
  readonly clock?: Clock
  /** Answers 429 to a second write of the same key within one second, as R2 does. @defaultValue false */
  readonly strictWriteRate?: boolean
  /** With `dataDir`: an answer is sent when what it promises is on disk. @defaultValue true */
  readonly durable?: boolean
  /**
   * Called for every failure of the server itself: a request that got 500 InternalError, or background work on the disk.
   * `line` describes it, with method and path of the request. @defaultValue writes the line to standard error
   */
  readonly onInternalError?: (error: unknown, line: string) => void
}

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

/**
 * @example
 * await using local = await startLocalR2()
 * const r2 = new R2Client({ endpoint: local.endpoint, credentials: local.credentials })
 *
 * @throws R2Error InvalidConfig for options that cannot be; what the system says when it cannot listen there.
 */
export const startLocalR2 = async (options: LocalR2Options = {}): Promise<LocalR2> => {
  const { port = 0, host = '127.0.0.1', clock = systemClock, credentials = defaultCredentials } = options
  checkOptions(options, host, credentials)
  const reportInternalError = internalErrorReporter(options.onInternalError ?? logToStandardError)
  const storage = await openStorage(options, reportInternalError)
  const server = createHttpServer()
  try {
    const listeningPort = await listen(server, port, host)
    const endpoint = `http://${host.includes(':') ? `[${host}]` : host}:${listeningPort}`
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
    let closed: Promise<void> | undefined
    const close = (): Promise<void> => {
      closed ??= stopServing().then(() => storage.close())
      return closed
    }
    return { endpoint, port: listeningPort, credentials, close, [Symbol.asyncDispose]: close }
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

const checkOptions = (options: LocalR2Options, host: string, credentials: LocalCredentials): void => {
  if (options.memory && options.dataDir !== undefined) {
    throw new R2Error('InvalidConfig', 'memory and dataDir exclude each other', { field: 'dataDir' })
  }
  if (credentials.accessKeyId.length !== 32) {
    throw new R2Error('InvalidConfig', 'accessKeyId must have 32 characters: R2 refuses any other length', {
      field: 'credentials.accessKeyId',
    })
  }
  if (!isLoopback(host) && credentials.secretAccessKey === defaultCredentials.secretAccessKey) {
    throw new R2Error(
      'InvalidConfig',
      `the default credentials are known to everybody, so the server listens with them on loopback only, not on ${host}`,
      { field: 'host', hint: 'Pass credentials of your own, or leave host out.' },
    )
  }
}

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host)
