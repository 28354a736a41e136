import { R2Error } from '../../errors/index.js'
import { checkHeaderValue, checkMetadata, type ValidationRules } from '../../validation/index.js'
import { httpMetadataHeaders, type ObjectDescription } from './description.js'

const textFields = Object.keys(httpMetadataHeaders) as (keyof typeof httpMetadataHeaders)[]

/** Checks all that describes an object, before any of it goes out. */
export const checkDescription = (input: ObjectDescription, rules: ValidationRules): void => {
  for (const field of textFields) {
    const value = input[field]
    if (value !== undefined) checkHeaderValue(value, field)
  }
  const { storageClass } = input
  if (storageClass !== undefined && storageClass !== 'STANDARD' && storageClass !== 'STANDARD_IA') {
    throw new R2Error(
      'InvalidInput',
      `storageClass is ${JSON.stringify(storageClass)}; R2 has STANDARD and STANDARD_IA`,
      {
        field: 'storageClass',
      },
    )
  }
  if (input.metadata !== undefined) checkMetadata(input.metadata, rules)
}
