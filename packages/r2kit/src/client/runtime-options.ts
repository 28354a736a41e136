import { proxyField } from '#proxy'
import type { Clock } from '../base/clock.js'
import { clientError } from '../errors/calls.js'
import type { ConnectionOptions, Transport } from '../http/index.js'
import type { R2EventListener } from '../observability/index.js'
import type { Timeouts } from '../pipeline/index.js'
import type { RetryOptions } from '../resilience/index.js'
import type { CredentialProvider, CredentialsInput } from '../security/index.js'
import {
  anyText,
  anything,
  callback,
  duration,
  eitherOf,
  type Field,
  type Fields,
  flag,
  integer,
  keyBytesLimit,
  listOf,
  metadataBytesLimit,
  moment,
  number,
  type ObjectField,
  objectOf,
  oneOf,
  required,
  shown,
  type ValidationRules,
  withMethods,
} from '../validation/index.js'
import { type EndpointOptions, endpointFields } from './endpoint.js'
import { type Integrity, integrityField } from './fields/integrity.js'
import type { Layers } from './layers.js'
import { timeoutsField } from './timeouts.js'

/** The part of a client's configuration that its operations use. */
export interface RuntimeOptions extends EndpointOptions {
  /**
   * Access key, with a session token where it is temporary; or a function that fetches them, which is called again before they
   * expire.
   *
   * @example { accessKeyId: '0123…', secretAccessKey: '4567…' }
   */
  readonly credentials: CredentialsInput | CredentialProvider
  /** Region in signatures. R2 accepts `auto`, `us-east-1` and its location hints. For jurisdictions see `jurisdiction`. @defaultValue 'auto' */
  readonly region?: string | undefined
  /** Time limits of each attempt. @defaultValue see `Timeouts` */
  readonly timeouts?: Timeouts | undefined
  /** Number of attempts, and the delays between them. @defaultValue see `RetryOptions` */
  readonly retry?: RetryOptions | undefined
  /**
   * The checksum that guards uploads and is stored with them, for calls that choose none; downloads are verified by the stored one.
   * With `none`, neither is verified. @defaultValue 'crc32'
   */
  readonly integrity?: Integrity | undefined
  /** Rules for bucket names, keys and metadata. @defaultValue see `ValidationRules` */
  readonly validation?: ValidationRules | undefined
  /** Number and lifetime of connections. Not beside `transport`, which has its own. @defaultValue see `ConnectionOptions` */
  readonly connections?: ConnectionOptions | undefined
  /**
   * Sends requests; or a function that receives the platform's transport and returns the one to use, such as a recorder or a
   * fault injector around it. @defaultValue undici's dispatcher on Node and Deno, sockets on Bun, `fetch` elsewhere
   */
  readonly transport?: Transport | ((platform: Transport) => Transport) | undefined
  /** Source of time, for tests. @defaultValue the machine's clock */
  readonly clock?: Clock | undefined
  /** Returns random numbers from 0 to 1, for the jitter of delays. @defaultValue Math.random */
  readonly random?: (() => number) | undefined
  /** Layers of your own around every call and every attempt: headers, limits, another policy. @defaultValue none */
  readonly layers?: Layers | undefined
  /**
   * Receives the events of the client: calls, attempts, retries, transfers, presigned URLs. `r2kit/otel`, `r2kit/prometheus`,
   * `r2kit/logging` and `r2kit/diagnostics` make listeners. Without a listener, no event is made. @defaultValue none
   */
  readonly onEvent?: R2EventListener | readonly R2EventListener[] | undefined
}

const retryFields: Fields<RetryOptions> = {
  maxAttempts: integer(1),
  baseDelayMs: number(0, Number.MAX_SAFE_INTEGER),
  maxDelayMs: number(0, Number.MAX_SAFE_INTEGER),
  maxRetryAfterMs: number(0, Number.MAX_SAFE_INTEGER),
  budget: number(0, Number.POSITIVE_INFINITY),
  jitter: eitherOf<number | 'full'>("a share from 0 to 1, or 'full'", "Pass 0.1 or 'full'.", (value) =>
    typeof value === 'string' ? oneOf('full') : number(0, 1),
  ),
}

