import { headerOf } from '../../http/index.js'
import { inputOf } from '../fields/input-of.js'
import { checkObject, type ObjectAddress, objectAddressFields } from '../fields/object-address.js'
import { defineOperation } from '../operation.js'

/** Input of `objects.delete`. */
export type DeleteObjectInput = ObjectAddress

/** Output of `objects.delete`. */
export interface DeleteObjectOutput {
  /** ID of the version; R2 has one version of an object. */
  readonly versionId: string | undefined
  /** CF-Ray of the response. */
  readonly requestId: string | undefined
}

/** DeleteObject. R2 responds with 204, whether the object existed or not. */
export const deleteObject = defineOperation<DeleteObjectInput, DeleteObjectOutput>({
  name: 'DeleteObject',
  idempotent: true,
  timeoutClass: 'small',
  succeedsWith204: true,
  input: inputOf<DeleteObjectInput>('DeleteObject', objectAddressFields),
  validate: (input, { rules }) => checkObject(input, rules),
  encode: ({ bucket, key }) => ({ method: 'DELETE', bucket, key, headers: {} }),
  decode: ({ headers }) => ({
    versionId: headerOf(headers, 'x-amz-version-id'),
    requestId: headerOf(headers, 'cf-ray'),
  }),
})
