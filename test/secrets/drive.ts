/** Drives the operations of a client, and records what they show. */
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { Registry } from 'prom-client'
import { R2Client, type R2ClientOptions, type R2Event, type R2EventListener, type Transport } from 'r2kit'
import { logEvents } from 'r2kit/logging'
import { otelTraces } from 'r2kit/otel'
import { prometheusMetrics } from 'r2kit/prometheus'
import { SimulationRecorder } from 'r2kit/simulation'
import { sampleOf } from '../support/inputs/argument-locations.js'
import type { Case } from '../support/inputs/method-cases.js'
import type { Kind } from '../support/inputs/value-kinds.js'
import { credentials, customerKey, sourceCustomerKey } from './marks.js'
import type { Witness } from './witness.js'

/** Collects the signatures of all requests and URLs. */
export const signatures = new Set<string>()

export const signaturesIn = (text: string): void => {
  for (const [, signature = ''] of text.matchAll(/Signature=([0-9a-f]{64})/g)) signatures.add(signature)
}

/** Around a transport: keeps the signatures. */
const watchingSignatures = (inner: Transport): Transport => ({
  name: inner.name,
  cannotSend: (path) => inner.cannotSend?.(path),
  send: async (request) => {
    signaturesIn(request.headers.authorization ?? '')
    const response = await inner.send(request)
    // The contract of transports: only a success has a stream. The fake transport returns one for any status.
    if (response.status < 300 || response.body instanceof Uint8Array) return response
    return { ...response, body: new Uint8Array(await new Response(response.body).arrayBuffer()) }
  },
  close: () => inner.close(),
})

/** Traces and metrics of all clients. */
const exporter = new InMemorySpanExporter()
const tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
const registry = new Registry()
const metrics = prometheusMetrics({ registry })

/** Records the spans and metrics so far. */
export const seeTelemetry = async (witness: Witness): Promise<void> => {
  for (const { name, attributes, events, status } of exporter.getFinishedSpans())
    witness.seeData('span', { name, attributes, events, status })
  exporter.reset()
  witness.add('metrics', await registry.metrics())
}

/** Everything that listens to a client. */
const listenersOf = (witness: Witness): R2EventListener[] => {
  const write = (fields: object, message: string) => {
    witness.seeData('log', fields)
    witness.add('log', message)
  }
  const logger = { error: write, warn: write, info: write, debug: write, trace: write }
  return [
    Object.assign((event: R2Event) => witness.seeData('event', event), { describesRequests: true }),
    logEvents(logger, { level: 'trace' }),
    otelTraces({ tracerProvider }),
    metrics,
  ]
}

/** A client whose events, warnings, audit records and requests are recorded. */
export const watchedClient = (witness: Witness, options: Partial<R2ClientOptions>, { isRecorded = true } = {}) => {
  const recorder = new SimulationRecorder()
  const { transport } = options
  const r2 = new R2Client({
    endpoint: 'http://127.0.0.1:9',
    credentials,
    presign: {
      allowedMethods: ['GET', 'PUT', 'HEAD', 'DELETE'],
      onPresign: (record) => witness.see('presign record', record),
    },
    validation: { warn: (warning) => witness.see('validation warning', warning) },
    transfers: {
      noProgressTimeoutMs: 1000,
      onWarning: (message, error) => witness.see('transfer warning', [message, error]),
    },
    onEvent: listenersOf(witness),
    ...options,
    transport: (platform) => {
      const inner = watchingSignatures(typeof transport === 'object' ? transport : (transport?.(platform) ?? platform))
      return isRecorded ? recorder.wrap(inner) : inner
    },
  } as R2ClientOptions)
  return { r2, recorder }
}

/** Valid arguments of a method, with marked customer keys wherever it takes them. */
export const markedArguments = ({ takes }: Case): unknown[] =>
  takes.map(({ kind }) => {
    const value = sampleOf(kind)
    return kind.is === 'structure' ? { ...(value as object), ...customerKeysOf(kind) } : value
  })

const customerKeysOf = (kind: Kind & { is: 'structure' }) => ({
  ...('ssec' in kind.fields && { ssec: { key: customerKey } }),
  ...('sourceSsec' in kind.fields && { sourceSsec: { key: sourceCustomerKey } }),
})

/** The result of a call; of a list, its first page. */
export const resultOf = async (returned: unknown): Promise<unknown> => {
  if (typeof returned === 'object' && returned !== null && 'pages' in returned && typeof returned.pages === 'function')
    return returned.pages().next()
  return returned
}
