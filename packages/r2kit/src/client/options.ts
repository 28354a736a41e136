import type { Clock } from '../base/clock.js'
import type { ConnectionOptions, Transport } from '../http/index.js'
import type { RetryOptions } from '../resilience/index.js'
import type { CredentialProvider, CredentialsInput } from '../security/index.js'
import type { ValidationRules } from '../validation/index.js'
import type { EndpointOptions } from './endpoint.js'
import type { PresignOptions } from './presign/presign-api.js'
import type { Timeouts } from './timeouts.js'
import type { TransferSettings } from './transfers/settings.js'

/** All that a client can be told. Only the account (or an endpoint) and credentials are needed. */
export interface R2ClientOptions extends EndpointOptions {
  /** A key pair (with a session token if it is temporary), or a function that fetches one. */
  readonly credentials: CredentialsInput | CredentialProvider
  /** What signatures name as the region. @defaultValue 'auto' */
  readonly region?: string
  readonly timeouts?: Timeouts
  readonly retry?: RetryOptions
  readonly validation?: ValidationRules
  readonly presign?: PresignOptions
  readonly transfers?: TransferSettings
  /** Sockets: how many, how long they live. Ignored where a transport is given. */
  readonly connections?: ConnectionOptions
  /** The way to the wire. @defaultValue undici's dispatcher on Node, `fetch` elsewhere */
  readonly transport?: Transport
  /** @defaultValue the machine's clock */
  readonly clock?: Clock
  /** Random numbers from 0 to 1, for jitter. @defaultValue Math.random */
  readonly random?: () => number
}
