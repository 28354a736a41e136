export { shown, typeNameOf } from '../base/shown.js'
export { checkBucketName } from './bucket-name.js'
export {
  eitherOf,
  isPlain,
  listOf,
  type ObjectField,
  objectOf,
  recordOf,
  setOwn,
  someOf,
} from './compound-fields.js'
export { environmentField, misspeltVariables } from './environment-variables.js'
export {
  abortSignal,
  anyText,
  anything,
  bytes,
  calendarDate,
  callback,
  type Field,
  type Fields,
  flag,
  moment,
  oneOf,
  required,
  returned,
  text,
  withMethods,
} from './fields.js'
export { keyBytesLimit, metadataBytesLimit, partCountMax, partSizeBytesMax } from './limits.js'
export { checkHeaderValue, checkMetadata, metadataSize } from './metadata.js'
export { nearestName, sameName } from './nearest-name.js'
export { duration, integer, number } from './numbers.js'
export { checkObjectKey } from './object-key.js'
export { type Refuse, refuseInput, refuseOption, unreadable } from './refuse.js'
export { decodeMetadataValue, encodeMetadataValue } from './rfc2047.js'
export { checkText, type ValidationRules, type ValidationWarning } from './rules.js'
