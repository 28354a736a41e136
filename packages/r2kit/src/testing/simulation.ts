/** One run: a model of R2, a virtual clock, a seed, and the processes that call the model. */
import type { Clock } from '../base/clock.js'
import { R2Client } from '../r2-client.js'
import { FaultInjectionTransport, type InjectedFault } from '../simulation/faults/fault-injection-transport.js'
import { SimulatedR2 } from '../simulation/model/simulated-r2.js'
import { seededRandom } from '../simulation/seeded-random.js'
import { type Fields, integer, objectOf, refuseInput } from '../validation/index.js'
import { CallLedger } from './call-ledger.js'
import { ExchangeLog, type SimulatedExchange } from './exchange-log.js'
import { OwnedTimers } from './owned-timers.js'
import { ProcessResources } from './simulated-process.js'
import { type SimulatedClientOptions, type SimulationSettings, simulatedClientField } from './simulation-settings.js'
import { VirtualClock } from './virtual-clock.js'

/** Options of a process. */
export interface ProcessOptions {
  /** Options of the process's client; they replace those of the run. @defaultValue those of the run */
  readonly client?: SimulatedClientOptions | undefined
  /**
   * Requests that the process sends before it is killed: the next one never leaves it. @defaultValue the process is killed by
   * `kill()` only
   */
  readonly requests?: number | undefined
}

const processField = objectOf<ProcessOptions>(
  'ProcessOptions',
  { client: simulatedClientField, requests: integer(0) } satisfies Fields<ProcessOptions>,
  { argument: 'options' },
)

/** A process that can be killed: its calls never end, and its timers never fire. */
export interface SimulatedProcess {
  /** The client of the process. */
  readonly r2: R2Client
  /** Time for the code of the process. Its timers are cancelled when the process is killed. */
  readonly clock: Clock
  /** Kills the process, as SIGKILL does. Requests that have left it may still be carried out. */
  kill(): void
  /** Resolves when the process is killed. */
  readonly killed: Promise<void>
}

/** The parts of one run, as the code under test receives them. */
export interface Simulation {
  /** The seed of the run. */
  readonly seed: number
  /** A client of the model. It is disposed after the run. */
  readonly r2: R2Client
  /** The model of R2: its buckets, objects and uploads, to compare with. */
  readonly server: SimulatedR2
  /** The time of the run. It advances to the next timer whenever the code waits. */
  readonly clock: VirtualClock
  /** Returns random numbers from 0 to 1, repeated by the same seed. */
  readonly random: () => number
  /** The faults so far. */
  readonly faults: readonly InjectedFault[]
  /** The requests that have ended so far. */
  readonly exchanges: readonly SimulatedExchange[]
  /**
   * Starts another process, which can be killed: for tests of crashes and resumption.
   *
   * @throws R2Error `InvalidInput` naming the option
   * @example
   * const first = startProcess({ requests: 3 })
   * first.r2.transfers.upload(bytes, target, { journal })
   * await first.killed
   * await r2.transfers.upload(bytes, target, { journal }) // resumes
   */
  readonly startProcess: (options?: ProcessOptions) => SimulatedProcess
}

const credentials = { accessKeyId: 'simulated'.padEnd(32, '0'), secretAccessKey: 'simulated'.padEnd(64, '0') }

/** A run with everything that its report needs. */
export class SimulationRun implements Simulation {
  readonly seed: number
  readonly random: () => number
  readonly clock = new VirtualClock()
  readonly server: SimulatedR2
  readonly faults: InjectedFault[] = []
  readonly r2: R2Client
  readonly ledger = new CallLedger()
  readonly #settings: SimulationSettings
  readonly #log: ExchangeLog
  /** Delays of requests in the network, which are no timers of the code under test. */
  readonly #network = new OwnedTimers(this.clock)
  readonly #transport: FaultInjectionTransport
  readonly #clients = new Set<R2Client>()

  constructor(seed: number, settings: SimulationSettings) {
    const { buckets = ['test'], faults = [], onExchange } = settings
    this.seed = seed
    this.random = seededRandom(seed)
    this.#settings = settings
    this.server = new SimulatedR2(this.clock, buckets)
    this.#log = new ExchangeLog(this.clock, onExchange)
    this.#transport = new FaultInjectionTransport(this.server, {
      rules: typeof faults === 'function' ? faults(this.random) : faults,
      seed,
      clock: this.#network,
      onFault: (fault) => this.faults.push(fault),
    })
    this.r2 = this.startProcess().r2
  }

  get exchanges(): readonly SimulatedExchange[] {
    return this.#log.exchanges
  }

  readonly startProcess = (given: ProcessOptions = {}): SimulatedProcess => {
    const { client = this.#settings.client ?? {}, requests } = processField.read(given, '', refuseInput)
    const resources: ProcessResources = new ProcessResources(this.clock, this.#transport, requests)
    const transport = this.#log.wrap(resources.transport, resources)
    const { layers = {} } = client
    const r2 = new R2Client({
      ...client,
      layers: { ...layers, call: [this.ledger.layer(resources), ...(layers.call ?? [])] },
      endpoint: 'https://r2.test',
      credentials,
      transport,
      clock: resources.clock,
      random: this.random,
    })
    this.#clients.add(r2)
    resources.killed.then(() => this.#clients.delete(r2))
    return { r2, clock: resources.clock, kill: () => resources.kill(), killed: resources.killed }
  }

  /** Requests of living processes that have no outcome. */
  get requestsInFlight(): readonly string[] {
    return this.#log.inFlight
  }

  /** Disposes the clients of all processes that were not killed. */
  async dispose(): Promise<void> {
    await Promise.all([...this.#clients].map((client) => client.dispose()))
    this.#network.stop()
  }
}
