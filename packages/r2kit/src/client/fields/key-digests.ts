import { md5 } from '#md5'
import { base64FromBytes, bytesFromBase64 } from '../../base/bytes.js'
import type { HeaderFields } from '../../http/index.js'

/** Adds the MD5 of each customer's key. @param names of the headers with keys in base64 */
export const digestKeys = (headers: HeaderFields, names: readonly string[]): void => {
  for (const name of names) {
    const key = bytesFromBase64(headers[name] ?? '')
    if (key?.byteLength) headers[`${name}-md5`] = base64FromBytes(md5(key))
  }
}
