export type { Attempt, AttemptHandler, AttemptLayer, InternalAttempt, InternalAttemptLayer } from './attempt.js'
export { onBodyEnd } from './body-end.js'
export type {
  Call,
  CallHandler,
  CallLayer,
  InternalCall,
  InternalCallLayer,
  OperationTraits,
  TimeoutClass,
} from './call.js'
export type { BreakerState, CallEvents, DelayReason, ReportedAttempt } from './call-events.js'
export { compose, type Handler } from './compose.js'
export { isOwnLayer, ownLayer, rejecting } from './own-layers.js'
export type { Timeouts } from './timeouts.js'
