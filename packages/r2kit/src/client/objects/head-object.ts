import { inputOf } from '../fields/input-of.js'
import { type ObjectMetadata, objectMetadataFrom } from '../fields/object-metadata.js'
import { defineOperation } from '../operation.js'
import { checkRead, encodeRead, type ReadObjectInput, readObjectFields } from './read-object.js'

export type HeadObjectInput = ReadObjectInput
export type HeadObjectOutput = ObjectMetadata

/** HeadObject: all that R2 says of an object, without its bytes. */
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
