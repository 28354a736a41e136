/** Valid arguments with a different value at one location. */
import type { Argument, Case } from './method-cases.js'
import { isWholeArray, type Kind, type Structure } from './value-kinds.js'

/** A location in the arguments of a method. */
export interface Location {
  /** The name of the field in errors. */
  readonly name: string
  readonly kind: Kind
  /** New arguments with this value at the location and valid values elsewhere. */
  withValue(value: unknown): unknown[]
}

/** A new valid value of a kind. */
export const sampleOf = (kind: Kind): unknown => {
  if (kind.is === 'scalar') return kind.good[0]?.()
  return kind.is === 'list' ? [sampleOf(kind.element)] : kind.sample()
}

const samplesOf = ({ takes }: Case): unknown[] => takes.map(({ kind }) => sampleOf(kind))

/** All locations in the arguments of a method: each argument, its fields and its elements. */
export const locationsOf = (entry: Case): Location[] =>
  entry.takes.flatMap((argument, index) =>
    locationsIn(argument, argument.kind, argument.name, (value) => {
      const values = samplesOf(entry)
      values[index] = value
      return values
    }),
  )

const locationsIn = (argument: Argument, kind: Kind, name: string, withValue: Location['withValue']): Location[] => {
  const here = { name, kind, withValue }
  switch (kind.is) {
    case 'scalar':
      return [here]
    case 'list':
      return [here, ...locationsIn(argument, kind.element, `${name}[0]`, (value) => withValue([value]))]
    case 'structure':
      return [here, ...fieldsOf(argument, kind, name, withValue)]
  }
}

const fieldsOf = (argument: Argument, kind: Structure, name: string, withValue: Location['withValue']): Location[] => {
  const prefix = name === argument.name ? (argument.prefix ?? '') : `${name}.`
  return Object.entries(kind.fields).flatMap(([field, inner]) =>
    locationsIn(argument, inner, prefix + field, (value) => withValue({ ...kind.sample(), [field]: value })),
  )
}

/** The name, in errors, of a field of the structure at a location. */
export const fieldOf = ({ takes }: Case, location: Location, field: string): string => {
  const argument = takes.find(({ name }) => name === location.name)
  return `${argument === undefined ? `${location.name}.` : (argument.prefix ?? '')}${field}`
}

/** Whether a kind accepts a value: true, false, or `undefined` if the content of the value decides. */
export const accepts = (kind: Kind, value: unknown): boolean | undefined => {
  try {
    switch (kind.is) {
      case 'scalar':
        return kind.accepts(value)
      case 'list':
        if (!isWholeArray(value)) return false
        return value.length === 0 ? kind.mayBeEmpty : all(value.map((element) => accepts(kind.element, element)))
      case 'structure':
        return isEmptyObject(value) && kind.mayBeEmpty
    }
  } catch {
    // A Proxy that throws.
    return false
  }
}

const all = (verdicts: readonly (boolean | undefined)[]): boolean | undefined => {
  if (verdicts.includes(false)) return false
  return verdicts.includes(undefined) ? undefined : true
}

const isEmptyObject = (value: unknown): boolean => {
  if (Object.prototype.toString.call(value) !== '[object Object]' || Object.keys(value as object).length > 0)
    return false
  return Object.getPrototypeOf(Object.getPrototypeOf(value as object)) === null
}
