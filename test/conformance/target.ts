/**
 * What the conformance suite knows of the server under test: where it is, who we are there, what it can do, and where it is
 * known to differ. `interop/servers/` starts such servers; `local.test.ts` starts ours.
 */
import { randomUUID } from 'node:crypto'
import { R2Client } from 'r2kit'

interface Capabilities {
  /** Whether buckets can be made and removed. */
  readonly createBucket: boolean
  /** Buckets that exist from the start, where none can be made: one per suite. */
  readonly buckets?: readonly string[]
  /** The one bucket that may be used, under this prefix only. */
  readonly sharedBucket?: { readonly bucket: string; readonly prefix: string }
}

export interface Target {
  readonly name: string
  /** May have a base path; a client's bucket and key come after it. */
  readonly endpoint: string
  /** `r2`: error messages must be R2's, word for word. `s3`: only status and code are looked at. */
  readonly dialect: 'r2' | 's3'
  readonly region: string
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }
  readonly capabilities: Capabilities
}

/** Case id → why this server does not do it. A gap is expected to fail: one that passes is reported as closed. */
export type Gaps = Readonly<Record<string, string>>

/** Where a suite works: a bucket, and the prefix of all its keys (empty when the bucket is its own). */
export interface Space {
  readonly bucket: string
  readonly prefix: string
}

export const openClient = (target: Target): R2Client =>
  new R2Client({
    endpoint: target.endpoint,
    credentials: target.credentials,
    addressing: 'path',
    presign: { allowedMethods: ['GET', 'HEAD', 'PUT', 'DELETE'] },
  })

/** Gives each suite a bucket nobody else uses, or a prefix of the shared one. */
export const spaceOpener = (target: Target, r2: R2Client) => {
  let used = 0
  return async (suite: string): Promise<Space> => {
    const { capabilities } = target
    if (capabilities.createBucket) {
      const bucket = `conformance-${suite}-${randomUUID().slice(0, 8)}`
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
