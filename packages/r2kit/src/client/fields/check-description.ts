import { checkHeaderValue, checkMetadata, type ValidationRules } from '../../validation/index.js'
import { httpMetadataHeaders, type ObjectDescription } from './description.js'

const textFields = Object.keys(httpMetadataHeaders) as (keyof typeof httpMetadataHeaders)[]

/** Checks all that describes an object, before any of it goes out. */
export const checkDescription = (input: ObjectDescription, rules: ValidationRules): void => {
  for (const field of textFields) {
    const value = input[field]
    if (value !== undefined) checkHeaderValue(value, field)
  }
  if (input.metadata !== undefined) checkMetadata(input.metadata, rules)
}
