/** Applies the table of rejected header fields to a request before its operation starts. */
import type { OperationName } from '../detection/operation-name.js'
import { headerNotImplemented } from '../errors/s3-error.js'
import type { RequestHeaders } from '../http/header-values.js'
import { readCustomerKey } from '../objects/customer-key.js'
import { cannedAcls, headerRules } from './header-rules.js'

/** @throws S3Error `NotImplemented` for a rejected field or value, and the errors of `readCustomerKey`. */
export const screenHeaders = (operation: OperationName, headers: RequestHeaders): void => {
  const rules = headerRules[operation]
  for (const name of rules.rejected) {
    const value = headers[name]
    if (value !== undefined) throw headerNotImplemented(name, value)
  }
  const trailer = headers['x-amz-trailer']
  if (trailer !== undefined && rules.rejected.includes(trailer.trim().toLowerCase())) {
    throw headerNotImplemented('x-amz-trailer', trailer)
  }
  if (rules.checksWriteValues) {
    const encryption = headers['x-amz-server-side-encryption']
    // R2 encrypts every object with AES256, so this value changes nothing.
    if (encryption !== undefined && encryption !== 'AES256') {
      throw headerNotImplemented('x-amz-server-side-encryption', encryption)
    }
    const acl = headers['x-amz-acl']
    if (acl !== undefined && !cannedAcls.has(acl)) throw headerNotImplemented('x-amz-acl', acl)
  }
  if (rules.customerKey !== undefined) {
    readCustomerKey(headers, 'object')
    if (rules.customerKey === 'object-and-source') readCustomerKey(headers, 'source')
  }
}
