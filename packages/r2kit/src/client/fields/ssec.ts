import { md5 } from '#hash'
import { base64FromBytes } from '../../base/bytes.js'
import { R2Error } from '../../errors/index.js'
import type { HeaderFields } from '../../http/index.js'
import { bytes, objectOf, required } from '../../validation/index.js'

/**
 * A customer's own encryption key (SSE-C). R2 does not keep it: without the key the data is lost.
 * Source: developers.cloudflare.com/r2/examples/ssec.
 */
export interface CustomerKey {
  /** 32 bytes for AES-256. */
  readonly key: Uint8Array
}

export const customerKeyField = objectOf<CustomerKey>('a customer key', { key: required(bytes) })

/** Writes the three SSE-C fields; `source` for the key of a copy's source. */
export const addCustomerKey = (headers: HeaderFields, ssec: CustomerKey | undefined, source = false): void => {
  if (ssec === undefined) return
  const field = source ? 'sourceSsec.key' : 'ssec.key'
  if (ssec.key.byteLength !== 32) {
    throw new R2Error('InvalidInput', `${field} must have 32 bytes, but it has ${ssec.key.byteLength}`, {
      field,
      hint: 'Pass the key itself as a Uint8Array, not its base64 or hex form.',
    })
  }
  const prefix = `x-amz-${source ? 'copy-source-' : ''}server-side-encryption-customer-`
  headers[`${prefix}algorithm`] = 'AES256'
  headers[`${prefix}key`] = base64FromBytes(ssec.key)
  headers[`${prefix}key-md5`] = base64FromBytes(md5(ssec.key))
}
