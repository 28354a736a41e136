import {
  anyText,
  checkBucketName,
  checkObjectKey,
  type Fields,
  objectOf,
  required,
  type ValidationRules,
} from '../../validation/index.js'

/** Which object. A key is any text of 1 to 1,024 UTF-8 bytes without NUL, and is used byte for byte. */
export interface ObjectAddress {
  readonly bucket: string
  readonly key: string
}

export const objectAddressFields: Fields<ObjectAddress> = { bucket: required(anyText), key: required(anyText) }

/** The source of a copy. */
export const sourceField = objectOf<ObjectAddress>('a source', objectAddressFields)

/** @param prefix of the names in errors, where the address is a field of an input: `source.` */
export const checkObject = ({ bucket, key }: ObjectAddress, rules: ValidationRules, prefix = ''): void => {
  checkBucketName(bucket, rules, `${prefix}bucket`)
  checkObjectKey(key, rules, `${prefix}key`)
}
