/** Options of `simulate` and `simulateSeeds`, and their check. */
import { callback, integer, objectOf, refuseOption, required } from '../validation/index.js'
import type { Simulation } from './simulation.js'
import { type SimulationSettings, settingFields } from './simulation-settings.js'

/** Options of `simulate`. */
export interface SimulateOptions<T> extends SimulationSettings {
  /** The same seed gives the same run. @defaultValue 1 */
  readonly seed?: number | undefined
  /** The code under test. */
  readonly run: (simulation: Simulation) => PromiseLike<T> | T
}

/** Options of `simulateSeeds`. */
export interface SimulateSeedsOptions extends SimulationSettings {
  /** Number of runs, each with a seed of its own. */
  readonly seeds: number
  /** The first seed; the others follow it. @defaultValue 1 */
  readonly firstSeed?: number | undefined
  /** The code under test; called once per seed. */
  readonly run: (simulation: Simulation) => unknown
}

const seed = integer(Number.MIN_SAFE_INTEGER)

const simulateField = objectOf<SimulateOptions<unknown>>(
  'SimulateOptions',
  { ...settingFields, seed, run: required(callback<SimulateOptions<unknown>['run']>()) },
  { argument: 'options' },
)

const simulateSeedsField = objectOf<SimulateSeedsOptions>(
  'SimulateSeedsOptions',
  {
    ...settingFields,
    seeds: required(integer(1)),
    firstSeed: seed,
    run: required(callback<SimulateSeedsOptions['run']>()),
  },
  { argument: 'options' },
)

/** @throws R2Error `InvalidConfig` naming the option */
export const readSimulateOptions = <T>(given: SimulateOptions<T>): SimulateOptions<T> =>
  simulateField.read(given, '', refuseOption) as SimulateOptions<T>

/** @throws R2Error `InvalidConfig` naming the option */
export const readSimulateSeedsOptions = (given: SimulateSeedsOptions): SimulateSeedsOptions =>
  simulateSeedsField.read(given, '', refuseOption)
