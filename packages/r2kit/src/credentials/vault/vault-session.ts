/**
 * The token of a provider, and its lease:
 *
 *     none ── sign in, look up ──▶ leased ── half of the lease has passed ──▶ renewed ──▶ leased
 *       ▲                            │
 *       └── the lease has ended, Vault rejects the token, or it cannot be renewed and AppRole can sign in again
 */

import { onAbort } from '#abort'
import { readTextFile } from '#credential-files'
import type { Clock, Timer } from '../../base/clock.js'
import { isR2Error } from '../../errors/index.js'
import { type CredentialContext, isSecret, revealSecret, Secret } from '../../security/index.js'
import { noCredentials } from '../provider.js'
import type { VaultAppRoleAuth, VaultAuth } from './vault-options.js'
import type { VaultServer, VaultToken } from './vault-server.js'

interface Lease {
  readonly token: Secret
  readonly renewable: boolean
  readonly renewAtMs: number
  readonly endsAtMs: number
}

/** Longest pause after a failed renewal in the background. */
const renewalPauseMs = 10_000
/** Shortest time between two renewals, near the end of a token's longest life. */
const renewalIntervalMinMs = 1000

/** Signs in, renews, and signs in again. Calls run one after the other. */
export class VaultSession {
  readonly #auth: VaultAuth
  #lease: Lease | undefined
  #last: Promise<unknown> = Promise.resolve()
  #timer: Timer | undefined
  /** The `disposed` signals of the clients that use the token. It is renewed while there is one. */
  readonly #clients = new Set<AbortSignal>()

  constructor(auth: VaultAuth) {
    this.#auth = auth
  }

  /** Runs `work` with a valid token; once more with another one if Vault rejects the token and there may be another. */
  async withToken<T>(server: VaultServer, clock: Clock, work: (token: Secret) => Promise<T>): Promise<T> {
    const token = await this.#inTurn(() => this.#current(server, clock))
    try {
      return await work(token)
    } catch (error) {
      if (!isR2Error(error) || error.status !== 403) throw error
      const other = await this.#inTurn(() => this.#afterRejection(server, clock, token))
      if (other === undefined) throw error
      return work(other)
    }
  }

