/** Response bodies that are streams of the platform: collected up to a limit, and checked against the length that their head announced. */
import { R2Error } from '../errors/index.js'
import { type HeaderFields, type HttpRequest, isSuccess, maxErrorBytes } from './message.js'

/** Collects a body. Beyond its limit that of a success is an error, and that of any other status is cut. */
export const collect = async (
  reader: ReadableStreamDefaultReader<Uint8Array>,
  status: number,
  maxResponseBytes: number,
): Promise<Uint8Array> => {
  const limit = isSuccess(status) ? maxResponseBytes : maxErrorBytes
  const chunks: Uint8Array[] = []
  let size = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return joined(chunks, size)
    chunks.push(value)
    size += value.byteLength
    if (size <= limit) continue
    await reader.cancel()
    if (!isSuccess(status)) return joined(chunks, size).subarray(0, limit)
    throw new R2Error('ResponseTooLarge', `the response has more bytes than the limit of ${limit}`)
  }
}

const joined = (chunks: readonly Uint8Array[], size: number): Uint8Array => {
  const [first] = chunks
  if (chunks.length === 1 && first !== undefined) return first
  const bytes = new Uint8Array(size)
  let offset = 0
  for (const chunk of chunks) {
    bytes.set(chunk, offset)
    offset += chunk.byteLength
  }
  return bytes
}

/**
 * Compares the length of a body with the one that its head announced. Only where the request forbade compression: platforms
 * undo it by themselves and keep the length of what was sent.
 *
 * @throws R2Error `StreamInterrupted`
 */
export const checkLength = (request: HttpRequest, headers: HeaderFields, bytes: number): void => {
  const announced = headers['content-length']
  const mayDiffer = request.headers['accept-encoding'] !== 'identity' || headers['content-encoding'] !== undefined
  if (mayDiffer || announced === undefined || bytes === Number(announced)) return
  throw new R2Error('StreamInterrupted', `the response ended after ${bytes} of ${announced} bytes`)
}
