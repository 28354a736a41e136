/** A case for every exported function and class, with its parameters. */
import { metrics, trace } from '@opentelemetry/api'
import type { Registry } from 'prom-client'
import {
  type ConnectionOptions,
  type CreateTransportOptions,
  type CredentialsInput,
  createTransport,
  FetchTransport,
  type FetchTransportOptions,
  type Layers,
  type PresignOptions,
  R2Client,
  R2ClientBuilder,
  type R2ClientOptions,
  type RetryOptions,
  Secret,
  systemClock,
  type TransferSettings,
  type ValidationRules,
} from 'r2kit'
import { type PublishEventsOptions, publishEvents } from 'r2kit/diagnostics'
import { type LogEventsOptions, logEvents } from 'r2kit/logging'
import { type OtelMetricsOptions, type OtelTracesOptions, otelMetrics, otelTraces } from 'r2kit/otel'
import {
  type ExplainPresignedUrlInput,
  explainPresignedUrl,
  type PresignUrlInput,
  presignUrl,
  type SigningCredentials,
} from 'r2kit/presign'
import { type PrometheusMetricsOptions, prometheusMetrics } from 'r2kit/prometheus'
import {
  type CircuitBreakerLayerOptions,
  circuitBreaker,
  concurrencyLimit,
  keyPacing,
  type RateLimitOptions,
  rateLimit,
} from 'r2kit/resilience'
import {
  type FaultInjectionOptions,
  FaultInjectionTransport,
  type FaultRule,
  parseFaultRule,
  type RecorderOptions,
  type ReplayOptions,
  SimulationRecorder,
  SimulationReplayer,
} from 'r2kit/simulation'
import {
  mixedFaults,
  type SimulatedClientOptions,
  type SimulateOptions,
  type SimulateSeedsOptions,
  simulate,
  simulateSeeds,
} from 'r2kit/testing'
import { fileJournal, fileNameOf } from 'r2kit/transfers'
import { FakeTransport, fakeClient, testCredentials } from '../fake-transport.js'
import { credentialCases } from './credential-cases.js'
import { type Argument, type Case, caseOf, synchronous } from './method-cases.js'
import {
  between,
  callback,
  duration,
  exclusive,
  flag,
  type Kind,
  type Kinds,
  list,
  methods,
  open,
  path,
  record,
  scalar,
  structure,
  text,
  timeouts,
  whole,
  word,
} from './value-kinds.js'

const accountId = '0123456789abcdef0123456789abcdef'

const clock = methods(() => systemClock)
const keyPair = () => ({ ...testCredentials })
const secret = text(testCredentials.secretAccessKey)
const anyObject = scalar((value) => (typeof value === 'object' && value !== null ? undefined : false))
const credentialsField: Kinds<CredentialsInput> = {
  accessKeyId: text(testCredentials.accessKeyId),
  secretAccessKey: secret,
  sessionToken: secret,
  expiresAt: scalar(
    (value) => Object.prototype.toString.call(value) === '[object Date]' && !Number.isNaN(Number(value)),
    () => new Date(8.64e15),
  ),
  refreshAfter: scalar(
    (value) => Object.prototype.toString.call(value) === '[object Date]' && !Number.isNaN(Number(value)),
    () => new Date(8.64e15),
  ),
}
const keyPairOrProvider = scalar(
  (value) => typeof value === 'function',
  keyPair,
  () => keyPair,
)

/** Excludes functions, which are credential providers and have their own case. */
const notAProvider = (given: unknown): never => (typeof given === 'function' ? undefined : given) as never