const validationFields: Fields<ValidationRules> = {
  bucketNames: oneOf('strict', 'r2'),
  keyBytesMax: integer(1, keyBytesLimit),
  metadataBytesMax: integer(0, metadataBytesLimit),
  warn: callback(),
}

const certificates = eitherOf<string | readonly string[]>(
  'a certificate in PEM, or an array of them',
  'Pass the text of the PEM file.',
  (value) => (Array.isArray(value) ? listOf(anyText) : typeof value === 'string' ? anyText : undefined),
)

const connectionFields: Fields<ConnectionOptions> = {
  maxConnections: integer(1),
  maxIdleConnections: integer(0),
  idleTimeoutMs: duration,
  keepAliveIntervalMs: duration,
  connectTimeoutMs: duration,
  acquireTimeoutMs: duration,
  closeTimeoutMs: duration,
  http2: flag,
  reuseReadBuffer: flag,
  ca: certificates,
  proxy: proxyField,
}

/** Checked by the class for credentials, whose errors never contain a value. */
const secret = <T>() => anything<T>('a string')

const keyPairField = objectOf<Partial<CredentialsInput>>('credentials', {
  accessKeyId: secret<string>(),
  secretAccessKey: secret<CredentialsInput['secretAccessKey']>(),
  sessionToken: secret<NonNullable<CredentialsInput['sessionToken']>>(),
  expiresAt: moment,
  refreshAfter: moment,
}) as ObjectField<CredentialsInput>

/** The region is a path segment of the credential scope in each signature. */
const regionField: Field<string> = {
  takes: "a region such as 'auto'",
  read(value, name, refuse) {
    const region = anyText.read(value, name, refuse)
    if (/^[\w-]{1,64}$/.test(region)) return region
    throw refuse(
      name,
      `must be letters, digits and hyphens, but it is ${shown(region)}`,
      "Omit it: the region of R2 is 'auto'.",
    )
  },
}

const credentialsField: Field<RuntimeOptions['credentials']> = {
  takes: '{ accessKeyId, secretAccessKey }, or a function that fetches them',
  fields: keyPairField.fields,
  read(value, name, refuse) {
    if (typeof value === 'function') return checkedProvider(value as CredentialProvider)
    if (typeof value === 'object' && value !== null) return keyPairField.read(value, name, refuse)
    throw refuse(name, `must be ${this.takes}`, 'Pass the key pair of an R2 API token.')
  },
}

/** Rejects unknown fields: credentials whose expiry had another name would never be refreshed. */
const checkedProvider =
  (provider: CredentialProvider): CredentialProvider =>
  async (context) =>
    keyPairField.read(await provider(context), 'credentials', (field, problem, hint, cause) =>
      clientError('InvalidCredentials', `${field} of the provider ${problem}`, { field, hint, cause }),
    )

const ownTransport = withMethods<Transport>('a Transport', 'send', 'close')

const transportField: Field<NonNullable<RuntimeOptions['transport']>> = {
  takes: ownTransport.takes,
  read(value, name, refuse) {
    if (typeof value !== 'function') return ownTransport.read(value, name, refuse)
    return (platform) => ownTransport.read(value(platform), `${name}(platform)`, refuse)
  },
}

/** The options that every client has. */
export type CoreOptions = Omit<RuntimeOptions, 'layers' | 'onEvent'>

/** Their tables; `extension-options.ts` has the others. */
export const coreOptionFields: Fields<CoreOptions> = {
  ...endpointFields,
  credentials: required(credentialsField),
  region: regionField,
  timeouts: timeoutsField,
  retry: objectOf('retry', retryFields),
  integrity: integrityField,
  validation: objectOf('validation', validationFields),
  connections: objectOf('connections', connectionFields),
  transport: transportField,
  clock: withMethods<Clock>('a Clock', 'now', 'monotonicMs', 'after'),
  random: callback<() => number>(),
}
