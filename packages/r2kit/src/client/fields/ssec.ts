import { base64FromBytes } from '../../base/bytes.js'
import type { HeaderFields } from '../../http/index.js'
import { bytes, type Field, objectOf, required } from '../../validation/index.js'

/**
 * An encryption key of the customer (SSE-C). R2 does not store it: without the key the object cannot be read.
 * Source: developers.cloudflare.com/r2/examples/ssec.
 */
export interface CustomerKey {
  /** The key itself, 32 bytes, for AES-256. Copied when the call is made. */
  readonly key: Uint8Array
}

/** Copied: a caller may overwrite its key once the call is made, before the request is encoded. */
const keyField: Field<Uint8Array> = {
  takes: 'a Uint8Array of 32 bytes',
  read(value, name, refuse) {
    const key = bytes.read(value, name, refuse)
    if (key.byteLength === 32) return new Uint8Array(key)
    const hint = 'Pass the key itself as a Uint8Array, not its base64 or hex form.'
    throw refuse(name, `must have 32 bytes, but it has ${key.byteLength}`, hint)
  },
}

export const customerKeyField = objectOf<CustomerKey>('a customer key', { key: required(keyField) })

/** Headers with a key: of the object, and of a copy's source. */
const keyHeaders = [
  'x-amz-server-side-encryption-customer-key',
  'x-amz-copy-source-server-side-encryption-customer-key',
]

/**
 * Writes a key and its algorithm as headers. `addKeyDigests` adds the third one.
 *
 * @param source whether the key is that of a copy's source
 */
export const addCustomerKey = (headers: HeaderFields, ssec: CustomerKey | undefined, source = false): void => {
  if (ssec === undefined) return
  const name = keyHeaders[Number(source)] ?? ''
  headers[name] = base64FromBytes(ssec.key)
  headers[name.replace(/key$/, 'algorithm')] = 'AES256'
}

/** Adds the MD5 of each key in the headers. The first key loads the code of MD5. @returns undefined where there is no key */
export const addKeyDigests = (headers: HeaderFields): Promise<void> | undefined => {
  const names = keyHeaders.filter((name) => headers[name] !== undefined)
  return names.length === 0 ? undefined : import('./md5-checks.js').then(({ digestKeys }) => digestKeys(headers, names))
}
