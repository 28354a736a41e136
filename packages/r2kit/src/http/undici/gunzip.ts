/**
 * Undoes the gzip that a request has asked for: XML shrinks to a tenth. Reads of objects ask for `identity`, so that no byte
 * of an object comes by here. What comes out is bounded, whatever went in.
 */
import { gunzipSync } from 'node:zlib'
import { isR2Error, R2Error } from '../../errors/index.js'
import { collect } from '../collect-body.js'
import { type HeaderFields, type HttpResponse, headerOf, isSuccess, maxErrorBytes } from '../message.js'

export const gunzipped = async (
  { status, headers, body }: HttpResponse,
  maxResponseBytes: number,
): Promise<HttpResponse> => {
  if (headerOf(headers, 'content-encoding')?.toLowerCase() !== 'gzip') return { status, headers, body }
  const { 'content-encoding': _coding, 'content-length': _codedLength, ...rest } = headers
  const plainHeaders: HeaderFields = rest
  if (!(body instanceof Uint8Array)) return { status, headers: plainHeaders, body: plainStream(body) }
  if (isSuccess(status)) return { status, headers: plainHeaders, body: plainBytes(body, maxResponseBytes) }
  return { status, headers: plainHeaders, body: await plainError(body, status) }
}

/** It may have been cut, and is cut again where it unpacks to more. */
const plainError = async (body: Uint8Array, status: number): Promise<Uint8Array> => {
  if (body.byteLength === 0) return body
  const packed = new Blob([body as Uint8Array<ArrayBuffer>]).stream()
  return collect(plainStream(packed).getReader(), status, maxErrorBytes)
}

const plainBytes = (body: Uint8Array, maxResponseBytes: number): Uint8Array => {
  if (body.byteLength === 0) return body
  try {
    return gunzipSync(body, { maxOutputLength: maxResponseBytes })
  } catch (cause) {
    if ((cause as { code?: unknown }).code !== 'ERR_BUFFER_TOO_LARGE') throw notGzip(cause)
    throw new R2Error('ResponseTooLarge', `the response unpacks to more than the limit of ${maxResponseBytes} bytes`, {
      cause,
    })
  }
}

/** The reader drives it: a packed chunk is taken when the one before has been read, unpacked. */
const plainStream = (body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> => {
  const packed = body.getReader()
  const { writable, readable } = new DecompressionStream('gzip')
  const writer = writable.getWriter()
  const plain = readable.getReader()
  let failure: unknown
  const feed = async () => {
    for (;;) {
      const { done, value } = await packed.read()
      if (done) return writer.close()
      await writer.write(value as Uint8Array<ArrayBuffer>)
    }
  }
  feed().catch((error: unknown) => {
    failure = error
    return Promise.allSettled([writer.abort(error), packed.cancel(error)])
  })
  return new ReadableStream<Uint8Array>(
    {
      pull: async (sink) => {
        try {
          const { done, value } = await plain.read()
          if (done) sink.close()
          else sink.enqueue(value)
        } catch (cause) {
          throw isR2Error(failure) ? failure : notGzip(cause)
        }
      },
      cancel: (reason) => packed.cancel(reason),
    },
    { highWaterMark: 0 },
  )
}

const notGzip = (cause: unknown): R2Error =>
  new R2Error(
    'InvalidResponse',
    `the response declares content-encoding: gzip but is not valid gzip: ${String(cause)}`,
    { cause },
  )
