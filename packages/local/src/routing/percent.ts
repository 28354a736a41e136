/**
 * Percent-decodes keys and query values once, byte by byte, as R2 does. Bytes that are not valid UTF-8 are an error:
 * replacement characters would make different keys equal.
 */
import { S3Error } from '../errors/s3-error.js'

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Only escapes and raw bytes above ASCII need work. */
const needsDecoding = /[%\u0080-\uffff]/

const hexValue = (code: number): number => {
  if (code >= 48 && code <= 57) return code - 48
  const lower = code | 32
  return lower >= 97 && lower <= 102 ? lower - 87 : -1
}

/**
 * @param raw The text from the request line; characters above 0x7f are raw bytes, because Node reads the line as Latin-1.
 * @throws S3Error `InvalidURI` if an escape is malformed or the bytes are not UTF-8.
 */
export const percentDecode = (raw: string): string => {
  if (!needsDecoding.test(raw)) return raw
  const bytes = new Uint8Array(raw.length)
  let length = 0
  for (let index = 0; index < raw.length; index++) {
    let byte = raw.charCodeAt(index) & 0xff
    if (byte === 37) {
      const high = hexValue(raw.charCodeAt(index + 1))
      const low = hexValue(raw.charCodeAt(index + 2))
      if (high < 0 || low < 0) throw new S3Error('InvalidURI')
      byte = high * 16 + low
      index += 2
    }
    bytes[length++] = byte
  }
  try {
    return utf8.decode(bytes.subarray(0, length))
  } catch (cause) {
    throw Object.assign(new S3Error('InvalidURI'), { cause })
  }
}
