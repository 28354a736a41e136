import type { Clock } from '../base/clock.js'
import { clientError, isR2Error, type R2Error } from '../errors/calls.js'
import {
  type CredentialContext,
  type CredentialProvider,
  type CredentialSource,
  expiryMs,
  sourceClosed,
} from './credential-source.js'
import { Credentials } from './credentials.js'

/** Longest time between a refresh and the expiry of the old credentials; a fifth of their life if that is shorter. */
const refreshAheadMs = 5 * 60_000
/** Pause after a failed refresh, during which the old credentials are used. */
const refreshPauseMs = 10_000
/** Longest time that requests wait for a provider. */
const providerTimeoutMs = 60_000

/** Caches the credentials of a provider, and calls it again before they expire. */
export class ProvidedCredentials implements CredentialSource {
  readonly #provider: CredentialProvider
  readonly #clock: Clock
  #credentials: Credentials | undefined
  #refreshAtMs = 0
  /** The call of the provider that is in flight. */
  #refresh: Promise<Credentials> | undefined
  readonly #disposal = new AbortController()

  constructor(provider: CredentialProvider, clock: Clock) {
    this.#provider = provider
    this.#clock = clock
  }

  current(): Credentials | Promise<Credentials> {
    if (this.#disposal.signal.aborted) throw sourceClosed()
    const credentials = this.#credentials
    const nowMs = this.#clock.now()
    if (credentials === undefined || nowMs >= expiryMs(credentials)) return this.#refreshed()
    if (nowMs >= this.#refreshAtMs && this.#refresh === undefined) {
      this.#refreshed().catch(() => {
        // The old credentials are still valid, and the provider is called again after a pause. Events report the failure.
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
    this.#disposal.abort(sourceClosed())
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
    const credentials = await this.#provided()
    const nowMs = this.#clock.now()
    const leftMs = expiryMs(credentials) - nowMs
    if (leftMs <= 0) throw unavailable('it returned credentials that have expired')
    this.#credentials = credentials
    this.#refreshAtMs = Math.min(
      nowMs + leftMs - Math.min(refreshAheadMs, leftMs / 5),
      credentials.refreshAfter?.getTime() ?? Number.POSITIVE_INFINITY,
    )
    return credentials
  }

  /** Calls the provider, and stops waiting for it after a time and on disposal. */
  #provided(): Promise<Credentials> {
    const call = new AbortController()
    const { signal } = call
    const disposed = this.#disposal.signal
    const timer = this.#clock.after(
      providerTimeoutMs,
      () => call.abort(unavailable(`it did not return within ${providerTimeoutMs / 1000} seconds`)),
      true,
    )
    const stop = () => call.abort(disposed.reason)
    disposed.addEventListener('abort', stop)
    return new Promise<Credentials>((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason))
      this.#provide({ signal, disposed, clock: this.#clock }).then(resolve, reject)
    }).finally(() => {
      timer.cancel()
      disposed.removeEventListener('abort', stop)
    })
  }

  async #provide(context: CredentialContext): Promise<Credentials> {
    try {
      return new Credentials(await this.#provider(context))
    } catch (cause) {
      if (isR2Error(cause)) throw cause
      throw unavailable('it threw an error', cause)
    }
  }
}

const unavailable = (problem: string, cause?: unknown): R2Error =>
  clientError('InvalidCredentials', `The provider of the credentials failed: ${problem}`, {
    field: 'credentials',
    hint: 'Check the function that was passed as credentials.',
    cause,
  })
