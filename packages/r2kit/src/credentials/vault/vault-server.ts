/** The requests of Vault's HTTP API that the provider needs (developer.hashicorp.com/vault/api-docs, openbao.org/api-docs). */
import { isR2Error, R2Error } from '../../errors/index.js'
import { revealSecret, Secret } from '../../security/index.js'
import { JsonExchange, type JsonRequest, type JsonResponse, type JsonServer, member, quoted } from '../json-exchange.js'

/** A token and its lease. */
export interface VaultToken {
  readonly token: Secret
  /** Length of the lease in milliseconds; Infinity for a token without an end. */
  readonly leaseMs: number
  /** Whether the lease can be extended. */
  readonly renewable: boolean
}

/** The data of a version of a secret. */
export type VaultData = Readonly<Record<string, unknown>>

/** Vault at one address and in one namespace. */
export class VaultServer {
  readonly #exchange: JsonExchange
  readonly #origin: string
  readonly #namespace: string | undefined

  constructor(server: JsonServer, namespace: string | undefined) {
    this.#exchange = new JsonExchange(server)
    this.#origin = server.origin
    this.#namespace = namespace
  }

  /** `POST /auth/:mount/login`. @throws R2Error `InvalidCredentials` */
  async logIn(mount: string, roleId: string, secretId: Secret | undefined): Promise<VaultToken> {
    const path = `auth/${mount}/login`
    const body = { role_id: roleId, ...(secretId && { secret_id: revealSecret(secretId) }) }
    const secrets = [roleId, ...(secretId ? [revealSecret(secretId)] : [])]
    const response = await this.#send({ method: 'POST', path, headers: {}, body }, `signing in at ${path}`, secrets)
    return tokenOf(member(response.json, 'auth'), path)
  }

  /** `GET /auth/token/lookup-self`. @throws R2Error `InvalidCredentials` */
  async lookUp(token: Secret): Promise<VaultToken> {
    const path = 'auth/token/lookup-self'
    const { json } = await this.#authorized(token, { method: 'GET', path }, `looking up the token at ${path}`)
    const data = member(json, 'data')
    return { token, leaseMs: leaseMs(member(data, 'ttl')), renewable: member(data, 'renewable') === true }
  }

  /** `POST /auth/token/renew-self`. @throws R2Error `InvalidCredentials` */
  async renew(token: Secret): Promise<VaultToken> {
    const path = 'auth/token/renew-self'
    const { json } = await this.#authorized(token, { method: 'POST', path, body: {} }, `renewing the token at ${path}`)
    const auth = member(json, 'auth')
    return { token, leaseMs: leaseMs(member(auth, 'lease_duration')), renewable: member(auth, 'renewable') === true }
  }

  /** `GET /:mount/data/:path`. @throws R2Error `InvalidCredentials` */
  async read(token: Secret, mount: string, path: string, version: number | undefined): Promise<VaultData> {
    const place = `${mount}/data/${path}`
    const query = version === undefined ? '' : `version=${version}`
    const { json } = await this.#authorized(token, { method: 'GET', path: place, query }, `reading ${place}`)
    const data = member(member(json, 'data'), 'data')
    if (typeof data === 'object' && data !== null) return data as VaultData
    throw failure(
      `reading ${place} returned no secret`,
      'Check that the engine at mount is KV version 2, and that the latest version of the secret was not deleted.',
    )
  }

  close(): Promise<void> {
    return this.#exchange.close()
  }

  #authorized(token: Secret, request: Omit<JsonRequest, 'headers'>, what: string): Promise<JsonResponse> {
    const plain = revealSecret(token)
    return this.#send({ ...request, headers: { 'x-vault-token': plain } }, what, [plain])
  }

  async #send(request: JsonRequest, what: string, secrets: readonly string[]): Promise<JsonResponse> {
    const path = `/v1/${request.path.split('/').map(encodeURIComponent).join('/')}`
    const headers = {
      ...request.headers,
      // Agents and proxies of Vault can require it, against forged requests.
      'x-vault-request': 'true',
      ...(this.#namespace !== undefined && { 'x-vault-namespace': this.#namespace }),
    }
    let response: JsonResponse
    try {
      response = await this.#exchange.send({ ...request, path, headers }, mayBeTemporary)
    } catch (cause) {
      if (!isR2Error(cause)) throw cause
      throw failure(`${what} failed: ${cause.message}`, cause.hint, { cause })
    }
    if (response.status < 300) return response
    throw failureOf(response, what, this.#origin, secrets)
  }
}

/** 412: a replica that is behind; 472, 473: a standby; 5xx: also a sealed server, which may be unsealed meanwhile. */
const mayBeTemporary = (status: number): boolean =>
  status === 412 || status === 429 || status === 472 || status === 473 || status >= 500

const leaseMs = (seconds: unknown): number =>
  typeof seconds === 'number' && seconds > 0 ? seconds * 1000 : Number.POSITIVE_INFINITY

const tokenOf = (auth: unknown, path: string): VaultToken => {
  const token = member(auth, 'client_token')
  if (typeof token !== 'string' || !/^[!-~]+$/.test(token))
    throw failure(`signing in at ${path} returned no token`, 'Check that the address is that of Vault.')
  return {
    token: new Secret(token),
    leaseMs: leaseMs(member(auth, 'lease_duration')),
    renewable: member(auth, 'renewable') === true,
  }
}

/** An error of Vault. Its `status` is that of the response, where there is one. */
const failure = (
  message: string,
  hint: string | undefined,
  context: { status?: number; cause?: unknown } = {},
): R2Error => new R2Error('InvalidCredentials', `Vault: ${message}`, { field: 'credentials', hint, ...context })

/** Advice for a status, which Vault uses for several reasons. */
const hints: Readonly<Record<number, string>> = {
  400: 'Check the role ID and secret ID: a secret ID can expire, and be limited to a number of uses.',
  403: 'Check that the token is valid in this namespace, and that its policy permits to read this path.',
  404: 'Check mount, path and namespace. Vault also responds so where the token may not know whether the path exists.',
  503: 'The server is sealed or in maintenance. Unseal it, or try again later.',
}

const failureOf = (response: JsonResponse, what: string, origin: string, secrets: readonly string[]): R2Error => {
  const { status, json, location } = response
  if (status < 400)
    return failure(
      `${what} failed: ${origin} redirects to ${quoted(location ?? 'an unnamed address', secrets)}`,
      'Set address to that of the active node.',
      { status },
    )
  const metadata = member(member(json, 'data'), 'metadata')
  const deletedAt = member(metadata, 'deletion_time')
  if (status === 404 && typeof deletedAt === 'string')
    return failure(
      `${what} failed: version ${quoted(String(member(metadata, 'version')), secrets)} was ${
        member(metadata, 'destroyed') === true ? 'destroyed' : `deleted at ${quoted(deletedAt, secrets)}`
      }`,
      'Write a new version of the secret, or undelete this one.',
      { status },
    )
  const errors = member(json, 'errors')
  const texts = Array.isArray(errors) ? errors.filter((text) => typeof text === 'string' && text !== '') : []
  const reason = texts.length > 0 ? quoted(texts.join('; '), secrets) : 'no reason was given'
  return failure(`${what} failed: ${reason} (status ${status})`, hints[status], { status })
}
