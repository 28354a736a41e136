/** The parts that all providers share: names, and errors that name the source of a value and never show it. */
import { isR2Error, R2Error } from '../errors/index.js'
import { type CredentialProvider, Credentials, type CredentialsInput, Secret } from '../security/index.js'

/** Environment variables by name: `process.env`, or the `env` of a Worker. */
export type Environment = Readonly<Record<string, string | undefined>>

/**
 * The value of a variable; undefined where it is absent or has nothing but white space.
 *
 * @throws R2Error `InvalidCredentials` if it is not a string, or a getter of the platform throws
 */
export const variable = (variables: Environment, name: string): string | undefined => {
  let value: unknown
  try {
    value = variables[name]
  } catch (cause) {
    throw badCredentials(`${name} could not be read`, 'Pass an object with its value as environment.', cause)
  }
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'string') throw badCredentials(`${name} must be a string`, 'Environment variables are strings.')
  return value.trim() === '' ? undefined : value
}

/** The texts of a key pair, and what the source calls each of them. */
export interface FoundKeyPair {
  readonly accessKeyId: string | undefined
  readonly secretAccessKey: string | undefined
  readonly sessionToken?: string | undefined
  readonly expiresAt?: Date | undefined
  readonly refreshAfter?: Date | undefined
}

/** The names of the values in their source, for errors. */
export type ValueNames = Readonly<Record<'accessKeyId' | 'secretAccessKey' | 'sessionToken', string>>

/** Errors after which a chain does not ask its next provider: the source has credentials, but they are incomplete or malformed. */
const conclusive = new WeakSet<R2Error>()

/** Whether the source has credentials that cannot be used. A chain then fails instead of using those of another source. */
export const isConclusive = (error: unknown): boolean => isR2Error(error) && conclusive.has(error)

/** The error of a provider without credentials. */
export const noCredentials = (message: string, hint: string, cause?: unknown): R2Error =>
  new R2Error('InvalidCredentials', message, { field: 'credentials', hint, cause })

/** The error of a provider whose source has credentials that cannot be used. */
export const badCredentials = (message: string, hint?: string, cause?: unknown): R2Error => {
  const error = new R2Error('InvalidCredentials', message, { field: 'credentials', hint, cause })
  conclusive.add(error)
  return error
}

/** Gives a provider the name that errors of a chain show. */
export const named = (name: string, provide: CredentialProvider): CredentialProvider =>
  Object.defineProperty(provide, 'name', { value: name, configurable: true })

/**
 * Checks a key pair that was read from text. Spaces and line breaks around a value are removed: no key has them, and `echo` adds
 * them. Errors call the values by their names in the source.
 *
 * @throws R2Error `InvalidCredentials`, which never shows a value
 */
export const checkedKeyPair = (found: FoundKeyPair, names: ValueNames): CredentialsInput => {
  const { expiresAt, refreshAfter } = found
  const sessionToken = found.sessionToken?.trim()
  const input: CredentialsInput = {
    accessKeyId: found.accessKeyId?.trim() ?? '',
    secretAccessKey: new Secret(found.secretAccessKey?.trim() ?? ''),
    ...(sessionToken && { sessionToken: new Secret(sessionToken) }),
    ...(expiresAt && { expiresAt }),
    ...(refreshAfter && { refreshAfter }),
  }
  try {
    new Credentials(input).forget()
    return input
  } catch (error) {
    if (!isR2Error(error)) throw error
    throw badCredentials(inTermsOf(names, error.message), hintFor(error))
  }
}

/** Replaces `credentials.secretAccessKey` by the name of the value in its source. */
const inTermsOf = (names: ValueNames, message: string): string =>
  message.replaceAll(
    /\b(?:credentials\.)?(accessKeyId|secretAccessKey|sessionToken)\b/g,
    (_, field: keyof ValueNames) => names[field],
  )

const hintFor = ({ message, hint }: R2Error): string | undefined => {
  if (message.includes('in quotes')) return 'Remove the quotes: docker --env-file and some shells keep them.'
  return message.includes('swapped') ? 'Exchange the two values.' : hint
}
