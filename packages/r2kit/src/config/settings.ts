/**
 * Every setting as data (requirement 8.2). The loader, the environment variables, the JSON Schema and the table of
 * `docs/guides/configuration.md` come from these rows. `settings.test.ts` compares bounds and defaults with the options of the
 * client, and fails if an option that a file can express has no row.
 */
import { jurisdictions } from '../base/r2-host.js'
import { keyBytesLimit, metadataBytesLimit, partSizeBytesMax } from '../validation/index.js'
import type { Setting } from './setting.js'
import { anyString, choice, filePath, fraction, list, seconds, textOf, trueOrFalse, whole } from './value-kind.js'

const mebibyte = 1024 * 1024

/** A section with a sentence for editors. The sections are in the order of the documentation. */
export const sections: Readonly<Record<string, string>> = {
  '': 'The server, and how it is addressed.',
  credentials: 'The access key, or where it comes from.',
  'credentials.vault': 'HashiCorp Vault or OpenBao, for the source vault.',
  timeouts: 'Time limits, in seconds; none for no limit.',
  multipart: 'Uploads in parts.',
  transfers: 'Limits that all transfers of a client share.',
  connection_pool: 'Number and lifetime of connections, and certificates.',
  'connection_pool.proxy': 'A proxy between this machine and the server.',
  resilience: 'Retries, and the circuit breaker.',
  'resilience.retry': 'Number of attempts, and the delays between them.',
  'resilience.circuit_breaker': 'Refuses requests to a server that fails repeatedly. The section switches it on.',
  simulation: 'Records the exchanges of the client, or replays a recording.',
  validation: 'Rules for bucket names, keys and metadata.',
  presign: 'Rules of presigned URLs.',
}

const server: readonly Setting[] = [
  {
    path: 'account_id',
    option: 'accountId',
    kind: textOf('^[0-9a-fA-F]{32}$', '32 hex characters'),
    description: 'ID of the Cloudflare account. The endpoint is then that of R2.',
  },
  {
    path: 'endpoint',
    option: 'endpoint',
    kind: anyString,
    description: 'URL of another server, such as a local R2, in place of the endpoint of the account.',
  },
  {
    path: 'jurisdiction',
    option: 'jurisdiction',
    kind: choice(...jurisdictions),
    description: 'Data jurisdiction of the buckets.',
  },
  {
    path: 'addressing',
    option: 'addressing',
    kind: choice('path', 'virtual-host'),
    default: 'path',
    description: "Position of the bucket's name in URLs.",
  },
  {
    path: 'allow_insecure_endpoint',
    option: 'allowInsecureEndpoint',
    kind: trueOrFalse,
    default: false,
    description: 'Whether plain HTTP to another machine is permitted.',
  },
  {
    path: 'region',
    option: 'region',
    kind: textOf('^[\\w-]{1,64}$', 'letters, digits and hyphens'),
    default: 'auto',
    description: 'Region in signatures.',
  },
  {
    path: 'integrity',
    option: 'integrity',
    kind: choice('crc32', 'crc32c', 'crc64nvme', 'sha1', 'sha256', 'md5', 'none'),
    default: 'crc32',
    description: 'Checksum that guards uploads and is stored with them; none switches verification off.',
  },
]

