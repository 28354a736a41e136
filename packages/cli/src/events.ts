/**
 * What commands have to say. With `--json` each event is one line on standard output, with `version` before it; for
 * people `human.ts` makes a line of it. Fields may be added within a version; none changes or goes away.
 */
import type { ErrorReport } from './errors.js'

/** The version of the shape of the JSON lines. */
export const eventVersion = 1

/** `source` and `target` are addresses as the command line has them: `r2://bucket/key`, a path, or `-`. */
interface Way {
  readonly source: string
  readonly target: string
}

export type OutputEvent =
  | { readonly event: 'bucket'; readonly bucket: string; readonly creationDate?: string }
  | { readonly event: 'bucket-created'; readonly bucket: string }
  | { readonly event: 'bucket-deleted'; readonly bucket: string }
  | ObjectEvent
  | { readonly event: 'prefix'; readonly bucket: string; readonly prefix: string }
  | ({
      readonly event: 'transfer-done'
      readonly bytes: number
      readonly etag?: string
      readonly verified: Verified
    } & Way)
  | ({ readonly event: 'transfer-planned'; readonly command: 'cp' | 'mv'; readonly bytes?: number } & Way)
  | {
      readonly event: 'transfer-resumed'
      readonly source: string
      /** What an earlier run has moved, to be checked before it counts. */
      readonly parts: number
      readonly totalParts: number
      readonly bytes: number
    }
  | { readonly event: 'transfer-skipped'; readonly source: string; readonly target?: string; readonly reason: string }
  | {
      readonly event: 'transfer-failed'
      readonly source: string
      readonly target?: string
      readonly error: ErrorReport
    }
  | { readonly event: 'object-deleted'; readonly bucket: string; readonly key: string }
  | { readonly event: 'delete-planned'; readonly bucket: string; readonly key: string }
  | { readonly event: 'delete-failed'; readonly bucket: string; readonly key: string; readonly error: ErrorReport }
  | ({ readonly event: 'upload' | 'upload-aborted' | 'upload-abort-planned' } & UnfinishedUpload)
  | {
      readonly event: 'upload-abort-failed'
      readonly bucket: string
      readonly key: string
      readonly uploadId: string
      readonly error: ErrorReport
    }
  | {
      readonly event: 'usage'
      readonly bucket: string
      readonly prefix: string
      readonly objects: number
      readonly bytes: number
    }
  | {
      readonly event: 'url'
      readonly url: string
      readonly method: string
      readonly headers: Record<string, string>
      readonly expiresAt: string
    }
  | LocalReadyEvent
  | SummaryEvent
  | { readonly event: 'error'; readonly error: ErrorReport; readonly exitCode: number }

/**
 * How a copy was checked: `md5`, every byte against the object's ETag; `crc64nvme`, every byte against its checksum;
 * `length`, the number of bytes, where R2 keeps nothing that could prove more; `server`, R2 copied it and said so.
 */
export type Verified = 'md5' | 'crc64nvme' | 'length' | 'server'

interface UnfinishedUpload {
  readonly bucket: string
  readonly key: string
  readonly uploadId: string
  /** ISO 8601, UTC. */
  readonly initiated: string
}

export interface ObjectEvent {
  readonly event: 'object'
  readonly bucket: string
  readonly key: string
  readonly size: number
  readonly etag: string
  /** ISO 8601, UTC. */
  readonly lastModified: string
  readonly storageClass?: string
  /** The rest is known to `stat` only. */
  readonly contentType?: string
  readonly cacheControl?: string
  readonly contentDisposition?: string
  readonly contentEncoding?: string
  readonly contentLanguage?: string
  readonly expires?: string
  readonly metadata?: Readonly<Record<string, string>>
  readonly checksum?: { readonly algorithm: string; readonly value: string }
}

export interface LocalReadyEvent {
  readonly event: 'ready'
  readonly endpoint: string
  readonly accessKeyId: string
  /** Only the default one is shown; one from the environment is the user's own. */
  readonly secretAccessKey?: string
  /** Absent when the data is in memory and goes with the process. */
  readonly dataDir?: string
}

/** The last line of `cp`, `mv`, `rm` and `uploads abort`: how many were done, left out and failed. */
export interface SummaryEvent {
  readonly event: 'summary'
  readonly command: 'cp' | 'mv' | 'rm' | 'uploads abort'
  readonly dryRun: boolean
  readonly done: number
  readonly skipped: number
  readonly failed: number
  readonly bytes: number
  readonly elapsedMs: number
}
