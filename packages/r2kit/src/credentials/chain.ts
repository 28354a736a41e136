import { R2Error } from '../errors/index.js'
import type { CredentialContext, CredentialProvider, CredentialsInput } from '../security/index.js'
import { callback, listOf, refuseOption } from '../validation/index.js'
import { isConclusive, named } from './provider.js'

const providersField = listOf(callback<CredentialProvider>())

/**
 * A provider that calls other providers in order, and uses the first that returns credentials which have not expired.
 *
 * That provider is also the one of every refresh, so that the identity of a running process never changes. A source with
 * incomplete or malformed credentials ends the search: half a key pair in the environment is a mistake that the next source would
 * hide. If no provider returns credentials, the error has the reason of each.
 *
 * @throws R2Error `InvalidConfig` for anything but functions; the provider throws `InvalidCredentials`
 * @example
 * const credentials = chain(fromEnvironment(), fromSharedCredentialsFile({ profile: 'r2' }))
 */
export const chain = (...given: readonly CredentialProvider[]): CredentialProvider => {
  const providers = providersField.read(given, 'providers', refuseOption)
  if (providers.length === 0)
    throw refuseOption('providers', 'must be at least one, but there are none', 'Pass the providers to try.')
  let chosen: CredentialProvider | undefined
  return named('chain', async (context) => {
    if (chosen !== undefined) return chosen(context)
    const failures: Failure[] = []
    for (const provider of providers) {
      context?.signal.throwIfAborted()
      const found = await tried(provider, context)
      if ('error' in found) {
        if (isConclusive(found.error)) throw found.error
        failures.push({ provider, error: found.error })
        continue
      }
      chosen = provider
      return found.credentials
    }
    throw noneReturned(failures)
  })
}

interface Failure {
  readonly provider: CredentialProvider
  readonly error: unknown
}

const tried = async (
  provider: CredentialProvider,
  context: CredentialContext | undefined,
): Promise<{ readonly credentials: CredentialsInput } | { readonly error: unknown }> => {
  try {
    const credentials: CredentialsInput | null | undefined = await provider(context)
    if (credentials === undefined || credentials === null) return { error: new Error('it returned no credentials') }
    // The client would reject them, and the next provider may have others.
    if (hasExpired(credentials)) return { error: new Error('it returned credentials that have expired') }
    return { credentials }
  } catch (error) {
    return { error }
  }
}

const hasExpired = ({ expiresAt }: CredentialsInput): boolean =>
  expiresAt instanceof Date && expiresAt.getTime() <= Date.now()

const noneReturned = (failures: readonly Failure[]): R2Error => {
  const reasons = failures.map(({ provider, error }, index) => {
    const reason = error instanceof Error ? error.message : 'it threw a value that is no Error'
    return `${index + 1}. ${provider.name || 'a function'}: ${reason}`
  })
  return new R2Error('InvalidCredentials', `no provider of the chain returned credentials: ${reasons.join('; ')}`, {
    field: 'credentials',
    hint: 'Configure one of them. The cause has the error of each.',
    cause: new AggregateError(
      failures.map(({ error }) => error),
      'the errors of the providers, in order',
    ),
  })
}
