import {
  anyText,
  checkBucketName,
  checkObjectKey,
  type Fields,
  required,
  type ValidationRules,
} from '../../validation/index.js'

/** The address of an object. */
export interface ObjectAddress {
  /** Name of the bucket: 3 to 63 lower-case letters, digits and hyphens. */
  readonly bucket: string
  /** Key of the object: 1 to 1,024 UTF-8 bytes without NUL. It is sent byte for byte, never normalised. */
  readonly key: string
}

export const objectAddressFields: Fields<ObjectAddress> = { bucket: required(anyText), key: required(anyText) }

/** @param prefix of field names in errors, where the address is a field itself: `source.` */
export const checkObject = ({ bucket, key }: ObjectAddress, rules: ValidationRules, prefix = ''): void => {
  checkBucketName(bucket, rules, `${prefix}bucket`)
  checkObjectKey(key, rules, `${prefix}key`)
}
