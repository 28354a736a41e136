import { inputOf } from '../fields/input-of.js'
import { type ObjectMetadata, objectMetadataFrom } from '../fields/object-metadata.js'
import { defineOperation } from '../operation.js'
import { checkRead, encodeRead, type ReadObjectInput, readObjectFields } from './read-object.js'

/** Input of `objects.head`. */
export type HeadObjectInput = ReadObjectInput
/** Output of `objects.head`. */
export type HeadObjectOutput = ObjectMetadata

/** HeadObject. */
export const headObject = defineOperation<HeadObjectInput, HeadObjectOutput>({
  name: 'HeadObject',
  idempotent: true,
  timeoutClass: 'small',
  returnsObject: true,
  input: inputOf<HeadObjectInput>('HeadObject', readObjectFields),
  validate: (input, { rules }) => checkRead(input, rules),
  encode: (input) => encodeRead('HEAD', input),
  decode: ({ headers }) => objectMetadataFrom(headers),
})
