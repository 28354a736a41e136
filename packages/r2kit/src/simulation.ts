/**
 * `r2kit/simulation`: faults, recordings and a model of R2 for tests of programs that use this library. Everything is a
 * `Transport`, so that it goes into `new R2Client({ transport })`.
 */
export {
  type FaultInjectionOptions,
  FaultInjectionTransport,
  type InjectedFault,
} from './simulation/faults/fault-injection-transport.js'
export type {
  Fault,
  FaultKind,
  FaultRule,
  FaultSelection,
  Latency,
} from './simulation/faults/fault-rule.js'
export { parseFaultRule, printFaultRule } from './simulation/faults/fault-text.js'
export {
  type ChecksumSupport,
  type SimulatedChange,
  type SimulatedChecksum,
  type SimulatedObject,
  SimulatedR2,
  type SimulatedUpload,
} from './simulation/model/simulated-r2.js'
export type {
  Exchange,
  RecordedBody,
  RecordedError,
  RecordedFailure,
  RecordedOutcome,
  RecordedRequest,
  RecordedRequestBody,
  RecordedResponse,
  Recording,
  StoredBody,
} from './simulation/recording/recording.js'
export { type RecorderOptions, SimulationRecorder } from './simulation/recording/simulation-recorder.js'
export { type ReplayOptions, ReplayTransport, SimulationReplayer } from './simulation/recording/simulation-replayer.js'
export type { Addressing, RequestTarget } from './simulation/request-target.js'
export { seededRandom } from './simulation/seeded-random.js'
