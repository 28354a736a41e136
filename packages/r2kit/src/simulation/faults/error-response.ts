/** Responses that a fault makes in place of the server's. */
import { utf8Bytes } from '../../base/bytes.js'
import { type HttpMethod, type HttpResponse, mayHaveBody } from '../../http/index.js'
import { escapeXml } from '../../xml/writer.js'

/** R2's usual code for a status. */
const usualCodes: Readonly<Record<number, string>> = {
  400: 'InvalidRequest',
  401: 'Unauthorized',
  403: 'AccessDenied',
  404: 'NoSuchKey',
  405: 'MethodNotAllowed',
  408: 'RequestTimeout',
  409: 'OperationAborted',
  411: 'MissingContentLength',
  412: 'PreconditionFailed',
  416: 'InvalidRange',
  429: 'TooManyRequests',
  500: 'InternalError',
  501: 'NotImplemented',
  503: 'ServiceUnavailable',
}

export interface ErrorResponse {
  readonly status: number
  readonly code?: string | undefined
  /** `Retry-After`: seconds, or an HTTP date. */
  readonly retryAfter?: number | string | undefined
  /** Time of the server, in milliseconds since the epoch. */
  readonly dateMs: number
}

/** An error as R2 sends it: a document, and no body where the method has none. */
export const errorResponse = (
  method: HttpMethod,
  { status, code, retryAfter, dateMs }: ErrorResponse,
): HttpResponse => {
  const name = code ?? usualCodes[status] ?? 'InternalError'
  const document = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${escapeXml(name)}</Code><Message>Injected fault.</Message></Error>`
  const body = mayHaveBody(method, status) ? utf8Bytes(document) : new Uint8Array(0)
  return {
    status,
    headers: {
      'content-type': 'application/xml',
      'content-length': String(body.byteLength),
      date: new Date(dateMs).toUTCString(),
      ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
    },
    body,
  }
}
