/** The contracts of credential providers and sources. `resolve-credentials.ts` makes a source. */
import type { Clock } from '../base/clock.js'
import { clientError, type R2Error } from '../errors/calls.js'
import type { Credentials, CredentialsInput } from './credentials.js'

/** The argument of a credential provider. */
export interface CredentialContext {
  /** Aborts this call: after 60 seconds, when the client stops waiting for it, and when the client is disposed. */
  readonly signal: AbortSignal
  /** Aborts when the client is disposed: no further call follows. */
  readonly disposed: AbortSignal
  /** The client's clock, corrected by the server's time if R2 has rejected a signature for its date. */
  readonly clock: Clock
}

/**
 * Returns credentials from any place: a file, a vault, a service for temporary credentials.
 *
 * The client calls it for the first request, and again in the background at `refreshAfter` or shortly before `expiresAt`, never
 * concurrently. Without either it is called again only after R2 has rejected a session token as expired. If it throws, rejects or
 * takes more than 60 seconds while earlier credentials are still valid, the client keeps these and calls it again after 10 seconds.
 * `r2kit/credentials` has providers for the environment, the shared credentials file, Vault and temporary credentials.
 *
 * @param context the client's signal and clock; absent where other code calls the provider
 *
 * @example
 * const credentials: CredentialProvider = async () => {
 *   const { accessKeyId, secretAccessKey, sessionToken, expiresAt } = await readFromVault()
 *   return { accessKeyId, secretAccessKey, sessionToken, expiresAt: new Date(expiresAt) }
 * }
 */
export type CredentialProvider = (context?: CredentialContext) => CredentialsInput | Promise<CredentialsInput>

/** Supplies the credentials of a client. */
export interface CredentialSource {
  /**
   * Returns the credentials for a request, or a promise while they are fetched for the first time or after they expired.
   *
   * @throws R2Error `InvalidCredentials` if the credentials are malformed or the provider failed; `ExpiredToken` if fixed
   *   credentials have expired; `ClientClosed` after `dispose`
   */
  current(): Credentials | Promise<Credentials>
  /**
   * Discards credentials that the server has rejected as expired.
   *
   * @param sessionToken session token of the rejected request; newer credentials are kept
   * @returns whether the next call of `current` may return other credentials
   */
  discardExpired(sessionToken: string | undefined): boolean
  /** Discards all secrets, and aborts a call of the provider. `current` throws afterwards. */
  dispose(): void
}

/** The error of a disposed source. */
export const sourceClosed = (): R2Error => clientError('ClientClosed', 'Request not signed: the client was disposed')

/** When credentials expire, in milliseconds since the epoch; Infinity for never. */
export const expiryMs = ({ expiresAt }: Credentials): number => expiresAt?.getTime() ?? Number.POSITIVE_INFINITY
