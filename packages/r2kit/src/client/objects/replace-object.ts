import { moment } from '../../validation/index.js'
import { inputOf } from '../fields/input-of.js'
import { defineOperation } from '../operation.js'
import { type PutObjectInput, type PutObjectOutput, putObject, putObjectFields } from './put-object.js'
import type { Replacement } from './put-outcome.js'

/** The put of `updateWithLock`. */
export const replaceObject = defineOperation<PutObjectInput & Replacement, PutObjectOutput>({
  ...putObject,
  input: inputOf<PutObjectInput & Replacement>('PutObject', { ...putObjectFields, replacesModified: moment }),
})
