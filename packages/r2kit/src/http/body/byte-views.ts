/**
 * Bytes of any realm as a Uint8Array of this one: a Uint8Array, a DataView, an array of any element type, an ArrayBuffer. Over the
 * same memory, unless that is shared between threads or can be resized: `fetch` refuses such memory, and it could change between
 * hashing and sending, so it is copied.
 *
 * Undefined for other values, and for bytes whose memory was transferred: they would be stored as an empty object.
 */
export const bytesOf = (value: unknown): Uint8Array | undefined => {
  // Not by `instanceof` alone, which holds for a Proxy that has none of the methods.
  if (ArrayBuffer.isView(value)) {
    if (value.byteLength === 0 && isTransferred(value)) return undefined
    const bytes = value instanceof Uint8Array ? value : new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
    return isUnstable(value.buffer) ? new Uint8Array(bytes) : bytes
  }
  if (!isBuffer(value) || isTransferred(value)) return undefined
  const bytes = new Uint8Array(value)
  return isUnstable(value) ? new Uint8Array(bytes) : bytes
}

const isUnstable = (buffer: ArrayBufferLike): boolean =>
  (buffer as { readonly resizable?: boolean }).resizable === true || tagOf(buffer) === sharedTag

/** Whether `postMessage` or `structuredClone` has transferred the memory of a buffer or view to another owner (it is detached). */
export const isTransferred = (value: unknown): boolean => {
  const buffer = ArrayBuffer.isView(value) ? value.buffer : value
  if (!isBuffer(buffer) || buffer.byteLength > 0) return false
  try {
    return new Uint8Array(buffer).byteLength > 0
  } catch {
    // The constructor rejects nothing else.
    return true
  }
}

const sharedTag = '[object SharedArrayBuffer]'
const tagOf = (value: object): string => Object.prototype.toString.call(value)
const byteLengthOf = (prototype: object | undefined) =>
  prototype && Object.getOwnPropertyDescriptor(prototype, 'byteLength')?.get
const byteLength = byteLengthOf(ArrayBuffer.prototype)
// Browsers have it on isolated pages only.
const sharedByteLength = byteLengthOf(globalThis.SharedArrayBuffer?.prototype)

/** Of any realm: the getters accept nothing else. */
const isBuffer = (value: unknown): value is ArrayBufferLike => {
  if (typeof value !== 'object' || value === null) return false
  const tag = tagOf(value)
  if (tag !== '[object ArrayBuffer]' && tag !== sharedTag) return false
  try {
    ;(tag === sharedTag ? sharedByteLength : byteLength)?.call(value)
    return true
  } catch {
    // Another object, although its tag is that of a buffer.
    return false
  }
}
