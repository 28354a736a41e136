/** S3's `<Error>` documents: the body of a failure, and sometimes of a response whose status says 200. */
import { type ErrorCode, errorTable, isR2Error, R2Error, type R2ErrorContext } from '../errors/index.js'
import { readTree, textOf, type XmlNode } from './tree.js'
import { optionalText, requiredChild } from './values.js'

export interface ErrorDocument {
  /** S3's word: `NoSuchKey`. */
  readonly code: string
  readonly message?: string | undefined
  /** R2 names its request only in the header `cf-ray`; other servers do it here. */
  readonly requestId?: string | undefined
}

/** Reads the root of an error document. @throws R2Error `InvalidResponse` if it has no code */
export const errorDocumentOf = (root: XmlNode): ErrorDocument => ({
  code: textOf(requiredChild(root, 'Code')),
  message: optionalText(root, 'Message'),
  requestId: optionalText(root, 'RequestId'),
})

/** The error in a body, or undefined where the body is something else: a page of a proxy, plain text, nothing. */
export const readErrorDocument = (bytes: Uint8Array): ErrorDocument | undefined => {
  try {
    return errorDocumentOf(readTree(bytes, ['Error']))
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
