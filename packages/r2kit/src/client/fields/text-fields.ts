/** Fields of text that become header fields or query parameters, as a table of their names: `{ contentType: 'content-type' }`. */
import type { HeaderFields } from '../../http/index.js'
import { anyText, checkHeaderValue, type Field } from '../../validation/index.js'

type Names<FieldName extends string> = Readonly<Record<FieldName, string>>
type Texts<FieldName extends string> = { readonly [Name in FieldName]?: string | undefined }

/** The fields as a part of an input. */
export const fieldsOf = <FieldName extends string>(names: Names<FieldName>): Record<FieldName, Field<string>> =>
  Object.fromEntries(Object.keys(names).map((field) => [field, anyText])) as Record<FieldName, Field<string>>

/** @throws R2Error `InvalidInput` for a text that a header cannot carry */
export const checkTexts = <FieldName extends string>(
  names: Names<FieldName>,
  input: Texts<NoInfer<FieldName>>,
): void => {
  for (const field in names) {
    const value = input[field]
    if (value !== undefined) checkHeaderValue(value, field)
  }
}

/** Writes the fields that the input has under the names of the table. */
export const addTexts = <FieldName extends string>(
  target: HeaderFields,
  names: Names<FieldName>,
  input: Texts<NoInfer<FieldName>>,
): void => {
  for (const field in names) {
    const value = input[field]
    if (value !== undefined) target[names[field]] = value
  }
}
