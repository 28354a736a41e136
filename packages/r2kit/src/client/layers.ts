/**
 * The two rings of layers around every operation, outermost first: what the client does by default.
 *
 * The circuit breaker, rate limits and permits of `r2kit/resilience` are layers that users add. Traces, metrics and logs are
 * listeners of the events that the outermost layer reports. The time of an attempt is bounded by the transport, because only it
 * sees when bytes move.
 */
import type { Transport } from '../http/index.js'
import {
  type AttemptLayer,
  type CallLayer,
  compose,
  type Handler,
  type InternalAttempt,
  type InternalCall,
} from '../pipeline/index.js'
import { outcomeLayer, type RetryBudget, type RetryPolicy, retryLayer } from '../resilience/index.js'
import type { Extensions, Observation } from './extensions.js'
import { admissionLayer } from './layers/admission-layer.js'
import { classifyLayer } from './layers/classify-layer.js'
import { deadlineLayer } from './layers/deadline-layer.js'
import { errorContextLayer } from './layers/error-context-layer.js'
import { keyCheckLayer } from './layers/key-check-layer.js'
import { type OperationScope, operationHandler } from './layers/operation-handler.js'
import { type Signing, signingLayer } from './layers/signing-layer.js'

/** Layers of the user's, outermost first. */
export interface Layers {
  /** Run once per call, around all of its attempts. @defaultValue none */
  readonly call?: readonly CallLayer[] | undefined
  /** Run once per attempt, before it is signed. @defaultValue none */
  readonly attempt?: readonly AttemptLayer[] | undefined
}

/** What the layers of one client share. */
export interface LayerScope extends OperationScope, Signing {
  readonly extensions: Extensions
  /** Undefined without listeners. */
  readonly observation: Observation | undefined
  readonly retry: RetryPolicy
  readonly retryBudget: RetryBudget
  readonly transport: Transport
}

const callLayers = (scope: LayerScope) => [
  ...(scope.observation === undefined ? [] : [scope.observation.callLayer(scope.endpoint.origin)]), // reports all that follows to `onEvent`
  deadlineLayer, // `timeoutMs` bounds all that follows, to the end of a streamed response
  ...scope.extensions.callLayers,
  errorContextLayer, // errors name their operation, bucket and key
  admissionLayer(scope.disposed), // a disposed client and an aborted signal send nothing
  // then `operationHandler`: validates the input, encodes the request, runs the attempt layers, decodes the response
]

const attemptLayers = (scope: LayerScope) => [
  retryLayer(scope.retry, scope.disposed, scope.retryBudget), // everything below runs once per attempt
  outcomeLayer, // conditional writes and completions: after an ambiguous failure, looks whether this attempt was stored
  ...scope.extensions.attemptLayers,
  ...(scope.observation === undefined ? [] : [scope.observation.attemptLayer]), // reports each request that is sent
  keyCheckLayer(scope.transport), // before signing, so that no key that the transport would change has a valid signature
  signingLayer(scope), // with the date and credentials of now; once more after a wrong clock or an expired token
  classifyLayer, // a response that is not a success becomes an error with a verdict; others are verified
  // then the transport
]

/** Both rings as one function: it takes a call, and resolves with the output of its operation. */
export const composeLayers = (scope: LayerScope): Handler<InternalCall, unknown> => {
  const send = compose<InternalAttempt, Awaited<ReturnType<Transport['send']>>>(attemptLayers(scope), ({ request }) =>
    scope.transport.send(request),
  )
  return compose(callLayers(scope), operationHandler(scope, send))
}
