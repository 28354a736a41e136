import { checkBucketName, checkObjectKey, type ValidationRules } from '../../validation/index.js'

/** Which object. A key is any text of 1 to 1,024 UTF-8 bytes without NUL, and is used byte for byte. */
export interface ObjectAddress {
  readonly bucket: string
  readonly key: string
}

export const checkObject = ({ bucket, key }: ObjectAddress, rules: ValidationRules): void => {
  checkBucketName(bucket, rules)
  checkObjectKey(key, rules)
}