const credentials: readonly Setting[] = [
  {
    path: 'credentials.source',
    kind: choice('environment', 'values', 'shared-auth', 'vault', 'shared-file'),
    description:
      'Where the access key comes from: R2_ACCESS_KEY_ID and R2_SECRET_ACCESS_KEY, the fields of this section, a provider that the program registers, Vault, or the credentials file of the AWS tools. By default the environment, or the fields of this section where it has none.',
  },
  {
    path: 'credentials.access_key_id',
    option: 'credentials.accessKeyId',
    kind: anyString,
    variable: 'R2_ACCESS_KEY_ID',
    description: 'Access key ID of an R2 API token.',
  },
  {
    path: 'credentials.secret_access_key',
    option: 'credentials.secretAccessKey',
    kind: anyString,
    isSecret: true,
    variable: 'R2_SECRET_ACCESS_KEY',
    description: 'Secret access key. Write ${R2_SECRET}, not the secret itself.',
  },
  {
    path: 'credentials.session_token',
    option: 'credentials.sessionToken',
    kind: anyString,
    isSecret: true,
    variable: 'R2_SESSION_TOKEN',
    description: 'Session token of temporary credentials.',
  },
  {
    path: 'credentials.provider',
    kind: anyString,
    default: 'shared-auth',
    description: 'For the source shared-auth: name under which the program registered the provider.',
  },
  {
    path: 'credentials.profile',
    option: 'sharedFile.profile',
    kind: anyString,
    description: 'For the source shared-file: name of the profile. By default AWS_PROFILE, else default.',
  },
  {
    path: 'credentials.file',
    option: 'sharedFile.credentialsFile',
    kind: filePath,
    description:
      'For the source shared-file: the file. By default AWS_SHARED_CREDENTIALS_FILE, else ~/.aws/credentials.',
  },
  {
    path: 'credentials.vault.address',
    option: 'vault.address',
    kind: anyString,
    description: 'URL of the server. By default VAULT_ADDR.',
  },
  {
    path: 'credentials.vault.path',
    option: 'vault.path',
    kind: anyString,
    description: 'Path of the secret below the mount, without data/.',
  },
  {
    path: 'credentials.vault.mount',
    option: 'vault.mount',
    kind: anyString,
    default: 'secret',
    description: 'Path at which the KV secrets engine (version 2) is mounted.',
  },
  {
    path: 'credentials.vault.namespace',
    option: 'vault.namespace',
    kind: anyString,
    description: 'Namespace. By default VAULT_NAMESPACE, else none.',
  },
  {
    path: 'credentials.vault.token',
    option: 'vault.auth.token',
    kind: anyString,
    isSecret: true,
    description: 'Token. By default VAULT_TOKEN.',
  },
  {
    path: 'credentials.vault.token_file',
    option: 'vault.auth.tokenFile',
    kind: filePath,
    description: 'File with a token that another program keeps valid.',
  },
  {
    path: 'credentials.vault.role_id',
    option: 'vault.auth.roleId',
    kind: anyString,
    description: 'RoleID, to sign in with AppRole.',
  },
  {
    path: 'credentials.vault.secret_id',
    option: 'vault.auth.secretId',
    kind: anyString,
    isSecret: true,
    description: 'SecretID of the role.',
  },
  {
    path: 'credentials.vault.reload_after_seconds',
    option: 'vault.reloadAfterMs',
    kind: seconds,
    default: 300,
    description: 'Time after which the secret is read again.',
  },
]

const timeouts: readonly Setting[] = [
  {
    path: 'timeouts.connect_seconds',
    option: 'connections.connectTimeoutMs',
    kind: seconds,
    default: 30,
    description: 'Longest time to make a connection, TLS and proxy included.',
  },
  {
    path: 'timeouts.small_object_seconds',
    option: 'timeouts.smallObjectMs',
    kind: seconds,
    default: 60,
    description: 'Objects of less than 1 MB, reads of unknown size, and small requests.',
  },
  {
    path: 'timeouts.large_object_seconds',
    option: 'timeouts.largeObjectMs',
    kind: seconds,
    default: 300,
    description: 'Objects of 1 MB and more.',
  },
  {
    path: 'timeouts.list_seconds',
    option: 'timeouts.listMs',
    kind: seconds,
    default: 120,
    description: 'Lists.',
  },
  {
    path: 'timeouts.part_seconds',
    option: 'timeouts.partMs',
    kind: seconds,
    default: 120,
    description: 'Parts of multipart uploads.',
  },
  {
    path: 'timeouts.stall_seconds',
    option: 'timeouts.stallTimeoutMs',
    kind: seconds,
    default: 30,
    description: 'Longest time without a byte while a body is sent or received.',
  },
]

const transfers: readonly Setting[] = [
  {
    path: 'multipart.threshold_bytes',
    option: 'transfers.thresholdBytes',
    kind: whole(1, partSizeBytesMax),
    default: 104_857_600,
    description: 'Shortest source in bytes that is uploaded in parts.',
  },
  {
    path: 'multipart.part_size_bytes',
    option: 'transfers.partSizeBytes',
    kind: whole(5 * mebibyte, partSizeBytesMax),
    default: 10_485_760,
    description: 'Size in bytes of every part but the last. Sources of unknown length use 16 MiB by default.',
  },
  {
    path: 'multipart.concurrency',
    option: 'transfers.initialConcurrency',
    kind: whole(1),
    default: 4,
    description:
      'Requests in flight at the start. The number then adapts to the network, up to transfers.max_concurrency.',
  },
  {
    path: 'transfers.max_concurrency',
    option: 'transfers.maxConcurrency',
    kind: whole(1),
    default: 32,
    description: 'Most requests that all transfers together have in flight.',
  },
  {
    path: 'transfers.memory_budget_bytes',
    option: 'transfers.memoryBudgetBytes',
    kind: whole(1),
    default: 134_217_728,
    description: 'Most bytes that all transfers together hold in memory.',
  },
  {
    path: 'transfers.no_progress_timeout_seconds',
    option: 'transfers.noProgressTimeoutMs',
    kind: seconds,
    default: 120,
    description: 'Time after which a transfer without progress fails.',
  },
]

