/**
 * The server under test: its endpoint, credentials, capabilities and known gaps. `interop/servers/` starts third-party
 * servers; `local.test.ts` starts the local R2.
 */
import { randomUUID } from 'node:crypto'
import { type Clock, R2Client, type R2EventListener, systemClock, type Transport } from 'r2kit'

interface Capabilities {
  /** Whether the suite can create and delete buckets. */
  readonly createBucket: boolean
  /** Existing buckets, one per suite, for servers without CreateBucket. */
  readonly buckets?: readonly string[]
  /** The only bucket that the suites may use, restricted to this prefix. */
  readonly sharedBucket?: { readonly bucket: string; readonly prefix: string }
}

export interface Target {
  readonly name: string
  /** May have a base path; a client's bucket and key come after it. */
  readonly endpoint: string
  /** `r2`: error messages must equal R2's. `s3`: only status and code are compared. */
  readonly dialect: 'r2' | 's3'
  readonly region: string
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }
  readonly capabilities: Capabilities
  /** @defaultValue the system clock */
  readonly clock?: Clock
  /** Part of the names of buckets. Runs with the same name send the same requests. @defaultValue random */
  readonly runName?: string
  /** Wraps or replaces the transports of the client and of raw requests, to record or to replay. @defaultValue the given one */
  readonly wrapTransport?: (transport: Transport) => Transport
  /** Wraps the client, to log its results. @defaultValue the client */
  readonly wrapClient?: (r2: R2Client) => R2Client
}

/** Case id → why this server fails the case. A gap whose case passes is reported as closed. */
export type Gaps = Readonly<Record<string, string>>

/** The bucket of a suite and the prefix of all its keys (empty if no other suite uses the bucket). */
export interface Space {
  readonly bucket: string
  readonly prefix: string
}

/** @param onEvent receives the client's events. @defaultValue no listener */
export const openClient = (target: Target, onEvent?: R2EventListener): R2Client =>
  new R2Client({
    ...(onEvent && { onEvent }),
    transport: (platform) => target.wrapTransport?.(platform) ?? platform,
    clock: target.clock ?? systemClock,
    endpoint: target.endpoint,
    credentials: target.credentials,
    addressing: 'path',
    presign: { allowedMethods: ['GET', 'HEAD', 'PUT', 'DELETE'] },
  })

/** Gives each suite a bucket that no other suite uses, or a prefix of the shared bucket. */
export const spaceOpener = (target: Target, r2: R2Client) => {
  let used = 0
  const runName = target.runName ?? randomUUID().slice(0, 8)
  return async (suite: string): Promise<Space> => {
    const { capabilities } = target
    if (capabilities.createBucket) {
      const bucket = `conformance-${suite}-${runName}`
      await r2.buckets.create({ bucket })
      return { bucket, prefix: '' }
    }
    const shared = capabilities.sharedBucket
    if (shared !== undefined) return { bucket: shared.bucket, prefix: `${shared.prefix}${suite}/` }
    const bucket = capabilities.buckets?.[used++]
    if (bucket === undefined) throw new Error(`${target.name} has no bucket left for the suite ${suite}`)
    return { bucket, prefix: '' }
  }
}