const delay = between(0, Number.MAX_SAFE_INTEGER)
const retry = structure<RetryOptions>(() => ({}), {
  maxAttempts: whole(1),
  baseDelayMs: delay,
  maxDelayMs: delay,
  maxRetryAfterMs: delay,
  budget: scalar(
    (value) => typeof value === 'number' && value >= 0,
    () => 0.5,
  ),
  jitter: scalar(
    (value) => value === 'full' || (typeof value === 'number' && value >= 0 && value <= 1),
    () => 'full',
    () => 0.1,
  ),
})
const validation = structure<ValidationRules>(() => ({}), {
  bucketNames: word('strict', 'r2'),
  keyBytesMax: whole(1, 1024),
  metadataBytesMax: whole(0, 8192),
  warn: callback,
})
const presign = structure<PresignOptions>(() => ({}), {
  // Each beside the default of the other.
  minExpirationSeconds: whole(1, 604_800),
  maxExpirationSeconds: whole(60, 604_800),
  allowedMethods: list(word('GET', 'PUT', 'HEAD', 'DELETE'), true),
  allowedContentTypes: list(text('text/html'), true),
  bucketNames: word('strict', 'r2'),
  onPresign: callback,
  cacheSize: whole(0),
})
const transfers = structure<TransferSettings>(() => ({}), {
  memoryBudgetBytes: between(1, Number.MAX_SAFE_INTEGER),
  maxConcurrency: whole(1),
  initialConcurrency: whole(1),
  partSizeBytes: whole(5 * 1024 * 1024, 5 * 1024 ** 3 - 5 * 1024 ** 2),
  thresholdBytes: whole(1, 5 * 1024 ** 3 - 5 * 1024 ** 2),
  noProgressTimeoutMs: duration,
  onWarning: callback,
})
const connections = structure<ConnectionOptions>(() => ({}), {
  maxConnections: whole(1),
  maxIdleConnections: whole(0),
  idleTimeoutMs: duration,
  keepAliveIntervalMs: duration,
  connectTimeoutMs: duration,
  acquireTimeoutMs: duration,
  closeTimeoutMs: duration,
  http2: flag,
  reuseReadBuffer: flag,
  ca: scalar(
    (value) => (typeof value === 'string' || Array.isArray(value) ? undefined : false),
    () => 'PEM',
  ),
  proxy: scalar(
    (value) => (typeof value === 'string' || (typeof value === 'object' && value !== null) ? undefined : false),
    () => 'environment',
  ),
})

/** A function that makes no handler is refused. */
const layer = scalar(
  (value) => (typeof value === 'function' ? undefined : false),
  () => (next: unknown) => next,
)
const layers = structure<Layers>(() => ({}), { call: list(layer, true), attempt: list(layer, true) })

/** A function, or an array of functions. */
const listeners = scalar(
  (value) => typeof value === 'function' || (Array.isArray(value) ? undefined : false),
  () => () => undefined,
  () => [],
)

/** With methods of its own, which a copy in another realm keeps. */
const plainRegistry = (): object => ({ registerMetric: () => undefined, metrics: () => '' })

const clientOptions: Kinds<R2ClientOptions> = {
  accountId: text(accountId),
  jurisdiction: word('eu', 'fedramp', 'us'),
  endpoint: text('http://localhost:9000'),
  addressing: word('path', 'virtual-host'),
  allowInsecureEndpoint: flag,
  credentials: keyPairOrProvider,
  region: text('auto'),
  integrity: word('crc32', 'crc32c', 'crc64nvme', 'sha1', 'sha256', 'md5', 'none'),
  timeouts,
  retry,
  validation,
  presign,
  transfers,
  connections,
  transport: methods(() => new FakeTransport()),
  clock,
  random: callback,
  layers,
  onEvent: listeners,
}

const options = (kind: Kind): Argument => ({ name: 'options', kind })

/** A case that passes a value to a method of the builder and builds the client. */
/** Methods of the builder whose option has another name. */
const optionOf: Readonly<Record<string, string>> = {
  credentialProvider: 'credentials',
  withReplayTransport: 'transport',
}

const built = (name: keyof R2ClientBuilder & string, kind: Kind): Case =>
  synchronous(
    caseOf(
      `R2ClientBuilder.${name}`,
      () => (given: never) => {
        const builder = new R2ClientBuilder().accountId(accountId).credentials('a', 'b')
        Reflect.apply(builder[name], builder, [given])
        return builder.build()
      },
      { name: optionOf[name] ?? name, kind, prefix: `${name}.` },
    ),
  )