const connectionPool: readonly Setting[] = [
  {
    path: 'connection_pool.max_connections',
    option: 'connections.maxConnections',
    kind: whole(1),
    default: 256,
    description: 'Most open connections; further requests wait for one.',
  },
  {
    path: 'connection_pool.max_idle_per_host',
    option: 'connections.maxIdleConnections',
    kind: whole(0),
    default: 20,
    description: 'Most idle connections that are kept.',
  },
  {
    path: 'connection_pool.idle_timeout_seconds',
    option: 'connections.idleTimeoutMs',
    kind: seconds,
    default: 90,
    description: 'How long an idle connection is kept.',
  },
  {
    path: 'connection_pool.keep_alive_interval_seconds',
    option: 'connections.keepAliveIntervalMs',
    kind: seconds,
    default: 60,
    description: 'Interval of TCP keep-alive probes.',
  },
  {
    path: 'connection_pool.acquire_timeout_seconds',
    option: 'connections.acquireTimeoutMs',
    kind: seconds,
    default: 30,
    description: 'Longest time that a request waits while the program holds every connection.',
  },
  {
    path: 'connection_pool.close_timeout_seconds',
    option: 'connections.closeTimeoutMs',
    kind: seconds,
    default: 5,
    description: 'Longest time that dispose() waits for requests in flight.',
  },
  {
    path: 'connection_pool.http2',
    option: 'connections.http2',
    kind: trueOrFalse,
    default: false,
    description: 'Whether to use HTTP/2. It was slower than HTTP/1.1 in every measurement.',
  },
  {
    path: 'connection_pool.reuse_read_buffer',
    option: 'connections.reuseReadBuffer',
    kind: trueOrFalse,
    default: true,
    description: 'Whether all sockets read into one buffer. Node with HTTP/1.1 and without a proxy only.',
  },
  {
    path: 'connection_pool.ca',
    option: 'connections.ca',
    kind: anyString,
    description: "Certificate authorities to trust in place of the platform's, in PEM.",
  },
  {
    path: 'connection_pool.ca_file',
    kind: filePath,
    description: 'PEM file with certificate authorities, in place of ca.',
  },
  {
    path: 'connection_pool.proxy.url',
    option: 'connections.proxy.url',
    kind: anyString,
    description: 'URL of an HTTP proxy, without credentials; or environment for HTTPS_PROXY, HTTP_PROXY and NO_PROXY.',
  },
  {
    path: 'connection_pool.proxy.username',
    option: 'connections.proxy.username',
    kind: anyString,
    description: 'User name for the proxy.',
  },
  {
    path: 'connection_pool.proxy.password',
    option: 'connections.proxy.password',
    kind: anyString,
    isSecret: true,
    description: 'Password for the proxy.',
  },
]

