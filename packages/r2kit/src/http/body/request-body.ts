import { utf8Bytes } from '../../base/bytes.js'
import { refuseInput, text, typeNameOf } from '../../validation/index.js'
import type { RequestBody } from '../transport.js'
import { bytesOf } from './byte-views.js'
import { reading } from './reading.js'
import { ofBytes } from './sized-body.js'
import type { ReopenableBody } from './source-kind.js'

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

/** Makes the body of a request from anything but text and bytes. */
export type FromSource = (body: unknown, contentLength: number | undefined) => Promise<RequestBody>

/** Makes the body of a request. Synchronous for text and bytes. @param fromSource undefined where other bodies are refused */
export const toRequestBody = (
  body: Body,
  contentLength?: number,
  fromSource: FromSource = refuseSource,
): RequestBody | Promise<RequestBody> => {
  if (typeof body === 'string') return ofBytes(utf8Bytes(text.read(body, 'body', refuseInput)), contentLength)
  const bytes = reading('body', () => bytesOf(body))
  return bytes === undefined ? fromSource(body, contentLength) : ofBytes(bytes, contentLength)
}

const refuseSource: FromSource = (body) => {
  throw refuseInput(
    'body',
    `must be text or bytes for this client, but it is ${typeNameOf(body)}`,
    'For Blobs, streams and files, pass streams of r2kit/core to createClient, after the operations.',
  )
}
