/** Applies the table of refused header fields to a request, before its operation begins. */
import type { OperationName } from '../detection/operation-name.js'
import { S3Error } from '../errors/s3-error.js'
import { readCustomerKey } from '../objects/customer-key.js'
import { cannedAcls, headerRules } from './header-rules.js'

type Headers = Readonly<Record<string, string | undefined>>

export const screenHeaders = (operation: OperationName, headers: Headers): void => {
  const rules = headerRules[operation]
  for (const name of rules.refused) {
    const value = headers[name]
    if (value !== undefined) throw headerNotImplemented(name, value)
  }
  const trailer = headers['x-amz-trailer']
  if (trailer !== undefined && rules.refused.includes(trailer.trim().toLowerCase())) {
    throw headerNotImplemented('x-amz-trailer', trailer)
  }
  if (rules.checksWriteValues) {
    const encryption = headers['x-amz-server-side-encryption']
    // R2 encrypts everything with AES-256 anyway, so that value asks for nothing.
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

export const headerNotImplemented = (name: string, value: string): S3Error =>
  new S3Error('NotImplemented', `Header '${name}' with value '${value}' not implemented`)
