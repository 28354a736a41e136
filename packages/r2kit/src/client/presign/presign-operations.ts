/** The methods of `r2.presign`. Loaded by the first call of any of them. */
import { isR2Error } from '../../errors/calls.js'
import { oneOf, type Refuse, typeNameOf } from '../../validation/index.js'
import type { Runtime } from '../runtime.js'
import {
  permittedDelete,
  permittedGet,
  permittedHead,
  permittedPart,
  permittedPut,
  type ReadPermitted,
} from './permitted-request.js'
import type { PresignedUrl, PresignOperation, PresignOptions } from './presign-input.js'
import { urlMaker } from './presign-url.js'

export { presignUrl } from './presign-url.js'

/** What each method permits. */
export const permitted: Readonly<Record<PresignOperation, ReadPermitted>> = {
  get: permittedGet,
  head: permittedHead,
  put: permittedPut,
  delete: permittedDelete,
  uploadPart: permittedPart,
}

const operationField = oneOf('get', 'head', 'put', 'delete', 'uploadPart')

/** @param given copies of the inputs, of any type */
export const presignMany = async (
  runtime: Runtime,
  options: PresignOptions,
  given: unknown,
  refuse: Refuse,
): Promise<PresignedUrl[]> => {
  if (!Array.isArray(given))
    throw refuse('requests', `must be an array, but it is ${typeNameOf(given)}`, "Pass [{ operation: 'get', … }].")
  const requests = given.map((one: unknown, index) =>
    inElement(index, () => {
      if (typeof one !== 'object' || one === null)
        throw refuse('input', `must be an object, but it is ${typeNameOf(one)}`, "Pass { operation: 'get', … }.")
      const { operation, ...input } = one as { readonly operation?: unknown }
      return permitted[operationField.read(operation, 'operation', refuse)](input, runtime.rules, refuse)
    }),
  )
  const make = await urlMaker(runtime, options, refuse)
  // All inputs are checked before the first URL is made and reported.
  const checked = requests.map((request, index) => inElement(index, () => make(request)))
  return Promise.all(checked.map((finish) => finish()))
}

/** Puts the element in front of the field that an error names. */
const inElement = <T>(index: number, read: () => T): T => {
  try {
    return read()
  } catch (error) {
    if (!isR2Error(error) || error.field === undefined) throw error
    const place = `requests[${index}].`
    throw Object.assign(error, { field: place + error.field, message: place + error.message })
  }
}
