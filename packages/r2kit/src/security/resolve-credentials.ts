import type { Clock } from '../base/clock.js'
import { clientError } from '../errors/calls.js'
import { type CredentialProvider, type CredentialSource, expiryMs, sourceClosed } from './credential-source.js'
import { Credentials, type CredentialsInput } from './credentials.js'

/**
 * Makes a source of credentials. Values are checked immediately. A provider is called at the first request, once for all
 * concurrent requests, and then in the background shortly before its credentials expire. A failed refresh is repeated after
 * a pause. It becomes an error of requests only when the old credentials have expired.
 *
 * @throws R2Error `InvalidCredentials` for malformed values
 */
export const resolveCredentials = (input: CredentialsInput | CredentialProvider, clock: Clock): CredentialSource => {
  if (typeof input === 'function') return loadedSource(input, clock)
  return fixedCredentials(new Credentials(input), clock)
}

const fixedCredentials = (credentials: Credentials, clock: Clock): CredentialSource => {
  let disposed = false
  return {
    current() {
      if (disposed) throw sourceClosed()
      if (clock.now() >= expiryMs(credentials))
        throw clientError('ExpiredToken', 'Request not signed: credentials.expiresAt has passed')
      return credentials
    },
    discardExpired: () => false,
    dispose() {
      disposed = true
      credentials.forget()
    },
  }
}

/** The source of a provider, whose code the first request loads: most clients have fixed credentials. */
const loadedSource = (provider: CredentialProvider, clock: Clock): CredentialSource => {
  let source: CredentialSource | undefined
  let disposed = false
  // A failed load is tried again.
  const load = async () => {
    const { ProvidedCredentials } = await import('./provided-credentials.js')
    source ??= new ProvidedCredentials(provider, clock)
    if (disposed) source.dispose()
    return source.current()
  }
  return {
    current() {
      if (disposed) throw sourceClosed()
      return source === undefined ? load() : source.current()
    },
    discardExpired: (sessionToken) => source?.discardExpired(sessionToken) ?? true,
    dispose() {
      disposed = true
      source?.dispose()
    },
  }
}
