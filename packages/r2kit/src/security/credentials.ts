import { typeNameOf } from '../base/shown.js'
import { clientError } from '../errors/calls.js'
import { isSecret, mask, revealSecret, Secret } from './secret.js'

/**
 * An access key of R2, as a caller passes it.
 *
 * @example { accessKeyId: process.env.R2_ACCESS_KEY_ID, secretAccessKey: process.env.R2_SECRET_ACCESS_KEY }
 */
export interface CredentialsInput {
  /** Access key ID: printable ASCII without spaces; R2's have 32 characters. */
  readonly accessKeyId: string
  /** Secret access key: printable ASCII without spaces; R2's have 64 characters. */
  readonly secretAccessKey: string | Secret
  /** Session token of temporary credentials. @defaultValue none */
  readonly sessionToken?: string | Secret | undefined
  /** Expiry of temporary credentials. A provider is called again before it, and they are never used after it. @defaultValue never */
  readonly expiresAt?: Date | undefined
  /**
   * When a provider is called again in the background, for credentials that may be rotated. If that call fails, these credentials
   * are still used, until `expiresAt`. @defaultValue five minutes before `expiresAt`, or after four fifths of the time until it
   */
  readonly refreshAfter?: Date | undefined
}

/** Printable ASCII without `/` and `,`, which separate the parts of the `Authorization` header. */
const accessKeyPattern = /^[!-+.0-~-]+$/
const secretPattern = /^[!-~]+$/

const plainText = 'must be printable ASCII without spaces'

/** Names the mistake of a paste, an `echo` or a `.env` file, and does not show the value. */
const flawOf = (value: unknown): string => {
  if (typeof value !== 'string') return `, but it is ${typeNameOf(value)}`
  if (value === '') return ', but it is empty'
  if (/^\s|\s$/.test(value)) return ', but it begins or ends with a space or line break'
  return /^(["']).*\1$/.test(value) ? ', but it is in quotes' : ''
}

const invalid = (field: string, problem: string, hint?: string) =>
  clientError('InvalidCredentials', `credentials.${field} ${problem}`, { field: `credentials.${field}`, hint })

/** Returns a text that can be signed with: printable ASCII, and not in quotes that a `.env` file has left. */
const readKey = (field: string, value: unknown, pattern = secretPattern, others = '', hint?: string): string => {
  const flaw = flawOf(value)
  if (typeof value === 'string' && flaw === '' && pattern.test(value)) return value
  throw invalid(field, plainText + others + flaw, hint)
}

/** Any value, or the text of a `Secret`. */
const revealed = (value: unknown): unknown => (isSecret(value) ? revealSecret(value) : value)

/** Checked credentials. When printed, they show the access key ID and mask the secrets. */
export class Credentials {
  readonly accessKeyId: string
  readonly expiresAt: Date | undefined
  readonly refreshAfter: Date | undefined
  readonly #secretAccessKey: Secret
  readonly #sessionToken: Secret | undefined

  /** @throws R2Error `InvalidCredentials`, which never shows a value */
  constructor(input: CredentialsInput) {
    const { expiresAt, refreshAfter } = input
    const [secret, token] = [revealed(input.secretAccessKey), revealed(input.sessionToken)]
    const accessKeyId = readKey('accessKeyId', input.accessKeyId, accessKeyPattern, ', "/" and ","')
    const secretAccessKey = readKey('secretAccessKey', secret)
    if (accessKeyId.length === 64 && secretAccessKey.length === 32)
      throw invalid('accessKeyId', 'and secretAccessKey are swapped')
    const hint = 'Leave it out unless the credentials are temporary.'
    const sessionToken = token === undefined ? token : readKey('sessionToken', token, secretPattern, '', hint)
    for (const [field, date] of Object.entries({ expiresAt, refreshAfter })) {
      if (date !== undefined && !(date instanceof Date && !Number.isNaN(date.getTime())))
        throw invalid(field, 'must be a valid Date', 'Pass a Date, such as new Date(text).')
    }
    this.accessKeyId = accessKeyId
    this.expiresAt = expiresAt
    this.refreshAfter = refreshAfter
    // Copies, so that `forget` does not affect the secrets of the caller.
    this.#secretAccessKey = new Secret(secretAccessKey)
    this.#sessionToken = sessionToken === undefined ? sessionToken : new Secret(sessionToken)
  }

  /** The secret access key in plain text, for signing only. */
  get secretAccessKey(): string {
    return revealSecret(this.#secretAccessKey)
  }

  /** The session token in plain text, for signing only. */
  get sessionToken(): string | undefined {
    return this.#sessionToken && revealSecret(this.#sessionToken)
  }

  toJSON(): Record<string, unknown> {
    const { accessKeyId, expiresAt } = this
    return {
      accessKeyId,
      secretAccessKey: mask,
      ...(this.#sessionToken && { sessionToken: mask }),
      ...(expiresAt && { expiresAt }),
    }
  }

  toString(): string {
    return `Credentials(${this.accessKeyId})`
  }

  [Symbol.for('nodejs.util.inspect.custom')](): Record<string, unknown> {
    return this.toJSON()
  }

  /** Discards the secrets. The credentials cannot sign afterwards. */
  forget(): void {
    this.#secretAccessKey.forget()
    this.#sessionToken?.forget()
  }
}