const resilience: readonly Setting[] = [
  {
    path: 'resilience.retry.max_attempts',
    option: 'retry.maxAttempts',
    kind: whole(1),
    default: 3,
    description: 'How often a request is sent at most, the first time included.',
  },
  {
    path: 'resilience.retry.base_delay_ms',
    option: 'retry.baseDelayMs',
    kind: fraction(0, Number.MAX_SAFE_INTEGER),
    default: 100,
    description: 'Delay before the second attempt, in milliseconds; doubled with each further attempt.',
  },
  {
    path: 'resilience.retry.max_delay_ms',
    option: 'retry.maxDelayMs',
    kind: fraction(0, Number.MAX_SAFE_INTEGER),
    default: 30_000,
    description: 'Longest delay, in milliseconds, before jitter.',
  },
  {
    path: 'resilience.retry.max_retry_after_ms',
    option: 'retry.maxRetryAfterMs',
    kind: fraction(0, Number.MAX_SAFE_INTEGER),
    default: 60_000,
    description: 'Longest Retry-After of the server that the client waits for, in milliseconds.',
  },
  {
    path: 'resilience.retry.jitter_factor',
    option: 'retry.jitter',
    kind: { ...fraction(0, 1), words: { full: 'full' } },
    default: 0.1,
    description: 'Random share that is added to each delay, or full for a random part of the delay.',
  },
  {
    path: 'resilience.retry.budget',
    option: 'retry.budget',
    kind: { ...fraction(0, Number.MAX_SAFE_INTEGER), words: { none: Number.POSITIVE_INFINITY } },
    default: 500,
    description: 'Retries of the whole client that are available at the start, or none for no limit.',
  },
  {
    path: 'resilience.circuit_breaker.enabled',
    kind: trueOrFalse,
    description: 'Whether the circuit breaker is used. By default it is if this section is present.',
  },
  {
    path: 'resilience.circuit_breaker.failure_threshold',
    option: 'circuitBreaker.failures',
    kind: whole(1),
    default: 5,
    description: 'Failures in a row after which requests are refused.',
  },
  {
    path: 'resilience.circuit_breaker.success_threshold',
    option: 'circuitBreaker.successes',
    kind: whole(1),
    default: 3,
    description: 'Successful trial requests in a row after which all requests are let through again.',
  },
  {
    path: 'resilience.circuit_breaker.reset_timeout_seconds',
    option: 'circuitBreaker.openMs',
    kind: seconds,
    default: 30,
    description: 'How long requests are refused before trial requests are let through.',
  },
  {
    path: 'resilience.circuit_breaker.per',
    option: 'circuitBreaker.per',
    kind: choice('endpoint', 'bucket'),
    default: 'endpoint',
    description: 'Which requests share a breaker.',
  },
]

const rules: readonly Setting[] = [
  {
    path: 'simulation.enabled',
    kind: trueOrFalse,
    default: false,
    description: 'Whether the client records its exchanges or replays a recording, as mode selects.',
  },
  {
    path: 'simulation.mode',
    kind: choice('replay', 'record'),
    default: 'replay',
    description:
      'replay responds from the recording and sends nothing; record sends requests, and writes the recording on dispose().',
  },
  {
    path: 'simulation.recording_path',
    kind: filePath,
    default: './recordings/r2',
    description: 'File of the recording.',
  },
  {
    path: 'validation.max_key_length',
    option: 'validation.keyBytesMax',
    kind: whole(1, keyBytesLimit),
    default: keyBytesLimit,
    description: 'Longest key, in UTF-8 bytes.',
  },
  {
    path: 'validation.max_metadata_size',
    option: 'validation.metadataBytesMax',
    kind: whole(0, metadataBytesLimit),
    default: 2048,
    description: 'Largest metadata in bytes, names and values together.',
  },
  {
    path: 'validation.bucket_names',
    option: 'validation.bucketNames',
    kind: choice('strict', 'r2'),
    default: 'strict',
    description: 'strict rejects names with two hyphens in a row; r2 permits every name that R2 permits.',
  },
  {
    path: 'presign.max_expiration_seconds',
    option: 'presign.maxExpirationSeconds',
    kind: whole(1, 604_800),
    default: 604_800,
    description: 'Longest validity of a URL, in seconds.',
  },
  {
    path: 'presign.min_expiration_seconds',
    option: 'presign.minExpirationSeconds',
    kind: whole(1, 604_800),
    default: 60,
    description: 'Shortest validity of a URL, in seconds.',
  },
  {
    path: 'presign.allowed_methods',
    option: 'presign.allowedMethods',
    kind: list('GET', 'PUT', 'HEAD', 'DELETE'),
    default: ['GET', 'PUT'],
    description: 'Methods that URLs may permit.',
  },
  {
    path: 'presign.allowed_content_types',
    option: 'presign.allowedContentTypes',
    kind: list(),
    description: 'Media types that uploads may have although browsers run them, such as text/html.',
  },
  {
    path: 'presign.cache_size',
    option: 'presign.cacheSize',
    kind: whole(0),
    default: 1000,
    description: 'How many presigned URLs are kept for equal inputs; 0 makes a new URL for each call.',
  },
  {
    path: 'presign.bucket_names',
    option: 'presign.bucketNames',
    kind: choice('strict', 'r2'),
    description: 'As validation.bucket_names, for the URLs.',
  },
]

/** All settings, section by section. */
export const settings: readonly Setting[] = [
  ...server,
  ...credentials,
  ...timeouts,
  ...transfers,
  ...connectionPool,
  ...resilience,
  ...rules,
]
