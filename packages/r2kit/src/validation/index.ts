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
  unreadable,
} from './compound-fields.js'
export { environmentField, misspeltVariables } from './environment-variables.js'
export {
  abortSignal,
  anyText,
  anything,
  bytes,
  calendarDate,
  callback,
  duration,
  type Field,
  type Fields,
  flag,
  hasMethod,
  integer,
  moment,
  number,
  oneOf,
  type Refuse,
  required,
  returned,
  text,
  withMethods,
} from './fields.js'
export { keyBytesLimit, metadataBytesLimit, partCountMax, partSizeBytesMax } from './limits.js'
export { checkHeaderValue, checkMetadata, metadataSize } from './metadata.js'
export { nearestName, sameName } from './nearest-name.js'
export { checkObjectKey } from './object-key.js'
export { decodeMetadataValue, encodeMetadataValue } from './rfc2047.js'
export {
  checkText,
  refuseInput,
  refuseOption,
  type ValidationRules,
  type ValidationWarning,
} from './rules.js'