const signingCredentials: Kinds<SigningCredentials & { expiresAt: Date }> = {
  accessKeyId: text(testCredentials.accessKeyId),
  secretAccessKey: secret,
  sessionToken: secret,
  expiresAt: anyObject,
}
const texts = scalar(
  (value) => (Array.isArray(value) ? undefined : false),
  () => ['PUT', 'text/plain'],
)
const anyNumber = scalar((value) => (typeof value === 'number' ? undefined : false))
const presignInput: Kinds<PresignUrlInput> = {
  method: word('PUT'),
  bucket: text('photos'),
  key: text('cat.jpg'),
  expiresInSeconds: whole(60, 604_800),
  // Whether a date is valid depends on the clock; separate tests cover it.
  expiresAt: exclusive,
  contentType: text('image/jpeg'),
  minExpirationSeconds: anyNumber,
  maxExpirationSeconds: anyNumber,
  allowedMethods: texts,
  allowedContentTypes: texts,
  bucketNames: text('r2'),
  accountId: text(accountId),
  endpoint: text('http://localhost:9000'),
  allowInsecureEndpoint: flag,
  jurisdiction: word('eu', 'fedramp', 'us'),
  credentials: structure<SigningCredentials>(keyPair, signingCredentials),
  addressing: word('path', 'virtual-host'),
  headers: record,
  query: record,
  nowMs: between(0, 253_402_300_799_999),
}
const explained: Kinds<ExplainPresignedUrlInput> = {
  url: text('https://h/b/k?X-Amz-Date=1'),
  method: text('PUT'),
  headers: record,
  credentials: structure<SigningCredentials>(keyPair, signingCredentials),
  nowMs: between(0, 253_402_300_799_999),
}
const presignSample = () => ({
  accountId,
  credentials: keyPair(),
  method: 'PUT',
  bucket: 'photos',
  key: 'cat.jpg',
  expiresInSeconds: 600,
})

/** Name of the export → its cases. */
const faultRule = structure<FaultRule & { kind: 'timeout' }>(() => ({ kind: 'timeout' }), {
  kind: word('timeout'),
  operation: text('PutObject'),
  bucket: text('photos'),
  key: text('a/*'),
  partNumber: whole(1, 10_000),
  attempt: whole(1),
  nth: whole(1),
  rate: between(0, 1),
  times: whole(0),
})

const simulatedClient = structure<SimulatedClientOptions>(() => ({}), {
  onEvent: listeners,
  layers,
  presign,
  retry,
  timeouts,
  transfers,
  validation,
})
const simulationSettings = {
  buckets: list(text('photos'), true),
  faults: scalar(
    (value) => (typeof value === 'function' || Array.isArray(value) ? undefined : false),
    () => [{ kind: 'timeout' }],
    () => () => [{ kind: 'timeout' }],
  ),
  client: simulatedClient,
  permit: list(word('pending-call', 'open-response', 'pending-timer', 'unfinished-upload'), true),
  onExchange: callback,
}

