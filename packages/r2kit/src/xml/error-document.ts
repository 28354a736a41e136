/** S3's `<Error>` documents: the body of a failure, and sometimes of a response whose status says 200. */
import { type ErrorCode, errorTable, isR2Error, R2Error, type R2ErrorContext } from '../errors/index.js'
import { maybe, one, record, text } from './read.js'
import { readTree } from './tree.js'

export interface ErrorDocument {
  /** S3's word: `NoSuchKey`. */
  readonly code: string
  readonly message?: string | undefined
  /** R2 names its request only in the header `cf-ray`; other servers do it here. */
  readonly requestId?: string | undefined
}

export const errorDocument = record<ErrorDocument>({
  code: one('Code', text),
  message: maybe('Message', text),
  requestId: maybe('RequestId', text),
})

/** The error in a body, or undefined where the body is something else: a page of a proxy, plain text, nothing. */
export const readErrorDocument = (bytes: Uint8Array): ErrorDocument | undefined => {
  try {
    return errorDocument.read(readTree(bytes, ['Error']))
  } catch (error) {
    if (isR2Error(error, 'InvalidResponse')) return undefined
    throw error
  }
}

const codes = /* @__PURE__ */ new Map(
  Object.entries(errorTable).flatMap(([code, entry]) =>
    ('s3Codes' in entry ? (entry.s3Codes ?? []) : []).map((s3Code) => [s3Code, code as ErrorCode] as const),
  ),
)

/** Our code for S3's, or undefined for one that is new to us. */
export const errorCodeOf = (s3Code: string): ErrorCode | undefined => codes.get(s3Code)

/** The error that a document describes. */
export const errorFromDocument = ({ code, message, requestId }: ErrorDocument, context: R2ErrorContext = {}): R2Error =>
  new R2Error(errorCodeOf(code) ?? 'UnknownError', message || code, { requestId, ...context, s3Code: code })
