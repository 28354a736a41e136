import { isR2Error } from '../../errors/calls.js'
import type { CallOptions } from '../operation.js'
import type { Runtime } from '../runtime.js'
import { type HeadObjectInput, headObject } from './head-object.js'

/** Whether an object exists. A missing bucket looks the same: the response to HEAD has no body with the reason. */
export const isStored = async (runtime: Runtime, input: HeadObjectInput, options?: CallOptions): Promise<boolean> => {
  try {
    await runtime.execute(headObject, input, options)
    return true
  } catch (error) {
    if (isR2Error(error, 'ObjectNotFound')) return false
    throw error
  }
}