export const exportCases: Readonly<Record<string, readonly Case[]>> = {
  ...credentialCases,
  R2Client: [
    synchronous(
      caseOf(
        'new R2Client',
        () => (given: never) => new R2Client(given),
        options(structure<R2ClientOptions>(() => ({ accountId, credentials: keyPair() }), clientOptions)),
      ),
    ),
    synchronous(
      caseOf(
        'new R2Client credentials',
        () => (given: never) => new R2Client({ accountId, credentials: notAProvider(given) }),
        {
          name: 'credentials',
          kind: structure<CredentialsInput>(keyPair, credentialsField),
          prefix: 'credentials.',
        },
      ),
    ),
    caseOf(
      'new R2Client provider',
      () => (given: never) => fakeClient(undefined, { credentials: () => given }).r2.buckets.head({ bucket: 'photos' }),
      {
        name: 'credentials',
        // Expired credentials are rejected, too.
        kind: structure<CredentialsInput>(keyPair, {
          ...credentialsField,
          expiresAt: anyObject,
          refreshAfter: anyObject,
        }),
        prefix: 'credentials.',
      },
    ),
    synchronous(
      caseOf('R2Client.fromEnv', () => (environment: never) => R2Client.fromEnv(environment), {
        name: 'environment',
        kind: open(
          structure<Record<'R2_ACCOUNT_ID' | 'R2_ENDPOINT' | 'R2_ACCESS_KEY_ID' | 'R2_SECRET_ACCESS_KEY', string>>(
            () => ({ R2_ACCOUNT_ID: accountId, R2_ACCESS_KEY_ID: 'a', R2_SECRET_ACCESS_KEY: 'b' }),
            {
              R2_ACCOUNT_ID: text(accountId),
              R2_ENDPOINT: text('http://localhost:9000'),
              R2_ACCESS_KEY_ID: text('a'),
              R2_SECRET_ACCESS_KEY: text('b'),
            },
          ),
        ),
      }),
    ),
  ],
  R2ClientBuilder: [
    built('accountId', text(accountId)),
    built('integrity', word('crc32', 'crc32c', 'crc64nvme', 'sha1', 'sha256', 'md5', 'none')),
    built('jurisdiction', word('eu', 'fedramp', 'us')),
    built('endpoint', text('http://localhost:9000')),
    built('addressing', word('path', 'virtual-host')),
    built('credentialProvider', keyPairOrProvider),
    built('timeouts', timeouts),
    built('retry', retry),
    built('validation', validation),
    built('presign', presign),
    built('transfers', transfers),
    built(
      'transport',
      methods(() => new FakeTransport()),
    ),
    built('layers', layers),
    built('onEvent', listeners),
    synchronous(
      caseOf('R2ClientBuilder.withRecorder', () => (recorder: never) => new R2ClientBuilder().withRecorder(recorder), {
        name: 'recorder',
        kind: methods(() => new SimulationRecorder()),
      }),
    ),
    built(
      'withReplayTransport',
      methods(() => new FakeTransport()),
    ),
    built('clock', clock),
    synchronous(
      caseOf(
        'R2ClientBuilder.credentials',
        () => (accessKeyId: never, secretAccessKey: never, sessionToken: never) =>
          new R2ClientBuilder().accountId(accountId).credentials(accessKeyId, secretAccessKey, sessionToken).build(),
        { name: 'credentials.accessKeyId', kind: text('a') },
        { name: 'credentials.secretAccessKey', kind: text('b') },
        { name: 'credentials.sessionToken', kind: text('c') },
      ),
    ),
  ],
  FetchTransport: [
    synchronous(
      caseOf(
        'new FetchTransport',
        () => (given: never) => new FetchTransport(given),
        options(structure<FetchTransportOptions>(() => ({}), { fetch: callback, clock, closeTimeoutMs: duration })),
      ),
    ),
  ],
  createTransport: [
    synchronous(
      caseOf(
        'createTransport',
        () => (given: never) => createTransport(given),
        options(
          structure<CreateTransportOptions>(() => ({ name: 'a', send: () => undefined }) as never, {
            name: text('a'),
            send: callback,
            cannotSend: callback,
            clock,
            closeTimeoutMs: duration,
          }),
        ),
      ),
    ),
  ],
  FaultInjectionTransport: [
    synchronous(
      caseOf(
        'new FaultInjectionTransport',
        () => (given: never) => new FaultInjectionTransport(new FakeTransport(), given),
        options(
          structure<FaultInjectionOptions>(() => ({ rules: [] }), {
            rules: list(faultRule, true),
            seed: whole(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, 1),
            addressing: word('path', 'virtual-host'),
            clock,
            onFault: callback,
          }),
        ),
      ),
    ),
  ],
  mixedFaults: [
    synchronous(
      caseOf(
        'mixedFaults',
        () => (random: never, rateMax: never) => mixedFaults(random, rateMax),
        { name: 'random', kind: callback },
        { name: 'rateMax', kind: between(0, 1) },
      ),
    ),
  ],
  simulate: [
    caseOf(
      'simulate',
      () => (given: never) => simulate(given),
      options(
        structure<SimulateOptions<unknown>>(() => ({ run: () => undefined }), {
          ...simulationSettings,
          seed: whole(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, 1),
          run: callback,
        }),
      ),
    ),
  ],
  simulateSeeds: [
    caseOf(
      'simulateSeeds',
      () => (given: never) => simulateSeeds(given),
      options(
        structure<SimulateSeedsOptions>(() => ({ seeds: 1, run: () => undefined }), {
          ...simulationSettings,
          seeds: whole(1),
          firstSeed: whole(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, 1),
          run: callback,
        }),
      ),
    ),
  ],
  otelTraces: [
    synchronous(
      caseOf(
        'otelTraces',
        () => (given: never) => otelTraces(given),
        options(structure<OtelTracesOptions>(() => ({}), { tracerProvider: methods(() => trace.getTracerProvider()) })),
      ),
    ),
  ],
  otelMetrics: [
    synchronous(
      caseOf(
        'otelMetrics',
        () => (given: never) => otelMetrics(given),
        options(
          structure<OtelMetricsOptions>(() => ({}), { meterProvider: methods(() => metrics.getMeterProvider()) }),
        ),
      ),
    ),
  ],
  prometheusMetrics: [
    synchronous(
      caseOf(
        'prometheusMetrics',
        () => (given: never) => prometheusMetrics(given),
        options(
          structure<PrometheusMetricsOptions>(() => ({ registry: plainRegistry() as Registry }), {
            registry: methods(plainRegistry),
            maxBuckets: whole(0),
          }),
        ),
      ),
    ),
  ],
  publishEvents: [
    synchronous(
      caseOf(
        'publishEvents',
        () => (given: never) => publishEvents(given),
        options(structure<PublishEventsOptions>(() => ({}), { describesRequests: flag })),
      ),
    ),
  ],
  logEvents: [
    synchronous(
      caseOf(
        'logEvents',
        () => (given: never) => logEvents(console, given),
        options(
          structure<LogEventsOptions>(() => ({}), {
            level: word('error', 'warn', 'info', 'debug', 'trace'),
            expected: list(word('ObjectNotFound'), true),
          }),
        ),
      ),
    ),
  ],
  circuitBreaker: [
    synchronous(
      caseOf(
        'circuitBreaker',
        () => (given: never) => circuitBreaker(given),
        options(
          structure<CircuitBreakerLayerOptions>(() => ({}), {
            failures: whole(1),
            openMs: duration,
            successes: whole(1),
            per: word('endpoint', 'bucket'),
            onChange: callback,
          }),
        ),
      ),
    ),
  ],
  rateLimit: [
    synchronous(
      caseOf(
        'rateLimit',
        () => (given: never) => rateLimit(given),
        options(
          structure<RateLimitOptions>(() => ({ requestsPerSecond: 10 }), {
            requestsPerSecond: between(0.001, Number.MAX_SAFE_INTEGER),
            burst: between(1, Number.MAX_SAFE_INTEGER),
          }),
        ),
      ),
    ),
  ],
  keyPacing: [
    synchronous(
      caseOf('keyPacing', () => (given: never) => keyPacing(given), {
        name: 'writesPerSecond',
        kind: between(0.001, Number.MAX_SAFE_INTEGER),
      }),
    ),
  ],
  concurrencyLimit: [
    synchronous(
      caseOf('concurrencyLimit', () => (given: never) => concurrencyLimit(given), {
        name: 'maxRequests',
        kind: whole(1),
      }),
    ),
  ],
  parseFaultRule: [
    synchronous(
      caseOf('parseFaultRule', () => (rule: never) => parseFaultRule(rule), {
        name: 'rule',
        kind: text('kind=timeout'),
      }),
    ),
  ],
  SimulationRecorder: [
    synchronous(
      caseOf(
        'new SimulationRecorder',
        () => (given: never) => new SimulationRecorder(given),
        options(structure<RecorderOptions>(() => ({}), { addressing: word('path', 'virtual-host'), clock })),
      ),
    ),
  ],
  SimulationReplayer: [
    synchronous(
      caseOf(
        'new SimulationReplayer',
        () => (given: never) => new SimulationReplayer(new SimulationRecorder().export(), given),
        options(
          structure<ReplayOptions>(() => ({}), {
            order: word('strict', 'per-key', 'any'),
            timing: scalar(
              (value) =>
                value === 'none' ||
                value === 'real' ||
                (typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER),
              () => 0.5,
            ),
            addressing: word('path', 'virtual-host'),
            clock,
          }),
        ),
      ),
    ),
  ],
  Secret: [
    synchronous(caseOf('new Secret', () => (value: never) => new Secret(value), { name: 'secret', kind: text('a') })),
  ],
  presignUrl: [
    synchronous(
      caseOf('presignUrl', () => (given: never) => presignUrl(given), {
        name: 'input',
        kind: structure<PresignUrlInput>(presignSample, presignInput),
      }),
    ),
  ],
  explainPresignedUrl: [
    synchronous(
      caseOf('explainPresignedUrl', () => (given: never) => explainPresignedUrl(given), {
        name: 'input',
        kind: structure<ExplainPresignedUrlInput>(() => ({ url: 'https://h/b/k' }), explained),
      }),
    ),
  ],
  fileJournal: [
    synchronous(
      caseOf('fileJournal', () => (folder: never) => fileJournal(folder), {
        name: 'folder',
        kind: path('a'),
      }),
    ),
  ],
  fileNameOf: [
    synchronous(
      caseOf('fileNameOf', () => (key: never) => fileNameOf(key), { name: 'key', kind: text('a/b', '../c', '') }),
    ),
  ],
}
