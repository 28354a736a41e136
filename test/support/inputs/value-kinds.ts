/**
 * A description of the inputs of the public API, independent of its own validation, with which a test decides whether any
 * value must be rejected. `Kinds<T>` needs a kind for each field of `T`: a new field without a kind does not compile.
 */
import type { Timeouts } from 'r2kit'

/** A single value without fields or elements. */
export interface Scalar {
  readonly is: 'scalar'
  /** Factories of valid values. */
  readonly good: readonly (() => unknown)[]
  /** Returns `undefined` if the content decides whether the value is valid: the call may then succeed or fail with an `R2Error`. */
  accepts(value: unknown): boolean | undefined
  /** Valid values that a test must not use, because they would leave files behind. */
  readonly avoids?: (value: unknown) => boolean
}

/** An object with fields. */
export interface Structure {
  readonly is: 'structure'
  /** A new minimal valid value. */
  sample(): Record<string, unknown>
  readonly fields: Readonly<Record<string, Kind>>
  /** Whether an object without fields is valid. */
  readonly mayBeEmpty: boolean
  /** Whether unknown fields are ignored, as in an environment. */
  readonly isOpen?: true
}

/** An array with elements of one kind. */
export interface List {
  readonly is: 'list'
  readonly element: Kind
  readonly mayBeEmpty: boolean
}

export type Kind = Scalar | Structure | List

export type Kinds<T> = { readonly [Name in keyof T]-?: Kind }

export const scalar = (accepts: Scalar['accepts'], ...good: (() => unknown)[]): Scalar => ({
  is: 'scalar',
  good,
  accepts,
})

export const structure = <T>(sample: () => object, fields: Kinds<T>): Structure => ({
  is: 'structure',
  sample: sample as () => Record<string, unknown>,
  fields,
  mayBeEmpty: Object.keys(sample()).length === 0,
})

export const open = (kind: Structure): Structure => ({ ...kind, isOpen: true })

export const list = (element: Kind, mayBeEmpty = false): List => ({ is: 'list', element, mayBeEmpty })

/** Text with its own rules, such as a key or a header value. */
export const text = (...good: string[]): Scalar =>
  scalar((value) => (typeof value === 'string' ? undefined : false), ...good.map((one) => () => one))

export const flag = scalar(
  (value) => typeof value === 'boolean',
  () => true,
  () => false,
)

export const whole = (min: number, max: number = Number.MAX_SAFE_INTEGER, good = min): Scalar =>
  scalar(
    (value) => typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max,
    () => good,
  )

export const between = (min: number, max: number): Scalar =>
  scalar(
    (value) => typeof value === 'number' && value >= min && value <= max,
    () => max,
  )

export const duration = scalar(
  (value) => typeof value === 'number' && value > 0,
  () => 60_000,
  () => Number.POSITIVE_INFINITY,
)

export const word = (...words: string[]): Scalar =>
  scalar((value) => typeof value === 'string' && words.includes(value), ...words.map((one) => () => one))

export const date = scalar(
  (value) => Object.prototype.toString.call(value) === '[object Date]' && !Number.isNaN(Number(value)),
  () => new Date(86_400_000),
)

export const callback = scalar(
  (value) => typeof value === 'function',
  () => () => undefined,
)

export const signal = scalar(
  (value) => typeof value === 'object' && value !== null && 'aborted' in value && 'removeEventListener' in value,
  () => new AbortController().signal,
)

const isPlain = (value: unknown): value is Record<string, unknown> => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

/** An object with arbitrary names and string values. */
export const record = scalar(
  (value) => isPlain(value) && Object.values(value).every((one) => typeof one === 'string'),
  () => ({ owner: 'Ana' }),
  () => Object.assign(Object.create(null), { owner: 'Ana' }),
)

/** Whether the value is an array without holes. Counts keys, because an array may have billions of holes. */
export const isWholeArray = (value: unknown): value is unknown[] =>
  Array.isArray(value) && value.length === Object.keys(value).length

export const etags = scalar(
  (value) => {
    const isRightType = typeof value === 'string' || (isWholeArray(value) && value.length > 0)
    return isRightType && [value].flat().every((one) => typeof one === 'string') ? undefined : false
  },
  () => 'a'.repeat(32),
  () => ['*'],
)

const isOf = (value: unknown, name: string): boolean => Object.prototype.toString.call(value) === `[object ${name}]`

/** A key of 32 bytes. */
export const secretBytes = scalar(
  (value) => isOf(value, 'Uint8Array') && (value as Uint8Array).byteLength === 32,
  () => new Uint8Array(32),
  () => Buffer.alloc(32),
)

/** Bytes, Blobs, streams and files; with `allowsText` also text. */
export const source = (allowsText: boolean): Scalar =>
  scalar(
    (value) => {
      if (typeof value === 'string') return allowsText ? undefined : false
      return isOf(value, 'Uint8Array') || isOf(value, 'Float64Array')
    },
    () => new Uint8Array(3),
    () => new Blob(['abc']),
  )

export const keys = scalar(
  (value) => {
    if (!isOf(value, 'Set') && !isWholeArray(value)) return false
    return Array.from(value as Iterable<unknown>).every((key) => typeof key === 'string')
  },
  () => ['a'],
  () => new Set(['a']),
)

export const contentType = scalar(
  (value) => (typeof value === 'string' ? undefined : typeof value === 'function'),
  () => 'text/plain',
  () => () => 'text/plain',
)

export const journal: Scalar = {
  ...scalar(
    (value) => (typeof value === 'string' ? undefined : typeof value === 'boolean'),
    () => false,
  ),
  avoids: (value) => value === true || typeof value === 'string',
}

/** A path. Tests use only the given one, because the call may write to others. */
export const path = (good: string): Scalar => ({ ...text(good), avoids: (value) => typeof value === 'string' })

/** An object with methods that the caller implements. */
export const methods = (make: () => object): Scalar => scalar(() => false, make)

/** A field that excludes another field of the sample, so any value is rejected. Separate tests cover the field alone. */
export const exclusive = scalar((value) => (value === undefined ? true : undefined))

/** A field of an output that is passed back as input and ignored. */
export const ignored = scalar(
  () => undefined,
  () => 'anything',
)

/** Option `timeouts` of the client, of calls and of transfers. */
export const timeouts = structure<Timeouts>(() => ({}), {
  connectMs: duration,
  smallObjectMs: duration,
  largeObjectMs: duration,
  listMs: duration,
  partMs: duration,
  stallTimeoutMs: duration,
})
