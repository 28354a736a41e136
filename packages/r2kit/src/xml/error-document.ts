/** S3's `<Error>` documents: the body of a failed response, and sometimes of a response with status 200. */
import { type ErrorCode, errorTable, isR2Error, R2Error, type R2ErrorContext } from '../errors/index.js'
import { readTree, textOf, type XmlNode } from './tree.js'
import { optionalText, requiredChild } from './values.js'

/** The fields of an error document. */
export interface ErrorDocument {
  /** S3's code: `NoSuchKey`. */
  readonly code: string
  /** Message of the server. */
  readonly message?: string | undefined
  /** Request ID. R2 sends it only in the header `cf-ray`; other servers send it here. */
  readonly requestId?: string | undefined
}

/** Reads the root of an error document. @throws R2Error `InvalidResponse` if it has no code */
export const errorDocumentOf = (root: XmlNode): ErrorDocument => ({
  code: textOf(requiredChild(root, 'Code')),
  message: optionalText(root, 'Message'),
  requestId: optionalText(root, 'RequestId'),
})

/** Reads the error document in a body. Returns undefined for any other body: a page of a proxy, plain text, nothing. */
export const readErrorDocument = (bytes: Uint8Array): ErrorDocument | undefined => {
  try {
    return errorDocumentOf(readTree(bytes, ['Error']))
  } catch (error) {
    if (isR2Error(error, 'InvalidResponse')) return undefined
    throw error
  }
}

const codes = /* @__PURE__ */ new Map(
  Object.entries(errorTable).flatMap(([code, { s3Codes = [] }]) =>
    s3Codes.map((s3Code) => [s3Code, code as ErrorCode] as const),
  ),
)

/** The `ErrorCode` for a code of S3, or undefined if this version does not know it. */
export const errorCodeOf = (s3Code: string): ErrorCode | undefined => codes.get(s3Code)

/** Makes the error that a document describes. */
export const errorFromDocument = ({ code, message, requestId }: ErrorDocument, context: R2ErrorContext = {}): R2Error =>
  new R2Error(errorCodeOf(code) ?? 'UnknownError', message || code, { requestId, ...context, s3Code: code })
