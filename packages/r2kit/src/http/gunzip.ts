/**
 * Undoes the gzip that a request has asked for: XML shrinks to a tenth. Reads of objects ask for `identity`, so no byte of an
 * object passes through here. The output is bounded, whatever the input.
 */
import { isR2Error, R2Error } from '../errors/index.js'
import { collect, ResponseCollector } from './response-collector.js'
import { type HeaderFields, type HttpResponse, headerOf, isSuccess } from './transport.js'

/**
 * Unpacks a body of a success.
 *
 * @throws R2Error `InvalidResponse`, `ResponseTooLarge`
 */
export type GunzipBytes = (packed: Uint8Array, maxBytes: number) => Uint8Array

/**
 * The response as it was before the server packed it; a response that is not packed stays as it is.
 *
 * @param maxResponseBytes the limit for the unpacked body of a success in memory
 * @param gunzipBytes where a platform has a faster way than its streams
 * @throws R2Error `InvalidResponse`, `ResponseTooLarge`
 */
export const gunzipped = async (
  response: HttpResponse,
  maxResponseBytes: number,
  gunzipBytes?: GunzipBytes,
): Promise<HttpResponse> => {
  const { status, headers, body } = response
  if (headerOf(headers, 'content-encoding')?.toLowerCase() !== 'gzip') return response
  const { 'content-encoding': _coding, 'content-length': _packedLength, ...rest } = headers
  const plainHeaders: HeaderFields = rest
  const plainBody = async () => {
    if (!(body instanceof Uint8Array)) return plainStream(body)
    if (body.byteLength === 0) return body
    if (gunzipBytes !== undefined && isSuccess(status)) return gunzipBytes(body, maxResponseBytes)
    const packed = new Blob([body as Uint8Array<ArrayBuffer>]).stream()
    // The body of an error is cut again where it unpacks to more than its limit.
    return collect(plainStream(packed).getReader(), new ResponseCollector(status, 0, maxResponseBytes))
  }
  return { status, headers: plainHeaders, body: await plainBody() }
}

/** Unpacks as the reader asks: a packed chunk is read when the one before has been read, unpacked. */
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

/** The error for a body that cannot be unpacked. */
export const notGzip = (cause: unknown): R2Error =>
  new R2Error(
    'InvalidResponse',
    `the response declares content-encoding: gzip but is not valid gzip: ${String(cause)}`,
    { cause },
  )
