/**
 * A server with the part of Vault's HTTP API that `fromVault` uses, written from the documentation of Vault and OpenBao
 * (api-docs/auth/approle, auth/token, secret/kv/kv-v2, index). Leases run on the clock of the test. `node-vault`, a client of a
 * third party, is tested against it too.
 */
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Clock } from 'r2kit'

interface Token {
  expiresAtMs: number
  readonly maxAtMs: number
  readonly ttlMs: number
  readonly renewable: boolean
  readonly namespace: string
}

export interface FakeVaultOptions {
  readonly clock: Clock
  /** PEM of a certificate and its key. @defaultValue plain HTTP */
  readonly tls?: { readonly cert: string; readonly key: string }
}

/** A request as the server has received it. */
export interface VaultRequest {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** Replaces the response to one request: a status and errors, a raw text, no response, or a broken connection. */
export type VaultFault =
  | { readonly status: number; readonly errors?: readonly string[]; readonly raw?: string; readonly location?: string }
  | 'hang'
  | 'reset'

export class FakeVault {
  readonly requests: VaultRequest[] = []
  /** Consumed from the front, one per request. */
  readonly faults: VaultFault[] = []
  readonly tokens = new Map<string, Token>()
  /** Secrets by `mount/path`, all versions. A version is undefined after it was deleted. */
  readonly secrets = new Map<string, (Record<string, unknown> | undefined)[]>()
  /** Uses left by secret ID. */
  readonly secretIds = new Map<string, number>()
  roleId = 'role-of-the-test'
  namespace = ''
  tokenTtlMs = 3_600_000
  tokenMaxTtlMs = Number.POSITIVE_INFINITY
  isSealed = false
  /** Whether the policy of tokens permits lookup-self. */
  permitsLookUp = true
  #logins = 0
  readonly #clock: Clock
  readonly #server: ReturnType<typeof createServer>
  readonly #scheme: string

  constructor({ clock, tls }: FakeVaultOptions) {
    this.#clock = clock
    const listener: RequestListener = (request, response) => void this.#handle(request, response)
    this.#server = tls ? createTlsServer(tls, listener) : createServer(listener)
    this.#scheme = tls ? 'https' : 'http'
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return `${this.#scheme}://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  /** Number of open connections. */
  connections(): Promise<number> {
    return new Promise((resolve, reject) =>
      this.#server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
    )
  }

  issue(token: string, { ttlMs = this.tokenTtlMs, renewable = true } = {}): string {
    const nowMs = this.#clock.now()
    this.tokens.set(token, {
      ttlMs,
      expiresAtMs: ttlMs === 0 ? Number.POSITIVE_INFINITY : nowMs + ttlMs,
      maxAtMs: nowMs + this.tokenMaxTtlMs,
      renewable,
      namespace: this.namespace,
    })
    return token
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = ''
    for await (const chunk of request) body += chunk
    const { method = '', url = '', headers } = request
    const { pathname, searchParams } = new URL(url, 'http://vault')
    const path = decodeURIComponent(pathname.replace(/^\/v1\//, ''))
    this.requests.push({ method, path, headers, body })
    const fault = this.faults.shift()
    if (fault === 'hang') return
    if (fault === 'reset') {
      request.socket.destroy()
      return
    }
    if (fault !== undefined) {
      const { status, errors = [], raw, location } = fault
      response.writeHead(status, { 'content-type': 'application/json', ...(location && { location }) })
      response.end(raw ?? JSON.stringify({ errors }))
      return
    }
    const [status, json] = this.#respond(method, path, searchParams, headers, body)
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(json === undefined ? '' : JSON.stringify(json))
  }

  #respond(
    method: string,
    path: string,
    query: URLSearchParams,
    headers: IncomingMessage['headers'],
    body: string,
  ): [number, unknown?] {
    if (this.isSealed) return [503, { errors: ['Vault is sealed'] }]
    const namespace = String(headers['x-vault-namespace'] ?? '')
    if (/^auth\/[^/]+\/login$/.test(path) && method === 'POST') return this.#logIn(path, namespace, JSON.parse(body))
    const token = this.#valid(headers['x-vault-token'], namespace)
    if (token === undefined) return [403, { errors: ['permission denied'] }]
    if (path === 'auth/token/lookup-self' && method === 'GET') return this.#lookUp(token)
    if (path === 'auth/token/renew-self' && (method === 'POST' || method === 'PUT'))
      return this.#renew(token, String(headers['x-vault-token']))
    const [, mount, key] = /^([^/]+(?:\/[^/]+)*?)\/data\/(.+)$/.exec(path) ?? []
    if (mount !== undefined && method === 'GET') return this.#read(`${mount}/${key}`, query.get('version'))
    return [404, { errors: [] }]
  }

  #valid(header: string | string[] | undefined, namespace: string): Token | undefined {
    const token = this.tokens.get(String(header))
    return token !== undefined && token.namespace === namespace && this.#clock.now() < token.expiresAtMs
      ? token
      : undefined
  }

  #logIn(
    path: string,
    namespace: string,
    { role_id: roleId, secret_id: secretId }: Record<string, string>,
  ): [number, unknown] {
    const uses = this.secretIds.get(secretId ?? '') ?? 0
    if (!path.startsWith('auth/approle') || namespace !== this.namespace || roleId !== this.roleId || uses < 1)
      return [400, { errors: ['invalid role or secret ID'] }]
    this.secretIds.set(secretId ?? '', uses - 1)
    const token = this.issue(`hvs.login-${++this.#logins}`)
    return [
      200,
      { auth: this.#auth(token), data: null, lease_id: '', lease_duration: 0, renewable: false, warnings: null },
    ]
  }

  #auth(name: string) {
    const { expiresAtMs, renewable } = this.tokens.get(name) as Token
    return {
      client_token: name,
      accessor: 'accessor',
      policies: ['default'],
      token_policies: ['default'],
      metadata: null,
      lease_duration: Math.round((expiresAtMs - this.#clock.now()) / 1000),
      renewable,
    }
  }

  #lookUp({ expiresAtMs, renewable }: Token): [number, unknown] {
    if (!this.permitsLookUp) return [403, { errors: ['permission denied'] }]
    const ttl = Number.isFinite(expiresAtMs) ? Math.round((expiresAtMs - this.#clock.now()) / 1000) : 0
    return [
      200,
      { data: { accessor: 'accessor', creation_ttl: ttl, ttl, renewable, num_uses: 0, policies: ['default'] } },
    ]
  }

  #renew(token: Token, name: string): [number, unknown] {
    if (!token.renewable) return [400, { errors: ['lease is not renewable'] }]
    token.expiresAtMs = Math.min(this.#clock.now() + token.ttlMs, token.maxAtMs)
    return [200, { auth: this.#auth(name), data: null, warnings: null }]
  }

  #read(path: string, version: string | null): [number, unknown] {
    const versions = this.secrets.get(path)
    const number = version === null ? (versions?.length ?? 0) : Number(version)
    if (versions === undefined || number < 1 || number > versions.length) return [404, { errors: [] }]
    const data = versions[number - 1]
    const metadata = {
      created_time: '2026-01-01T00:00:00.000000000Z',
      custom_metadata: null,
      deletion_time: data === undefined ? '2026-01-02T00:00:00.000000000Z' : '',
      destroyed: false,
      version: number,
    }
    return [data === undefined ? 404 : 200, { data: { data: data ?? null, metadata } }]
  }
}
