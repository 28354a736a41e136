import { gunzipSync } from 'node:zlib'
import { R2Error } from '../../errors/index.js'
import { notGzip } from '../gunzip.js'

/**
 * Unpacks a body in memory by Node's zlib, in place of the streams of the platform: a list of 1,000 objects (24,900 bytes
 * packed) takes 0.3 ms of CPU time here and 0.65 ms by `DecompressionStream` (Node 20).
 *
 * @throws R2Error `InvalidResponse`, `ResponseTooLarge`
 */
export const gunzipBytes = (packed: Uint8Array, maxBytes: number): Uint8Array => {
  try {
    return gunzipSync(packed, { maxOutputLength: maxBytes })
  } catch (cause) {
    if ((cause as { code?: unknown }).code !== 'ERR_BUFFER_TOO_LARGE') throw notGzip(cause)
    throw new R2Error('ResponseTooLarge', `the response unpacks to more than the limit of ${maxBytes} bytes`, { cause })
  }
}
