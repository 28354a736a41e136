export { checkBucketName } from './bucket-name.js'
export { checkHeaderValue, checkMetadata, metadataSize } from './metadata.js'
export {
  checkInteger,
  checkPartNumber,
  checkPartSize,
  partCountMax,
  partSizeBytesMax,
  partSizeBytesMin,
} from './numbers.js'
export { checkObjectKey } from './object-key.js'
export { decodeMetadataValue, encodeMetadataValue } from './rfc2047.js'
export { invalidInput, type ValidationRules, type ValidationWarning } from './rules.js'
