/** Starts a local R2: validates the options, opens the storage, listens. LMDB is loaded only for a data folder. */
import { createHash } from 'node:crypto'
import { R2Error, SignatureVerifier, systemClock } from 'r2kit/protocol'
import type { FaultRule } from 'r2kit/simulation'
import { defaultCredentials, type LocalCredentials, type LocalKeyPair } from './authentication/credentials.js'
import { internalErrorReporter, logToStandardError } from './errors/internal-errors.js'
import { FaultSwitch, type InjectedFaults } from './faults/fault-switch.js'
import { LifecycleSweeper } from './lifecycle/sweeper.js'
import { keyPairsOf, type LocalR2Options, readLocalOptions } from './local-options.js'
import { WriteRate } from './objects/write-rate.js'
import { bucketOfHost } from './routing/virtual-host.js'
import { handleRequest, type LocalServer } from './server/handle-request.js'
import { createHttpServer, listen, serve } from './server/listener.js'
import { createFileStorage, createMemoryStorage, type Storage, StorageError } from './storage/index.js'

/** A running local R2. It can be passed to `new R2Client` as it is: `endpoint` and `credentials` are the client's options. */
export interface LocalR2 extends AsyncDisposable {
  /** The server's address, such as `http://127.0.0.1:49152`. */
  readonly endpoint: string
  /** The TCP port that the server listens on. */
  readonly port: number
  /** The key pair that the server accepts; of several, the first. */
  readonly credentials: LocalCredentials
  /** The fault rules, and how many faults each has injected since the rules were set. */
  readonly injectedFaults: readonly InjectedFaults[]
  /**
   * Replaces the rules of `LocalR2Options.faults`; an empty array ends all faults. Counters start at zero. Applies to requests
   * that arrive from now on.
   * @throws R2Error `InvalidConfig` with the field in `field`, such as `faults[0].kind`. The present rules then stay.
   */
  setFaults(rules: readonly FaultRule[]): void
  /**
   * Closes the server. It stops listening, closes idle connections, lets requests finish for half a second, destroys the
   * remaining connections, and closes the storage when the writes in progress are on disk. This takes at most two seconds plus
   * the time of the disk. Acknowledged writes are not lost. Further calls return the same
   * promise. `await using` calls it.
   */
  close(): Promise<void>
}

/** Has only a client's options as own fields, so that `new R2Client(local)` and `{ ...local }` contain nothing else. */
class RunningR2 implements LocalR2 {
  readonly endpoint: string
  readonly credentials: LocalCredentials
  readonly #port: number
  readonly #faults: FaultSwitch
  readonly #stop: () => Promise<void>
  #closed: Promise<void> | undefined

  constructor(
    endpoint: string,
    port: number,
    credentials: LocalCredentials,
    faults: FaultSwitch,
    stop: () => Promise<void>,
  ) {
    this.endpoint = endpoint
    this.credentials = credentials
    this.#port = port
    this.#faults = faults
    this.#stop = stop
  }

  get port(): number {
    return this.#port
  }

  get injectedFaults(): readonly InjectedFaults[] {
    return this.#faults.injected
  }

  setFaults(rules: readonly FaultRule[]): void {
    this.#faults.set(rules)
  }

  close(): Promise<void> {
    this.#closed ??= this.#stop()
    return this.#closed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

/**
 * Starts a local R2 in this process. Resolves when the server accepts connections.
 *
 * @throws R2Error `InvalidConfig` for invalid options and for data folders that cannot be opened, with the option in `field`.
 * @throws Error The system's error if the server cannot listen on host and port.
 *
 * @example
 * ```ts
 * await using local = await startLocalR2()
 * await using r2 = new R2Client(local)
 * ```
 */
export const startLocalR2 = async (given: LocalR2Options = {}): Promise<LocalR2> => {
  const options = readLocalOptions(given)
  const { port: wantedPort = 0, host = '127.0.0.1', clock = systemClock } = options
  const keyPairs = keyPairsOf(options)
  const credentials = withoutPermissions(keyPairs[0] ?? defaultCredentials)
  const reportInternalError = internalErrorReporter(options.onInternalError ?? logToStandardError)
  const faults = new FaultSwitch(options.faults ?? [], options.faultSeed ?? 0)
  const storage = await openStorage(options, reportInternalError)
  const server = createHttpServer()
  try {
    const port = await listen(server, wantedPort, host)
    const endpoint = `http://${host.includes(':') ? `[${host}]` : host}:${port}`
    const local: LocalServer = {
      storage,
      clock,
      authenticator: {
        keyPairs: new Map(keyPairs.map((pair) => [pair.accessKeyId, pair])),
        verifier: new SignatureVerifier(),
      },
      lifecycle: new LifecycleSweeper(storage, clock),
      writeRate: options.strictWriteRate ? new WriteRate(clock) : undefined,
      accountId: createHash('md5').update(credentials.accessKeyId).digest('hex'),
      endpoint,
      reportInternalError,
      bucketOfHost: bucketOfHost(host),
    }
    const stopServing = serve(server, {
      clock,
      faults,
      reportInternalError,
      bucketOfHost: local.bucketOfHost,
      handle: (incoming, altered) => handleRequest(local, incoming, altered),
    })
    return new RunningR2(endpoint, port, credentials, faults, async () => {
      await stopServing()
      await storage.close()
    })
  } catch (error) {
    await storage.close()
    throw error
  }
}

/** As a client takes them: the client rejects fields that are not its own. */
const withoutPermissions = ({ accessKeyId, secretAccessKey, sessionToken }: LocalKeyPair): LocalCredentials => ({
  accessKeyId,
  secretAccessKey,
  ...(sessionToken !== undefined && { sessionToken }),
})

const openStorage = async (
  { dataDir, durable = true }: LocalR2Options,
  onFault: (error: unknown) => void,
): Promise<Storage> => {
  if (dataDir === undefined) return createMemoryStorage()
  try {
    return await createFileStorage({ dataDir, durable, onFault })
  } catch (cause) {
    if (cause instanceof StorageError) {
      throw new R2Error('InvalidConfig', cause.message, {
        field: 'dataDir',
        hint: 'Pass an empty folder, or one that a local R2 has created and that no other process uses.',
        cause,
      })
    }
    if (!(cause instanceof Error && 'syscall' in cause)) throw cause
    throw new R2Error('InvalidConfig', `data folder ${dataDir} cannot be opened: ${cause.message}`, {
      field: 'dataDir',
      hint: 'Check that it is a folder that this process may read and write, on a disk with free space.',
      cause,
    })
  }
}
