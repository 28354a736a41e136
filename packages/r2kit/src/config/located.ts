/** A document whose values have places, independent of the YAML library. Children are made on access, so aliases cannot multiply. */

/** A place in the text, counted from 1. */
export interface Place {
  readonly line: number
  readonly column: number
}

/** One entry of a map. `name` is undefined for a key that is not a string. */
export interface LocatedEntry {
  readonly name: string | undefined
  readonly place: Place
  readonly value: Located
}

export type Located =
  | { readonly kind: 'map'; readonly place: Place; entries(): readonly LocatedEntry[] }
  | { readonly kind: 'list'; readonly place: Place; items(): readonly Located[] }
  | { readonly kind: 'scalar'; readonly place: Place; readonly value: unknown }

/** A problem with the text itself. */
export interface TextProblem {
  readonly place: Place
  /** With the document as its subject: `has two documents`. */
  readonly rule: string
  readonly hint: string
}
