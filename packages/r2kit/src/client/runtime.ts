import { createDefaultTransport } from '#transport'
import { type Clock, systemClock } from '../base/clock.js'
import type { Transport } from '../http/index.js'
import type { EventStream } from '../observability/event-stream.js'
import type { Handler, InternalCall } from '../pipeline/index.js'
import { RetryBudget, type RetryPolicy, retryPolicy } from '../resilience/index.js'
import type { CredentialSource } from '../security/index.js'
import { resolveCredentials } from '../security/resolve-credentials.js'
import { RequestSigner } from '../signing/index.js'
import { refuseInput, type ValidationRules } from '../validation/index.js'
import { ClientIntegrity } from './client-integrity.js'
import { checkRegion, type Endpoint, resolveEndpoint } from './endpoint.js'
import { type Extensions, noExtensions, type Observation } from './extensions.js'
import { integrityDefault } from './fields/guarded-body.js'
import { withCallContext } from './layers/error-context-layer.js'
import type { ClockOffset } from './layers/signing-layer.js'
import { composeLayers } from './layers.js'
import {
  callerResolvesOutcome,
  callOptionsField,
  type EngineCallOptions,
  type Operation,
  readEngineOptions,
} from './operation.js'
import type { PresignOptions } from './presign/presign-input.js'
import type { RuntimeOptions } from './runtime-options.js'
import type { StreamSupport } from './stream-support.js'
import { resolveTimeouts } from './timeouts.js'

/** The options of a client, resolved once, and its composed layers. All operations of the client run in it. */
export class Runtime {
  readonly endpoint: Endpoint
  readonly clock: Clock
  readonly random: () => number
  readonly rules: ValidationRules
  readonly signer: RequestSigner
  readonly transport: Transport
  readonly credentials: CredentialSource
  readonly retry: RetryPolicy
  readonly clockOffset: ClockOffset = { ms: 0 }
  readonly integrity: ClientIntegrity
  readonly presign: PresignOptions
  readonly streams: StreamSupport | undefined
  /** Undefined without listeners: nothing is reported then, and no event is allocated. */
  readonly events: EventStream | undefined
  readonly #observation: Observation | undefined
  readonly #call: Handler<InternalCall, unknown>
  readonly #disposal = new AbortController()
  readonly #end = new AbortController()

  constructor(options: RuntimeOptions, extensions: Extensions = noExtensions) {
    this.endpoint = resolveEndpoint(options)
    this.clock = options.clock ?? systemClock
    this.random = options.random ?? Math.random
    this.rules = options.validation ?? {}
    const { region = 'auto' } = options
    checkRegion(region, this.endpoint)
    this.signer = new RequestSigner({ region })
    this.presign = extensions.presign ?? {}
    this.streams = extensions.streams
    const observation = extensions.observe?.(this.clock)
    this.#observation = observation
    this.events = observation?.events
    this.integrity = new ClientIntegrity(options.integrity ?? integrityDefault, this.endpoint.host, this.events)
    this.credentials = resolveCredentials(
      observation?.observed(options.credentials) ?? options.credentials,
      serverClock(this.clock, this.clockOffset),
    )
    this.transport = transportOf(options, this.clock, this.events, this.streams)
    this.retry = retryPolicy(options.retry, this.random)
    this.#call = composeLayers({
      ...this,
      retryBudget: new RetryBudget(options.retry?.budget),
      extensions,
      observation,
      disposed: this.disposed,
      timeouts: resolveTimeouts(options.timeouts),
      execute: this.execute.bind(this),
    })
  }

  /** Aborts when the client is disposed. */
  get disposed(): AbortSignal {
    return this.#disposal.signal
  }

  /** Aborts when the client is disposed and its requests in flight have ended. */
  get closed(): AbortSignal {
    return this.#end.signal
  }

  /**
   * Carries out an operation: reads its input, and runs the layers of `layers.ts`.
   *
   * @param given the caller's input, of any type; read once, before this returns
   */
  execute<Input, Output>(
    operation: Operation<Input, Output>,
    given: Input,
    givenOptions: EngineCallOptions = noOptions,
  ): Promise<Output> {
    let input: Input | undefined
    try {
      input = operation.input.read(given, '', refuseInput)
      const options = givenOptions === noOptions ? noOptions : readOptions(givenOptions)
      const { bucket, key } = input as { readonly bucket?: string; readonly key?: string }
      return this.#call({
        operation,
        input,
        bucket,
        key,
        clock: this.clock,
        signal: options.signal,
        timeoutMs: options.timeoutMs,
        timeouts: options.timeouts,
        deadlineMs: Number.POSITIVE_INFINITY,
        maxAttempts: options.maxAttempts,
        onBodyEnd: undefined,
        callerResolvesOutcome: options[callerResolvesOutcome] === true,
        events: undefined,
      }) as Promise<Output>
    } catch (error) {
      const refusal = withCallContext(error, operation.name, input ?? given)
      this.#observation?.refused(this.endpoint.origin, operation.name, refusal)
      return Promise.reject(refusal)
    }
  }

  /** Ends all calls, closes the transport and discards credentials. */
  async dispose(): Promise<void> {
    this.#disposal.abort()
    await this.transport.close()
    this.#end.abort()
    this.signer.dispose()
    this.credentials.dispose()
  }
}

const noOptions: EngineCallOptions = {}

/** A copy, so that later changes of the caller have no effect. */
const readOptions = (given: EngineCallOptions): EngineCallOptions => readEngineOptions(callOptionsField, given)

const transportOf = (
  { transport, connections = {} }: RuntimeOptions,
  clock: Clock,
  events: EventStream | undefined,
  streams: StreamSupport | undefined,
): Transport => {
  if (typeof transport === 'object') return transport
  const onConnections =
    events && ((count: number) => events.emit({ type: 'pool.resized', clientId: events.id, connections: count }))
  return (transport ?? itself)(
    createDefaultTransport({ clock, connections, onConnections, loadStreams: streams?.load }),
  )
}

const itself = (platform: Transport): Transport => platform

/** Credentials expire at a time of the server, so it is compared with the server's clock as soon as the client has learned it. */
const serverClock = (clock: Clock, offset: ClockOffset): Clock => ({
  now: () => clock.now() + offset.ms,
  monotonicMs: () => clock.monotonicMs(),
  after: (...timer) => clock.after(...timer),
})
