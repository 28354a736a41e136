/** Blobs and Files, recognised by their shape. */
import { classNameOf } from '../../base/shown.js'
import { reading } from './reading.js'

/** By its shape: a Blob of another realm, of a polyfill or of jsdom is not an instance of this realm's class. */
export const isBlob = (source: object): source is Blob =>
  'size' in source &&
  typeof source.size === 'number' &&
  'slice' in source &&
  typeof source.slice === 'function' &&
  ('stream' in source || 'arrayBuffer' in source || /^(Blob|File)$/.test(classNameOf(source)))

/** The media type of a Blob or File, which becomes that of the object; undefined for other bodies, and where there is none. */
export const mediaTypeOf = (body: unknown, field = 'body'): string | undefined => {
  if (typeof body !== 'object' || body === null || ArrayBuffer.isView(body)) return undefined
  // Polyfills do not check the type.
  return reading(field, () => (isBlob(body) && /^[\x21-\x7e][\x20-\x7e]*$/.test(body.type) ? body.type : undefined))
}
