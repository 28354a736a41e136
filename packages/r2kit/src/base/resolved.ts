/** The options `T` after their defaults have been added: every field has a value. */
export type Resolved<T> = { readonly [Name in keyof T]-?: Exclude<T[Name], undefined> }
