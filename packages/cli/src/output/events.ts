/**
 * The events that commands emit. With `--json` each event is one line on standard output, preceded by `version`; without it,
 * `human-line.ts` formats it for people. Within a version fields may be added; existing fields are never changed or removed.
 */
import type { ConfigurationProblem } from '../errors/error-kinds.js'
import type { ErrorReport } from '../errors/error-report.js'

/** The value of `version` in every JSON line. */
export const eventVersion = 1

/** Source and target of a transfer, as addresses: `r2://bucket/key`, a path, `-`, or the program of `--from-command`. */
interface Route {
  readonly source: string
  readonly target: string
}

/** A result, a report or an error of a command, distinguished by `event`. */
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
    } & Route)
  | ({ readonly event: 'transfer-planned'; readonly command: 'cp' | 'mv'; readonly bytes?: number } & Route)
  | TransferResumedEvent
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
  | SettingEvent
  | ({ readonly event: 'config-problem' } & ConfigurationProblem)
  | { readonly event: 'config-valid'; readonly file: string }
  | UrlExplainedEvent
  | LocalReadyEvent
  | SummaryEvent
  | { readonly event: 'error'; readonly error: ErrorReport; readonly exitCode: number }

/** Why a presigned URL does not work. Never contains the URL, whose signature is a secret. */
export interface UrlExplainedEvent {
  readonly event: 'url-explained'
  readonly problems: { readonly reason: string; readonly message: string; readonly hint: string }[]
  /** Whether credentials were there to compare the signature. */
  readonly isSignatureChecked: boolean
  readonly signedHeaders: string[]
  readonly method?: string
  readonly signedAt?: string
  readonly expiresAt?: string
}

/**
 * How a copy was verified. A checksum (`crc32`, …): every byte against the checksum that R2 stores with the object. `md5`: every
 * byte against the object's ETag. `length`: the number of bytes, if R2 stores neither, and with `--integrity none`. `server`: R2
 * copied the object itself and confirmed it.
 */
export type Verified = 'crc32' | 'crc32c' | 'crc64nvme' | 'sha1' | 'sha256' | 'md5' | 'length' | 'server'

/** An interrupted transfer continues. The counts are of an earlier run; its parts are checked before they are reused. */
interface TransferResumedEvent {
  readonly event: 'transfer-resumed'
  readonly source: string
  readonly parts: number
  readonly totalParts: number
  readonly bytes: number
}

/** An upload in parts that was neither completed nor aborted. */
interface UnfinishedUpload {
  readonly bucket: string
  readonly key: string
  readonly uploadId: string
  /** ISO 8601, UTC. */
  readonly initiated: string
}

/** An object in a listing, or in full from `stat`. */
export interface ObjectEvent {
  readonly event: 'object'
  readonly bucket: string
  readonly key: string
  /** Bytes. */
  readonly size: number
  readonly etag: string
  /** ISO 8601, UTC. */
  readonly lastModified: string
  readonly storageClass?: string
  // Only `stat` sets the following fields.
  readonly contentType?: string
  readonly cacheControl?: string
  readonly contentDisposition?: string
  readonly contentEncoding?: string
  readonly contentLanguage?: string
  readonly expires?: string
  readonly metadata?: Readonly<Record<string, string>>
  readonly checksum?: { readonly algorithm: string; readonly value: string }
}

/** One setting of `r2 config show`. */
export interface SettingEvent {
  readonly event: 'setting'
  /** Path below `cloudflare_r2`: `timeouts.connect_seconds`. */
  readonly path: string
  /** Value in the unit of the file. Absent for a secret. */
  readonly value?: string | number | boolean | readonly string[]
  /** Whether there is a value that is not shown. */
  readonly secret: boolean
  /** File, line and column, variable, option, or `default`. */
  readonly source: string
}

/** `r2 local` accepts requests. */
export interface LocalReadyEvent {
  readonly event: 'ready'
  readonly endpoint: string
  readonly accessKeyId: string
  /** The default secret. Absent if the secret was set in the environment, because it is then private. */
  readonly secretAccessKey?: string
  /** Folder of the data. Absent if the data is in memory and lost when the process ends. */
  readonly dataDir?: string
  /** Endpoint that `r2 proxy` forwards to. Absent for `r2 local`. */
  readonly target?: string
  /** Address of the fault rules on the control port. Absent without `--control-port`. */
  readonly control?: string
}

/** The last line of `cp`, `mv`, `rm -r` and `uploads abort`: counts of processed, skipped and failed objects or uploads. */
export interface SummaryEvent {
  readonly event: 'summary'
  readonly command: 'cp' | 'mv' | 'rm' | 'uploads abort'
  readonly dryRun: boolean
  readonly done: number
  readonly skipped: number
  readonly failed: number
  /** Bytes of the objects that are done; 0 for `rm` and `uploads abort`. */
  readonly bytes: number
  /** Milliseconds from start to end of the command's work. */
  readonly elapsedMs: number
}
