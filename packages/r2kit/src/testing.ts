/**
 * `r2kit/testing`: runs your own code against a model of R2 in memory, on virtual time, under the faults of a seed. For tests
 * only; it loads the whole client.
 */
export { FaultInjectionTransport, type InjectedFault } from './simulation/faults/fault-injection-transport.js'
export type { Fault, FaultRule } from './simulation/faults/fault-rule.js'
export {
  type ChecksumSupport,
  type SimulatedChange,
  type SimulatedChecksum,
  type SimulatedObject,
  type SimulatedPart,
  SimulatedR2,
  type SimulatedUpload,
} from './simulation/model/simulated-r2.js'
export { seededRandom } from './simulation/seeded-random.js'
export type { SimulatedExchange } from './testing/exchange-log.js'
export { mixedFaults } from './testing/mixed-faults.js'
export { type SeedsReport, type SimulationReport, simulate, simulateSeeds } from './testing/simulate.js'
export type { SimulateOptions, SimulateSeedsOptions } from './testing/simulate-options.js'
export type { ProcessOptions, SimulatedProcess, Simulation } from './testing/simulation.js'
export { SimulationError, type SimulationProblem, type SimulationProblemKind } from './testing/simulation-error.js'
export type { PermittedRemains, SimulatedClientOptions, SimulationSettings } from './testing/simulation-settings.js'
export { type PendingTimer, VirtualClock } from './testing/virtual-clock.js'
