/**
 * What a client can have beyond its operations: streams, listeners, layers of the caller's, rules of presigned URLs. As values, so
 * that a small program that has none of them carries no code for them.
 */
import type { Clock } from '../base/clock.js'
import type { EventStream } from '../observability/event-stream.js'
import type { InternalAttemptLayer, InternalCallLayer } from '../pipeline/index.js'
import type { CredentialProvider, CredentialsInput } from '../security/index.js'
import type { PresignOptions } from './presign/presign-input.js'
import type { StreamSupport } from './stream-support.js'

/** How a client reports events. */
export interface Observation {
  readonly events: EventStream
  /** Reports calls. @param origin of the endpoint */
  readonly callLayer: (origin: string) => InternalCallLayer
  /** Reports attempts. */
  readonly attemptLayer: InternalAttemptLayer
  /** The same credentials; the calls of a provider are reported. */
  readonly observed: (credentials: CredentialsInput | CredentialProvider) => CredentialsInput | CredentialProvider
  /** Reports an input that was refused. */
  readonly refused: (origin: string, operation: string, error: unknown) => void
}

/** The extensions of one client. */
export interface Extensions {
  /** Starts to report events. Absent without listeners: nothing is reported then, and no event is allocated. */
  readonly observe?: ((clock: Clock) => Observation) | undefined
  /** The caller's layers around each call, outermost first. */
  readonly callLayers: readonly InternalCallLayer[]
  /** The caller's layers around each attempt, outermost first. */
  readonly attemptLayers: readonly InternalAttemptLayer[]
  /** Bodies that stream. @defaultValue bodies are text and bytes only, and responses are collected */
  readonly streams?: StreamSupport | undefined
  /** Rules of presigned URLs. @defaultValue the defaults of `PresignOptions` */
  readonly presign?: PresignOptions | undefined
}

/** A client with neither streams nor listeners nor layers. */
export const noExtensions: Extensions = { callLayers: [], attemptLayers: [] }
