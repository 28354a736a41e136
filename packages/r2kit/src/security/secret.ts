/**
 * A secret that cannot be printed by accident: `console.log`, `util.inspect`, `JSON.stringify`, template strings and
 * `structuredClone` meet a mask or an error. `revealSecret` is the one way to the value.
 */

import { typeNameOf } from '../base/shown.js'
import { R2Error } from '../errors/index.js'

/** What stands in a secret's place. */
export const mask = '[REDACTED]'

let reveal: (secret: Secret) => string
let isOurs: (value: object) => boolean

export class Secret {
  #value: string

  static {
    reveal = (secret) => secret.#value
    isOurs = (value) => #value in value
  }

  /** @throws R2Error `InvalidCredentials` for what is no string */
  constructor(value: string) {
    if (typeof value !== 'string')
      throw new R2Error('InvalidCredentials', `secret must be a string, but it is ${typeNameOf(value)}`, {
        field: 'secret',
      })
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

/** Whether a value is a Secret; `instanceof` would run the traps of a Proxy. */
export const isSecret = (value: unknown): value is Secret =>
  typeof value === 'object' && value !== null && isOurs(value)
