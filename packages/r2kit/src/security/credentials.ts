import { R2Error } from '../errors/index.js'
import { isSecret, mask, revealSecret, Secret } from './secret.js'

/** Credentials as a caller has them. */
export interface CredentialsInput {
  /** R2's have 32 characters. */
  readonly accessKeyId: string
  /** R2's have 64 characters. */
  readonly secretAccessKey: string | Secret
  /** Comes with temporary credentials. */
  readonly sessionToken?: string | Secret | undefined
  /** When they end; a provider is asked for new ones before. @defaultValue never */
  readonly expiresAt?: Date | undefined
}

/** Printable ASCII; `/` and `,` would break the `Authorization` header apart. */
const accessKeyPattern = /^[!-+.0-~-]+$/
const secretPattern = /^[!-~]+$/

const invalid = (field: string, problem: string, hint?: string) =>
  new R2Error('InvalidCredentials', `credentials.${field} ${problem}`, { field: `credentials.${field}`, hint })

/** Credentials that have been checked. Printed, they show the access key id and nothing else. */
export class Credentials {
  readonly accessKeyId: string
  readonly expiresAt: Date | undefined
  readonly #secretAccessKey: Secret
  readonly #sessionToken: Secret | undefined

  /** @throws R2Error `InvalidCredentials`, which never shows a value. */
  constructor(input: CredentialsInput) {
    const { accessKeyId, secretAccessKey, sessionToken, expiresAt } = input
    const [secret, token] = [asSecret(secretAccessKey), asSecret(sessionToken)]
    if (typeof accessKeyId !== 'string' || !accessKeyPattern.test(accessKeyId)) {
      throw invalid('accessKeyId', 'must be a text without spaces')
    }
    if (secret === undefined || !secretPattern.test(revealSecret(secret))) {
      throw invalid('secretAccessKey', 'must be a text without spaces')
    }
    if (accessKeyId.length === 64 && revealSecret(secret).length === 32) {
      throw invalid('accessKeyId', 'and secretAccessKey are swapped')
    }
    if (sessionToken !== undefined && (token === undefined || !secretPattern.test(revealSecret(token)))) {
      throw invalid('sessionToken', 'must be a text without spaces', 'Leave it out where there is none.')
    }
    if (expiresAt !== undefined && !(expiresAt instanceof Date && !Number.isNaN(expiresAt.getTime()))) {
      throw invalid('expiresAt', 'must be a valid Date')
    }
    this.accessKeyId = accessKeyId
    this.expiresAt = expiresAt
    this.#secretAccessKey = secret
    this.#sessionToken = token
  }

  /** For signing only. */
  get secretAccessKey(): string {
    return revealSecret(this.#secretAccessKey)
  }

  /** For signing only. */
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

  /** Lets go of the secrets; the credentials cannot sign any more. */
  forget(): void {
    this.#secretAccessKey.forget()
    this.#sessionToken?.forget()
  }
}

/** Always a copy, so that forgetting ours leaves the caller's alone. */
const asSecret = (value: unknown): Secret | undefined => {
  if (isSecret(value)) return new Secret(revealSecret(value))
  return typeof value === 'string' ? new Secret(value) : undefined
}
