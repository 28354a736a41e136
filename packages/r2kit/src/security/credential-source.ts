/** Where a client's credentials come from: values, or a function that is asked again before they expire. */
import type { Clock } from '../base/clock.js'
import { isR2Error, R2Error } from '../errors/index.js'
import { Credentials, type CredentialsInput } from './credentials.js'

/** Gets credentials from anywhere: a file, a vault, a service for temporary ones. */
export type CredentialProvider = () => CredentialsInput | Promise<CredentialsInput>

/** New credentials are fetched this long before the old ones end, or a fifth of their life where that is less. */
const refreshAheadMs = 5 * 60_000
/** After a refresh that failed, the old credentials serve for so long before the next try. */
const refreshPauseMs = 10_000

export interface CredentialSource {
  /**
   * Credentials for a request: at once where they are at hand, which is nearly always.
   *
   * @throws R2Error `InvalidCredentials` where they are malformed or cannot be got.
   */
  current(): Credentials | Promise<Credentials>
  /**
   * The server has refused credentials with this session token as expired.
   *
   * @returns whether the next call of `current` may return others
   */
  discardExpired(sessionToken: string | undefined): boolean
  /** Lets go of all secrets; `current` fails from now on. */
  dispose(): void
}

const closed = () => new R2Error('ClientClosed', 'The credentials were disposed of')

/**
 * Makes a source of credentials. Values are checked at once. A provider is asked at the first request, once for all that
 * wait; then in the background, shortly before what it gave expires. A refresh that fails is tried again, and is an error
 * only when the old credentials have expired.
 */
export const resolveCredentials = (input: CredentialsInput | CredentialProvider, clock: Clock): CredentialSource => {
  if (typeof input === 'function') return new ProvidedCredentials(input, clock)
  if (typeof input === 'object' && input !== null) return fixedCredentials(new Credentials(input))
  throw new R2Error('InvalidConfig', 'credentials are missing', {
    field: 'credentials',
    hint: 'Pass { accessKeyId, secretAccessKey }, or a function that gets them.',
  })
}

const fixedCredentials = (credentials: Credentials): CredentialSource => {
  let disposed = false
  return {
    current() {
      if (disposed) throw closed()
      return credentials
    },
    discardExpired: () => false,
    dispose() {
      disposed = true
      credentials.forget()
    },
  }
}

class ProvidedCredentials implements CredentialSource {
  readonly #provider: CredentialProvider
  readonly #clock: Clock
  #credentials: Credentials | undefined
  #refreshAtMs = 0
  /** The one refresh that is under way. */
  #refresh: Promise<Credentials> | undefined
  #disposed = false

  constructor(provider: CredentialProvider, clock: Clock) {
    this.#provider = provider
    this.#clock = clock
  }

  current(): Credentials | Promise<Credentials> {
    if (this.#disposed) throw closed()
    const credentials = this.#credentials
    const nowMs = this.#clock.now()
    if (credentials === undefined || nowMs >= expiryMs(credentials)) return this.#refreshed()
    if (nowMs >= this.#refreshAtMs) {
      this.#refreshed().catch(() => {
        // Not an error yet: the old credentials still hold, and the next try comes after a pause.
        this.#refreshAtMs = this.#clock.now() + refreshPauseMs
      })
    }
    return credentials
  }

  discardExpired(sessionToken: string | undefined): boolean {
    // Credentials that were fetched since that request was signed are kept.
    if (this.#credentials?.sessionToken === sessionToken) this.#credentials = undefined
    return true
  }

  dispose(): void {
    this.#disposed = true
    this.#credentials?.forget()
    this.#credentials = undefined
  }

  #refreshed(): Promise<Credentials> {
    this.#refresh ??= this.#ask().finally(() => {
      this.#refresh = undefined
    })
    return this.#refresh
  }

  async #ask(): Promise<Credentials> {
    const credentials = await this.#provide()
    if (this.#disposed) {
      credentials.forget()
      throw closed()
    }
    const nowMs = this.#clock.now()
    const leftMs = expiryMs(credentials) - nowMs
    if (leftMs <= 0) throw new R2Error('InvalidCredentials', 'The provider gave credentials that have expired')
    this.#credentials = credentials
    this.#refreshAtMs = nowMs + leftMs - Math.min(refreshAheadMs, leftMs / 5)
    return credentials
  }

  async #provide(): Promise<Credentials> {
    try {
      return new Credentials(await this.#provider())
    } catch (cause) {
      if (isR2Error(cause)) throw cause
      throw new R2Error('InvalidCredentials', 'The provider of credentials failed', { field: 'credentials', cause })
    }
  }
}

const expiryMs = ({ expiresAt }: Credentials): number => expiresAt?.getTime() ?? Number.POSITIVE_INFINITY
