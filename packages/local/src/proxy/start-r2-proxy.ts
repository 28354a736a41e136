/** Starts a proxy in front of an S3 endpoint that injects faults and can record the exchanges. */
import {
  createDefaultTransport,
  type Field,
  type Fields,
  faultRulesField,
  integer,
  objectOf,
  printable,
  R2Error,
  RequestSigner,
  refuseOption,
  required,
  type SigningCredentials,
  systemClock,
  type Transport,
  typeNameOf,
  withMethods,
} from 'r2kit/protocol'
import type { FaultRule } from 'r2kit/simulation'
import { internalErrorReporter, logToStandardError } from '../errors/internal-errors.js'
import { FaultSwitch, type InjectedFaults } from '../faults/fault-switch.js'
import { bucketOfHost as bucketOfHostFor } from '../routing/virtual-host.js'
import { createHttpServer, listen, serve } from '../server/listener.js'
import { forward } from './forward.js'

/** Wraps the transport of a proxy: a `SimulationRecorder`. */
export interface TransportWrapper {
  wrap(inner: Transport): Transport
}

/** Options of `startR2Proxy`. */
export interface R2ProxyOptions {
  /** Scheme, host and port of the endpoint, without a path: `https://<account id>.r2.cloudflarestorage.com`. */
  readonly target: string
  /**
   * Signs the forwarded requests. Clients of the proxy must use the same access key ID; their signatures, which are for the
   * proxy's host, are not verified but replaced.
   */
  readonly credentials: SigningCredentials
  /** TCP port of 127.0.0.1 to listen on. @defaultValue 0, a free one */
  readonly port?: number | undefined
  /** Fault rules. @defaultValue none */
  readonly faults?: readonly FaultRule[] | undefined
  /** Seed of the rules' rates. @defaultValue 0 */
  readonly faultSeed?: number | undefined
  /** Records the exchanges with the target, without injected faults. @defaultValue none */
  readonly recorder?: TransportWrapper | undefined
}

/** A running proxy. */
export interface R2Proxy extends AsyncDisposable {
  /** Address for clients: `http://127.0.0.1:49152`. */
  readonly endpoint: string
  /** The TCP port. */
  readonly port: number
  /** The fault rules, and how many faults each has injected since the rules were set. */
  readonly injectedFaults: readonly InjectedFaults[]
  /** Replaces the fault rules. @throws R2Error `InvalidConfig` with the field in `field` */
  setFaults(rules: readonly FaultRule[]): void
  /** Closes the proxy: requests in flight have half a second to finish. */
  close(): Promise<void>
}

const text: Field<string> = {
  takes: 'a string that is not empty',
  read(value, name, refuse) {
    if (typeof value === 'string' && value !== '') return value
    throw refuse(
      name,
      `must be a string that is not empty, but it is ${typeNameOf(value)}`,
      'Pass the key pair of the target.',
    )
  },
}

const origin: Field<string> = {
  takes: 'an origin',
  read(value, name, refuse) {
    const url = typeof value === 'string' ? (URL.parse?.(value) ?? parsed(value)) : undefined
    const isOrigin =
      url && /^https?:$/.test(url.protocol) && url.pathname === '/' && url.search === '' && url.username === ''
    if (url && isOrigin) return url.origin
    const given = typeof value === 'string' ? printable(value.slice(0, 80)) : typeNameOf(value)
    throw refuse(
      name,
      `must be scheme, host and port of an S3 endpoint, but it is ${given}`,
      'Pass https://host, without a path.',
    )
  },
}

const parsed = (value: string): URL | undefined => {
  try {
    return new URL(value)
  } catch {
    return undefined
  }
}

const fields: Fields<R2ProxyOptions> = {
  target: required(origin),
  credentials: required(
    objectOf<SigningCredentials>('credentials', {
      accessKeyId: required(text),
      secretAccessKey: required(text),
      sessionToken: text,
    }),
  ),
  port: integer(0, 65_535),
  faults: faultRulesField,
  faultSeed: integer(Number.MIN_SAFE_INTEGER),
  recorder: withMethods<TransportWrapper>('a SimulationRecorder', 'wrap'),
}
const optionsField = objectOf<R2ProxyOptions>('R2ProxyOptions', fields, { argument: 'options' })

const host = '127.0.0.1'

/**
 * Starts a proxy on loopback that forwards S3 requests, injects faults, and records. Clients address buckets in the path, or as
 * `<bucket>.localhost`; the target is addressed in path style.
 *
 * Bodies and header fields pass unchanged, except those of the connection and of the signature: a client signs for the host of
 * the proxy, so the proxy signs again for the target. It forwards only requests that name the access key ID of `credentials`,
 * so that web pages cannot use them. It does not verify signatures.
 *
 * A chunked body without a `Content-Length` is collected in memory, up to 64 MiB. As by R2, objects without a length are refused
 * (411), and so are bodies whose chunks are signed one by one (501).
 *
 * @throws R2Error `InvalidConfig` with the option in `field`
 * @throws Error The system's error if the port cannot be opened
 * @example
 * const recorder = new SimulationRecorder()
 * await using proxy = await startR2Proxy({ target: endpoint, credentials, recorder, faults: [{ kind: 'slow-down', rate: 0.1 }] })
 */
export const startR2Proxy = async (given: R2ProxyOptions): Promise<R2Proxy> => {
  const {
    target,
    credentials,
    port: wantedPort = 0,
    faults: rules = [],
    faultSeed = 0,
    recorder,
  } = optionsField.read(given, '', refuseOption)
  const faults = new FaultSwitch(rules, faultSeed)
  const inner = createDefaultTransport({ connections: {}, clock: systemClock })
  const transport = recorder?.wrap(inner) ?? inner
  const signer = new RequestSigner()
  const server = createHttpServer()
  const bucketOfHost = bucketOfHostFor(host)
  const port = await listen(server, wantedPort, host)
  const stopServing = serve(server, {
    clock: systemClock,
    faults,
    reportInternalError: internalErrorReporter((error, line) => {
      // A target that breaks off is no failure of the proxy.
      if (!(error instanceof R2Error)) logToStandardError(error, line)
    }),
    bucketOfHost,
    isProxy: true,
    handle: (incoming, altered) => forward({ target, credentials, signer, transport, bucketOfHost }, incoming, altered),
  })
  let closed: Promise<void> | undefined
  const close = (): Promise<void> => {
    closed ??= stopServing()
      .then(() => transport.close())
      .finally(() => signer.dispose())
    return closed
  }
  return {
    endpoint: `http://${host}:${port}`,
    port,
    get injectedFaults() {
      return faults.injected
    },
    setFaults: (next) => faults.set(next),
    close,
    [Symbol.asyncDispose]: close,
  }
}
