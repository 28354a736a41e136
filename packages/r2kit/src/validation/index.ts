export { checkBucketName } from './bucket-name.js'
export {
  abortSignal,
  anyText,
  anything,
  bytes,
  callback,
  duration,
  eitherOf,
  type Field,
  type Fields,
  flag,
  integer,
  isPlain,
  listOf,
  moment,
  number,
  type ObjectField,
  objectOf,
  oneOf,
  type Refuse,
  recordOf,
  required,
  text,
  withMethods,
} from './fields.js'
export { checkHeaderValue, checkMetadata, metadataSize } from './metadata.js'
export { nearestName } from './nearest-name.js'
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
export {
  invalidInput,
  refuseInput,
  refuseOption,
  shown,
  typeNameOf,
  type ValidationRules,
  type ValidationWarning,
} from './rules.js'
