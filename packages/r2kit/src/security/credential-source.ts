/** Sources of credentials: fixed values, or a provider that is called again before its credentials expire. */
import type { Clock } from '../base/clock.js'
import { isR2Error, R2Error } from '../errors/index.js'
import { Credentials, type CredentialsInput } from './credentials.js'

/**
 * Returns credentials from any place: a file, a vault, a service for temporary credentials.
 *
 * The client calls it for the first request, and again in the background shortly before `expiresAt`, never concurrently. Without
 * `expiresAt` it is called again only after R2 has rejected a session token as expired. If it throws or rejects while earlier
 * credentials are still valid, the client keeps these and calls it again after 10 seconds.
 *
 * @example
 * const credentials: CredentialProvider = async () => {
 *   const { accessKeyId, secretAccessKey, sessionToken, expiresAt } = await readFromVault()
 *   return { accessKeyId, secretAccessKey, sessionToken, expiresAt: new Date(expiresAt) }
 * }
 */
export type CredentialProvider = () => CredentialsInput | Promise<CredentialsInput>

/** Longest time between a refresh and the expiry of the old credentials; a fifth of their life if that is shorter. */
const refreshAheadMs = 5 * 60_000
/** Pause after a failed refresh, during which the old credentials are used. */
const refreshPauseMs = 10_000

/** Supplies the credentials of a client. */
export interface CredentialSource {
  /**
   * Returns the credentials for a request, or a promise while they are fetched for the first time or after they expired.
   *
   * @throws R2Error `InvalidCredentials` if the credentials are malformed or the provider failed; `ClientClosed` after `dispose`
   */
  current(): Credentials | Promise<Credentials>
  /**
   * Discards credentials that the server has rejected as expired.
   *
   * @param sessionToken session token of the rejected request; newer credentials are kept
   * @returns whether the next call of `current` may return other credentials
   */
  discardExpired(sessionToken: string | undefined): boolean
  /** Discards all secrets. `current` throws afterwards. */
  dispose(): void
}

const closed = () => new R2Error('ClientClosed', 'Request not signed: the client was disposed')

/**
 * Makes a source of credentials. Values are checked immediately. A provider is called at the first request, once for all
 * concurrent requests, and then in the background shortly before its credentials expire. A failed refresh is repeated after a
 * pause. It becomes an error only when the old credentials have expired.
 *
 * @throws R2Error `InvalidCredentials` for malformed values, `InvalidConfig` if there are none
 */
export const resolveCredentials = (input: CredentialsInput | CredentialProvider, clock: Clock): CredentialSource => {
  if (typeof input === 'function') return new ProvidedCredentials(input, clock)
  if (typeof input === 'object' && input !== null) return fixedCredentials(new Credentials(input))
  throw new R2Error('InvalidConfig', 'credentials are missing', {
    field: 'credentials',
    hint: 'Pass { accessKeyId, secretAccessKey }, or a function that returns them.',
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
  /** The call of the provider that is in flight. */
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
        // Not an error yet: the old credentials are still valid, and the provider is called again after a pause.
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
    this.#refresh ??= this.#fetch().finally(() => {
      this.#refresh = undefined
    })
    return this.#refresh
  }

  async #fetch(): Promise<Credentials> {
    const credentials = await this.#provide()
    if (this.#disposed) {
      credentials.forget()
      throw closed()
    }
    const nowMs = this.#clock.now()
    const leftMs = expiryMs(credentials) - nowMs
    if (leftMs <= 0) throw unavailable('it returned credentials that have expired')
    this.#credentials = credentials
    this.#refreshAtMs = nowMs + leftMs - Math.min(refreshAheadMs, leftMs / 5)
    return credentials
  }

  async #provide(): Promise<Credentials> {
    try {
      return new Credentials(await this.#provider())
    } catch (cause) {
      if (isR2Error(cause)) throw cause
      throw unavailable('it threw an error', cause)
    }
  }
}

const unavailable = (problem: string, cause?: unknown): R2Error =>
  new R2Error('InvalidCredentials', `The provider of the credentials failed: ${problem}`, {
    field: 'credentials',
    hint: 'Check the function that was passed as credentials.',
    cause,
  })

const expiryMs = ({ expiresAt }: Credentials): number => expiresAt?.getTime() ?? Number.POSITIVE_INFINITY
