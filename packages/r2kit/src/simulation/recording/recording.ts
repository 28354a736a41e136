/**
 * The recording format: requests, their outcomes and times. Diffable text, version 1. Bodies are stored once, by their
 * SHA-256. Signatures, credentials, session tokens and customer keys are never part of it: requests keep only the header
 * fields and parameters that describe the request.
 */
import type { ErrorCode } from '../../errors/index.js'
import type { HeaderFields, HttpMethod } from '../../http/index.js'

/** A body by its digest. */
export interface RecordedBody {
  /** Lower-case hex SHA-256; the content is in the recording's `bodies`. */
  readonly sha256: string
  readonly bytes: number
}

/** The body of a request. */
export interface RecordedRequestBody extends RecordedBody {
  /** The attempt ended before the body had been read: this is its beginning. Of a body that was not opened, it is empty. */
  readonly isPartial?: boolean | undefined
}

/** What a request asks for, without what differs between two runs: signature, date, host. */
export interface RecordedRequest {
  /** S3's name of the operation: `PutObject`. */
  readonly operation: string
  readonly bucket?: string | undefined
  readonly key?: string | undefined
  readonly method: HttpMethod
  /** Parameters of the query, by name. */
  readonly query?: Readonly<Record<string, string>> | undefined
  /** Header fields by lower-case name. */
  readonly headers?: Readonly<HeaderFields> | undefined
  readonly body?: RecordedRequestBody | undefined
}

/** A response, or how the attempt failed. */
export type RecordedOutcome = RecordedResponse | RecordedFailure

export interface RecordedResponse {
  readonly status: number
  readonly headers: Readonly<HeaderFields>
  readonly body?: RecordedBody | undefined
  /** Sizes of the chunks in which a streamed body arrived, in bytes; absent for a body in memory. */
  readonly chunks?: readonly number[] | undefined
  /**
   * How long the reader waited for each chunk, and at last for the end of the body, in milliseconds; absent where it waited for
   * none. Time in which the reader was the slow side is not part of it.
   */
  readonly waitsMs?: readonly number[] | undefined
  /** How a streamed body failed after those chunks. */
  readonly bodyError?: RecordedError | undefined
  /** The recording ends in the middle of the body: its reader cancelled it, or the recording was exported. */
  readonly isCut?: boolean | undefined
}

export interface RecordedFailure {
  readonly error: RecordedError
}

export interface RecordedError {
  readonly code: ErrorCode
  readonly message: string
}

/** A request and its outcome. */
export interface Exchange {
  /** Order in which requests were sent, from 1. */
  readonly number: number
  /** When the request was sent, in milliseconds after the first one. */
  readonly sentMs: number
  /** Time from the request to the head of its response, or to its failure, in milliseconds. */
  readonly tookMs: number
  /** How many outcomes had arrived when the request was sent. */
  readonly sentAfter?: number | undefined
  /** Order in which outcomes arrived, from 1. With `sentAfter` it shows which requests were in flight together. */
  readonly arrived?: number | undefined
  readonly request: RecordedRequest
  readonly outcome: RecordedOutcome
}

/** The content of a body: text where it is printable UTF-8, else base64. */
export type StoredBody = { readonly text: string } | { readonly base64: string }

export interface Recording {
  readonly format: 'r2kit-recording'
  readonly version: 1
  readonly exchanges: readonly Exchange[]
  /** SHA-256 → content. */
  readonly bodies: Readonly<Record<string, StoredBody>>
}
