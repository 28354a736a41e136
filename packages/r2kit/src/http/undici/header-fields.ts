/** The header fields of a response, from the buffers in which undici passes them: names and values in turn. */
import type { HeaderFields } from '../transport.js'

/** Reads the fields by lower-case name. The values of a field that was sent several times are joined by commas. */
export const readHeaders = (raw: readonly Buffer[]): HeaderFields => {
  const headers: HeaderFields = {}
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = nameOf(raw[index] ?? nothing)
    const value = (raw[index + 1] ?? nothing).toString('utf8')
    // Nearly all names are new, so one look-up is enough. `constructor` is a field name too.
    const isRepeated = headers[name] !== undefined && Object.hasOwn(headers, name)
    headers[name] = isRepeated ? `${headers[name]}, ${value}` : value
  }
  return headers
}

const nothing = Buffer.alloc(0)

interface KnownName {
  /** As the server spells it. */
  readonly bytes: Uint8Array
  readonly lowerCase: string
}

/**
 * The first names that servers have sent, by length, first and last byte. Servers send the same names with each response, and
 * comparing bytes takes half of the time of decoding them and changing their case.
 */
const known = new Map<number, KnownName[]>()
const knownMax = 256
const knownBytesMax = 64
let knownCount = 0

const nameOf = (bytes: Buffer): string => {
  const { length } = bytes
  const slot = (length << 16) | ((bytes[0] ?? 0) << 8) | (bytes[length - 1] ?? 0)
  const candidates = known.get(slot)
  if (candidates !== undefined) {
    for (const candidate of candidates) if (isSame(candidate.bytes, bytes)) return candidate.lowerCase
  }
  const lowerCase = bytes.toString('latin1').toLowerCase()
  if (knownCount < knownMax && length <= knownBytesMax) {
    knownCount++
    const name = { bytes: Uint8Array.from(bytes), lowerCase }
    if (candidates === undefined) known.set(slot, [name])
    else candidates.push(name)
  }
  return lowerCase
}

/** For bytes of the same length. */
const isSame = (one: Uint8Array, other: Uint8Array): boolean => {
  for (let index = 0; index < one.length; index++) if (one[index] !== other[index]) return false
  return true
}
