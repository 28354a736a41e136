import { setSecretReader } from '../base/secret-text.js'
import { typeNameOf } from '../base/shown.js'
import { clientError } from '../errors/calls.js'

/** Printed in place of a secret. */
export const mask = '[REDACTED]'

let reveal: (secret: Secret) => string
let isOurs: (value: object) => boolean

/**
 * A string that cannot be printed by accident. `console.log`, `util.inspect`, `JSON.stringify` and template strings show a mask;
 * `structuredClone` loses the value. Only `revealSecret` returns it.
 *
 * @example new R2Client({ accountId, credentials: { accessKeyId, secretAccessKey: new Secret(text) } })
 */
export class Secret {
  #value: string

  static {
    reveal = (secret) => secret.#value
    isOurs = (value) => #value in value
    setSecretReader((value) => (isSecret(value) ? value.#value : undefined))
  }

  /** @throws R2Error `InvalidCredentials` if the value is not a string */
  constructor(value: string) {
    if (typeof value !== 'string')
      throw clientError('InvalidCredentials', `secret must be a string, but it is ${typeNameOf(value)}`, {
        field: 'secret',
        hint: 'Pass a string.',
      })
    this.#value = value
  }

  /** The mask. */
  toString(): string {
    return mask
  }

  /** The mask. */
  toJSON(): string {
    return mask
  }

  /** Shown by `console.log` on Node, Bun and Deno: the mask. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return mask
  }

  /**
   * Discards the value; `revealSecret` returns an empty string afterwards. JavaScript cannot overwrite a string, so the value may
   * stay in memory until it is collected as garbage. Keys that were derived from it are overwritten by the signer.
   */
  forget(): void {
    this.#value = ''
  }
}

/** The value of a secret. The package calls it only to derive signing keys. */
export const revealSecret = (secret: Secret): string => reveal(secret)

/** Whether a value is a `Secret`. Unlike `instanceof`, it does not run the traps of a Proxy. */
export const isSecret = (value: unknown): value is Secret =>
  typeof value === 'object' && value !== null && isOurs(value)
