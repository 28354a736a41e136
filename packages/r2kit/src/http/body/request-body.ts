import { utf8Bytes } from '../../base/bytes.js'
import { isPlain, refuseInput, text } from '../../validation/index.js'
import type { RequestBody } from '../transport.js'
import { reading } from './blob.js'
import type { ReopenableBody } from './body.js'
import { bytesOf } from './byte-views.js'
import { holdUntilRead, suppressUnhandledError } from './holding.js'
import { ofBytes } from './sized-body.js'

/**
 * A body to upload: text, bytes in any view, a Blob or File, a Web or Node stream, an iterable, or a file by its path (on platforms
 * with files). Streams of text are encoded as UTF-8. Streams need a `contentLength` in bytes, because R2 rejects a PUT without
 * one. Bytes in shared or resizable memory are copied.
 */
export type Body =
  | string
  | ArrayBufferView
  | ArrayBufferLike
  | Blob
  | ReadableStream<Uint8Array | string>
  | AsyncIterable<Uint8Array | string>
  | { readonly path: string }
  | ReopenableBody

/** Makes the body of a request. Synchronous for text and bytes; the code for other bodies is loaded by the first of them. */
export const toRequestBody = (body: Body, contentLength?: number): RequestBody | Promise<RequestBody> => {
  if (typeof body === 'string') return ofBytes(utf8Bytes(text.read(body, 'body', refuseInput)), contentLength)
  const bytes = reading('body', () => bytesOf(body))
  return bytes === undefined ? fromSource(body, contentLength) : ofBytes(bytes, contentLength)
}

const fromSource = async (body: unknown, contentLength: number | undefined): Promise<RequestBody> => {
  suppressUnhandledError(body)
  const release = holdUntilRead(body)
  const source = detachedPath(body)
  const { sourceBody } = await import('./body.js').finally(release)
  return sourceBody(source, contentLength)
}

/** A copy of `{ path }`, which the caller may change meanwhile; any other body as it is. */
const detachedPath = (body: unknown): unknown => {
  try {
    if (typeof body !== 'object' || body === null || !isPlain(body) || 'open' in body) return body
    const { path } = body as { readonly path?: unknown }
    return path === undefined ? body : { path }
  } catch {
    // A getter that throws: the error is reported where the body is inspected.
    return body
  }
}