  /**
   * Renews the token in the background from now on, until the client is disposed: it must not expire while the client is idle.
   *
   * @param connect opens a connection for one renewal
   */
  keepAlive({ disposed, clock }: CredentialContext, connect: (signal: AbortSignal) => Promise<VaultServer>): void {
    if (disposed.aborted) return
    if (!this.#clients.has(disposed)) {
      this.#clients.add(disposed)
      onAbort(disposed, () => {
        this.#clients.delete(disposed)
        if (this.#clients.size === 0) this.#timer?.cancel()
      })
    }
    this.#schedule(clock, connect)
  }

  #schedule(clock: Clock, connect: (signal: AbortSignal) => Promise<VaultServer>, atMs = this.#lease?.renewAtMs): void {
    this.#timer?.cancel()
    const lease = this.#lease
    const [disposed] = this.#clients
    if (disposed === undefined || atMs === undefined || lease?.renewable !== true || !Number.isFinite(atMs)) return
    this.#timer = clock.after(Math.max(atMs - clock.now(), 0), () => {
      this.#renewInBackground(clock, connect, disposed).then(
        () => this.#schedule(clock, connect),
        // The next call of the provider reports why the token is not valid.
        () => this.#schedule(clock, connect, Math.min(clock.now() + renewalPauseMs, lease.endsAtMs)),
      )
    })
  }

  async #renewInBackground(
    clock: Clock,
    connect: (signal: AbortSignal) => Promise<VaultServer>,
    disposed: AbortSignal,
  ): Promise<void> {
    if (this.#lease !== undefined && clock.now() >= this.#lease.endsAtMs) {
      this.#lease = undefined
      return
    }
    const server = await connect(disposed)
    try {
      await this.#inTurn(() => this.#renewIfDue(server, clock))
    } finally {
      await server.close()
    }
  }

  /** Waits for the calls before. Each call has a connection of its own, whose abort ends that call only. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work, work)
    this.#last = turn.catch(() => undefined)
    return turn
  }

  async #current(server: VaultServer, clock: Clock): Promise<Secret> {
    const lease = this.#lease
    if (lease === undefined || clock.now() >= lease.endsAtMs) return this.#signIn(server, clock)
    try {
      await this.#renewIfDue(server, clock)
      return this.#lease?.token ?? lease.token
    } catch (error) {
      // Still valid until the end of the lease; AppRole has a way to a new one.
      return 'roleId' in this.#auth ? this.#signIn(server, clock) : usableOr(lease, clock, error)
    }
  }

  async #renewIfDue(server: VaultServer, clock: Clock): Promise<void> {
    const lease = this.#lease
    if (lease === undefined || !lease.renewable || clock.now() < lease.renewAtMs) return
    const startedAtMs = clock.now()
    this.#hold(await server.renew(lease.token), startedAtMs)
  }

  /** Another token than the one that Vault has rejected; undefined where there can be none. */
  async #afterRejection(server: VaultServer, clock: Clock, rejected: Secret): Promise<Secret | undefined> {
    if (this.#lease !== undefined && this.#lease.token !== rejected) return this.#lease.token
    this.#lease = undefined
    return 'roleId' in this.#auth ? this.#signIn(server, clock) : undefined
  }

  async #signIn(server: VaultServer, clock: Clock): Promise<Secret> {
    const auth = this.#auth
    const startedAtMs = clock.now()
    if ('tokenFile' in auth) return await tokenIn(auth.tokenFile)
    if ('token' in auth) return this.#hold(await lookedUp(server, secretOf(auth.token, 'the token')), startedAtMs)
    return this.#hold(await server.logIn(auth.mount ?? 'approle', auth.roleId, await secretIdOf(auth)), startedAtMs)
  }

  /** @param startedAtMs when the request for the lease began: the lease may have begun any time after */
  #hold({ token, leaseMs, renewable }: VaultToken, startedAtMs: number): Secret {
    this.#lease = {
      token,
      renewable,
      renewAtMs: startedAtMs + Math.max(leaseMs / 2, renewalIntervalMinMs),
      endsAtMs: startedAtMs + leaseMs,
    }
    return token
  }
}

const usableOr = ({ token, endsAtMs }: Lease, clock: Clock, error: unknown): Secret => {
  if (clock.now() < endsAtMs) return token
  throw error
}

/** The lease of a token. A policy may forbid the look-up; whether the token is valid then shows when it is used. */
const lookedUp = async (server: VaultServer, token: Secret): Promise<VaultToken> => {
  try {
    return await server.lookUp(token)
  } catch (error) {
    if (!isR2Error(error) || error.status !== 403) throw error
    return { token, leaseMs: Number.POSITIVE_INFINITY, renewable: false }
  }
}

const tokenIn = async (path: string): Promise<Secret> => {
  const text = await readTextFile(path)
  if (text !== undefined) return secretOf(text, `the token in ${path}`)
  throw noCredentials(`the token file ${path} does not exist`, 'Check that Vault Agent runs and writes it.')
}

const secretIdOf = async ({ secretId }: VaultAppRoleAuth): Promise<Secret | undefined> => {
  const given = typeof secretId === 'function' ? await secretId() : secretId
  return given === undefined ? undefined : secretOf(given, 'auth.secretId')
}

/** Removes the line break that `echo` adds. */
const secretOf = (value: unknown, name: string): Secret => {
  const plain = isSecret(value) ? revealSecret(value) : value
  const trimmed = typeof plain === 'string' ? plain.trim() : ''
  if (/^[!-~]+$/.test(trimmed)) return new Secret(trimmed)
  throw noCredentials(
    `Vault: ${name} must be printable ASCII without spaces, and not empty`,
    'Check how it was copied.',
  )
}
