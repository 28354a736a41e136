/**
 * A secret that cannot be printed by accident: `console.log`, `util.inspect`, `JSON.stringify`, template strings and
 * `structuredClone` meet a mask or an error. `revealSecret` is the one way to the value.
 */

/** What stands in a secret's place. */
export const mask = '[REDACTED]'

let reveal: (secret: Secret) => string

export class Secret {
  #value: string

  static {
    reveal = (secret) => secret.#value
  }

  constructor(value: string) {
    this.#value = value
  }

  toString(): string {
    return mask
  }

  toJSON(): string {
    return mask
  }

  /** What `console.log` shows on Node, Bun and Deno. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return mask
  }

  /** Forgets the value. A string cannot be overwritten, only let go of; keys derived from it are zeroed by who holds them. */
  forget(): void {
    this.#value = ''
  }
}

/** The value. Read it where a signing key is derived and nowhere else. */
export const revealSecret = (secret: Secret): string => reveal(secret)
