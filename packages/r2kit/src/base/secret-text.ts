/**
 * Reads the text of a `Secret` without loading its class: `r2kit/presign` accepts secrets, and a program that makes none does not
 * load them.
 */
type Read = (value: unknown) => string | undefined

let read: Read = () => undefined

/** Called once, by the class. */
export const setSecretReader = (reader: Read): void => {
  read = reader
}

/** The text of a `Secret`; undefined for any other value. */
export const secretText: Read = (value) => read(value)
