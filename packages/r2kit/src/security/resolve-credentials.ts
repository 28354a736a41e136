import type { Clock } from '../base/clock.js'
import { clientError } from '../errors/calls.js'
import { type CredentialProvider, type CredentialSource, expiryMs, sourceClosed } from './credential-source.js'
import { Credentials, type CredentialsInput } from './credentials.js'
import type { ProvidedCredentials } from './provided-credentials.js'

/**
 * Makes a source of credentials. Values are checked immediately. A provider is called at the first request, once for all
 * concurrent requests, and then in the background shortly before its credentials expire. A failed refresh is repeated after
 * a pause. It becomes an error of requests only when the old credentials have expired.
 *
 * @throws R2Error `InvalidCredentials` for malformed values, `InvalidConfig` if there are none
 */
export const resolveCredentials = (input: CredentialsInput | CredentialProvider, clock: Clock): CredentialSource => {
  if (typeof input === 'function') return new LoadedSource(input, clock)
  if (typeof input === 'object' && input !== null) return fixedCredentials(new Credentials(input), clock)
  throw clientError('InvalidConfig', 'credentials are missing', {
    field: 'credentials',
    hint: 'Pass { accessKeyId, secretAccessKey }, or a function that returns them.',
  })
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
class LoadedSource implements CredentialSource {
  readonly #load: () => Promise<CredentialSource>
  #source: CredentialSource | undefined
  #loading: Promise<CredentialSource> | undefined
  #disposed = false

  constructor(...parameters: ConstructorParameters<typeof ProvidedCredentials>) {
    this.#load = async () => {
      const { ProvidedCredentials } = await import('./provided-credentials.js')
      this.#source ??= new ProvidedCredentials(...parameters)
      if (this.#disposed) this.#source.dispose()
      return this.#source
    }
  }

  current(): Credentials | Promise<Credentials> {
    if (this.#disposed) throw sourceClosed()
    if (this.#source !== undefined) return this.#source.current()
    this.#loading ??= this.#load().finally(() => {
      // A failed load is tried again.
      this.#loading = undefined
    })
    return this.#loading.then((source) => source.current())
  }

  discardExpired(sessionToken: string | undefined): boolean {
    return this.#source?.discardExpired(sessionToken) ?? true
  }

  dispose(): void {
    this.#disposed = true
    this.#source?.dispose()
  }
}
