import { md5 } from '#hash'
import { base64FromBytes } from '../../base/bytes.js'
import { R2Error } from '../../errors/index.js'
import type { HeaderFields } from '../../http/index.js'

/**
 * A customer's own encryption key (SSE-C). R2 forgets it after each request: who loses it loses the data.
 * Source: developers.cloudflare.com/r2/examples/ssec.
 */
export interface CustomerKey {
  /** 32 bytes for AES-256. */
  readonly key: Uint8Array
}

/** Writes the three SSE-C fields; `source` for the key of a copy's source. */
export const addCustomerKey = (headers: HeaderFields, ssec: CustomerKey | undefined, source = false): void => {
  if (ssec === undefined) return
  const field = source ? 'sourceSsec.key' : 'ssec.key'
  if (!(ssec.key instanceof Uint8Array) || ssec.key.byteLength !== 32) {
    throw new R2Error('InvalidInput', `${field} must be a Uint8Array of 32 bytes`, { field })
  }
  const prefix = `x-amz-${source ? 'copy-source-' : ''}server-side-encryption-customer-`
  headers[`${prefix}algorithm`] = 'AES256'
  headers[`${prefix}key`] = base64FromBytes(ssec.key)
  headers[`${prefix}key-md5`] = base64FromBytes(md5(ssec.key))
}
