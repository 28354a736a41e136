/** S3's `<Error>` documents: the body of a failed response, and sometimes of a response with status 200. */
import type { ErrorEntry, R2Error, R2ErrorContext } from '../errors/calls.js'
import { serverError } from '../errors/server-error.js'
import { type ResponseErrorCode, responseErrorRows } from '../errors/server-errors.js'
import { referenced } from './references.js'

/** The fields of an error document. */
export interface ErrorDocument {
  /** S3's code: `NoSuchKey`. */
  readonly code: string
  /** Message of the server. */
  readonly message?: string | undefined
  /** Request ID. R2 sends it only in the header `cf-ray`; other servers send it here. */
  readonly requestId?: string | undefined
}

/**
 * Reads the error document in a body. Returns undefined for any other body: a page of a proxy, plain text, nothing.
 *
 * The document is flat and small, so it needs no scanner: programs that read and write single objects have no other XML. The time is
 * proportional to the length, because every pattern ends at the next `<`.
 */
export const readErrorDocument = (bytes: Uint8Array): ErrorDocument | undefined => {
  const body = new TextDecoder().decode(bytes)
  const document = body.slice(startOfRoot(body))
  const code = root.test(document) ? textIn(document, 'Code') : undefined
  return code === undefined
    ? undefined
    : { code, message: textIn(document, 'Message'), requestId: textIn(document, 'RequestId') }
}

const root = /^<[^\s<>]*\bError[\s>]/
/** White space, a declaration or a comment. */
const aside = /\s+|<\?[^>]*>|<!--[\s\S]*?-->/y

const startOfRoot = (body: string): number => {
  let start = 0
  for (aside.lastIndex = 0; aside.test(body); ) start = aside.lastIndex
  return start
}

/** The text of the first element with this name, with any prefix. */
const textIn = (document: string, name: string): string | undefined =>
  new RegExp(`[<:]${name}\\b[^<>]*>([^<]*)</[^<>]*\\b${name}\\s*>`)
    .exec(document)?.[1]
    ?.replace(/&([^;&]*);/g, (whole, reference: string) => referenced(reference) ?? whole)

const codes = /* @__PURE__ */ new Map(
  Object.entries<ErrorEntry>(responseErrorRows).flatMap(([code, { s3Codes = [] }]) =>
    s3Codes.map((s3Code) => [s3Code, code as ResponseErrorCode] as const),
  ),
)

/** The `ErrorCode` for a code of S3, or undefined if this version does not know it. */
export const errorCodeOf = (s3Code: string): ResponseErrorCode | undefined => codes.get(s3Code)

/** Makes the error that a document describes. */
export const errorFromDocument = ({ code, message, requestId }: ErrorDocument, context: R2ErrorContext = {}): R2Error =>
  serverError(errorCodeOf(code) ?? 'UnknownError', message || code, { requestId, ...context, s3Code: code })
