import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { type AttemptLayer, R2Client, type R2ClientOptions } from 'r2kit'
import { type ConfigProblem, type ConfigSources, inspectConfig, loadConfig, problemsOf } from 'r2kit/config'
import { explainPresignedUrl } from 'r2kit/presign'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { objectHeaders } from '#test/support/fake-transport.js'
import { rawServer, responding } from '#test/support/raw-server.js'
import { errorOf } from '#test/support/results.js'
import { optionsFromEnvironment } from '../environment.js'
import { isSecret, revealSecret } from '../security/index.js'
import { besideFile, readTextFile } from './files-none.js'

const accountId = '0123456789abcdef0123456789abcdef'
const otherId = 'f'.repeat(32)
const keys = { R2_ACCESS_KEY_ID: '0'.repeat(32), R2_SECRET_ACCESS_KEY: 'private-'.repeat(8) }
const environment = { R2_ACCOUNT_ID: accountId, ...keys }
const provider = async () => ({ accessKeyId: '1'.repeat(32), secretAccessKey: '2'.repeat(64) })

/** The options of a text, with the key pair in the environment. */
const optionsOf = async (text: string, sources: ConfigSources = {}) =>
  (await loadConfig({ text, environment, ...sources })).options

/** The options with the texts of their secrets. */
const revealed = (options: R2ClientOptions): R2ClientOptions => {
  const { credentials } = options
  if (typeof credentials !== 'object') return options
  const entries = Object.entries(credentials).map(([name, value]) => [
    name,
    isSecret(value) ? revealSecret(value) : value,
  ])
  return { ...options, credentials: Object.fromEntries(entries) }
}

const problemsIn = async (text: string, sources: ConfigSources = {}): Promise<readonly ConfigProblem[]> =>
  (await inspectConfig({ text, environment, fileName: 'r2.yaml', ...sources })).problems

/** One line for each problem: place, field, rule, hint. */
const linesOf = (problems: readonly ConfigProblem[]): string[] =>
  problems.map(({ field, rule, hint, source }) => {
    const place = source.kind === 'file' ? `${source.line}:${source.column}` : source.kind
    return `${place} ${field} ${rule}${rule.endsWith('?') ? '' : '.'} ${hint}`
  })

const inRoot = (text: string): string => `cloudflare_r2:\n  ${text.replaceAll('\n', '\n  ')}`

/** A folder with these files. */
const folderWith = async (files: Readonly<Record<string, string | Uint8Array>>): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'r2kit-config-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content)
  return folder
}

/** Requirement 8.2, word for word, but for the provider of the credentials. */
const complete = `
cloudflare_r2:
  account_id: \${R2_ACCOUNT_ID}
  credentials:
    source: shared-auth
  timeouts:
    connect_seconds: 30
    small_object_seconds: 60
    large_object_seconds: 300
    list_seconds: 120
  multipart:
    threshold_bytes: 104857600
    part_size_bytes: 10485760
    concurrency: 4
  connection_pool:
    max_idle_per_host: 20
    idle_timeout_seconds: 90
  resilience:
    retry:
      max_attempts: 3
      base_delay_ms: 100
      max_delay_ms: 30000
      jitter_factor: 0.1
    circuit_breaker:
      failure_threshold: 5
      success_threshold: 3
      reset_timeout_seconds: 30
  simulation:
    enabled: false
    recording_path: ./recordings/r2
  validation:
    max_key_length: 1024
    max_metadata_size: 2048
  presign:
    max_expiration_seconds: 604800
    min_expiration_seconds: 60
    cache_size: 1000
`

describe('a configuration file', () => {
  test('with every field of requirement 8.2 becomes the options of a client', async () => {
    const config = await loadConfig({ text: complete, environment, providers: { 'shared-auth': provider } })
    expect(config.options).toMatchObject({
      accountId,
      credentials: provider,
      timeouts: { smallObjectMs: 60_000, largeObjectMs: 300_000, listMs: 120_000 },
      connections: { connectTimeoutMs: 30_000, maxIdleConnections: 20, idleTimeoutMs: 90_000 },
      transfers: { thresholdBytes: 104_857_600, partSizeBytes: 10_485_760, initialConcurrency: 4 },
      retry: { maxAttempts: 3, baseDelayMs: 100, maxDelayMs: 30_000, jitter: 0.1 },
      layers: { attempt: [expect.any(Function)] },
      validation: { keyBytesMax: 1024, metadataBytesMax: 2048 },
      presign: { maxExpirationSeconds: 604_800, minExpirationSeconds: 60, cacheSize: 1000 },
    })
    await using r2 = R2Client.fromConfig(config)
    expect(r2.endpoint).toBe(`https://${accountId}.r2.cloudflarestorage.com`)
  })

  test('makes a client that sends requests with these options', async () => {
    await using server = await rawServer(responding((_, __, peer) => peer.response(503, '', {})))
    const text = inRoot(`endpoint: ${server.origin}\nresilience:\n  retry: { max_attempts: 2, base_delay_ms: 1 }`)
    await using r2 = R2Client.fromConfig(await loadConfig({ text, environment: keys }))
    expect(await errorOf(r2.objects.get({ bucket: 'photos', key: 'k' }))).toMatchObject({ attempts: 2 })
  })

  test('is read from a path, and errors name it', async () => {
    const folder = await folderWith({ 'r2.yaml': inRoot('regoin: auto') })
    const file = join(folder, 'r2.yaml')
    const error = await errorOf(loadConfig({ file, environment }))
    expect(error).toMatchObject({ code: 'InvalidConfig', field: 'cloudflare_r2.regoin', hint: 'Use region.' })
    expect(error.message).toBe(
      `${file}:2:3: cloudflare_r2.regoin is not a field of cloudflare_r2; did you mean region?`,
    )
    expect(problemsOf(error)).toMatchObject([{ source: { kind: 'file', file, line: 2, column: 3 } }])
  })

  test('reports all problems of all sources together, in the order of the file', async () => {
    const text = inRoot(
      'timeouts:\n  conect_seconds: 1\n  list_seconds: x\nretries: 5\npresign: { allowed_methods: [GET, POST] }',
    )
    const overrides = { retry: { maxAtempts: 1 }, colour: 'red' } as ConfigSources['overrides']
    const variables = { ...environment, R2_REGION: 'a b', R2_TIMEOUTS_LIST_SECOND: '1' }
    const error = await errorOf(loadConfig({ text, fileName: 'r2.yaml', environment: variables, overrides }))
    expect(error.message.split('\n')).toEqual([
      'The configuration has 8 problems:',
      '- r2.yaml:3:5: cloudflare_r2.timeouts.conect_seconds is not a field of cloudflare_r2.timeouts; did you mean connect_seconds? Use connect_seconds.',
      `- r2.yaml:4:19: cloudflare_r2.timeouts.list_seconds must be a number above 0 and up to 1000000000, or 'none', but it is the text "x". Write a number of seconds, such as 30.`,
      expect.stringMatching(/^- r2\.yaml:5:3: cloudflare_r2\.retries is not a field of cloudflare_r2[.;]/),
      `- r2.yaml:6:37: cloudflare_r2.presign.allowed_methods[1] must be one of 'GET', 'PUT', 'HEAD', 'DELETE', but it is "POST". Use 'GET', 'PUT', 'HEAD', 'DELETE'.`,
      expect.stringMatching(/^- R2_REGION in the environment must be letters, digits and hyphens/),
      '- R2_TIMEOUTS_LIST_SECOND in the environment is not a setting; did you mean R2_TIMEOUTS_LIST_SECONDS? Use R2_TIMEOUTS_LIST_SECONDS.',
      '- retry.maxAtempts is not an option; did you mean maxAttempts? Use maxAttempts.',
      expect.stringMatching(/^- colour is not an option/),
    ])
    expect(problemsOf(error)).toHaveLength(8)
    expect(problemsOf(new Error('other'))).toEqual([])
  })
})

describe('a wrong value', () => {
  test.each<[string, string]>([
    [
      'timeouts: { list_seconds: "4" }',
      '2:29 cloudflare_r2.timeouts.list_seconds must be a number above 0 and up to 1000000000, or \'none\', but it is the text "4". Write 4, without quotes.',
    ],
    ['timeouts: { list_seconds: 0 }', 'but it is 0. Write a number of seconds'],
    ['timeouts: { list_seconds: -1 }', 'but it is -1.'],
    ['timeouts: { list_seconds: 1e400 }', 'but it is infinite. Write none for no limit.'],
    ['timeouts: { list_seconds: .inf }', 'but it is infinite. Write none for no limit.'],
    ['timeouts: { list_seconds: .nan }', 'but it is NaN.'],
    ['timeouts: { list_seconds: 10000000000 }', 'but it is 10000000000.'],
    ['timeouts: { list_seconds: 1_000 }', 'but it is the text "1_000".'],
    ['timeouts: { list_seconds: 30s }', 'but it is the text "30s". Write a number of seconds, such as 30.'],
    ['timeouts: { list_seconds: [1] }', 'but it is an array.'],
    ['timeouts: { list_seconds: { a: 1 } }', 'but it is an object.'],
    [
      'timeouts: { list_seconds: }',
      '2:29 cloudflare_r2.timeouts.list_seconds has no value. Write a value, or remove the field.',
    ],
    ['timeouts: 30', '2:13 cloudflare_r2.timeouts must be a section, but it is 30. Indent its fields below it.'],
    ['timeouts: [30]', 'cloudflare_r2.timeouts must be a section, but it is a list.'],
    ['multipart: { concurrency: 1.5 }', 'must be a whole number from 1, but it is 1.5.'],
    ['multipart: { concurrency: 9007199254740993 }', 'must be a whole number from 1'],
    ['multipart: { part_size_bytes: 1024 }', 'must be a whole number from 5242880 to 5363466240, but it is 1024.'],
    ['connection_pool: { http2: yes }', 'must be true or false, but it is "yes". Write true, without quotes.'],
    ['connection_pool: { http2: off }', 'but it is "off". Write false, without quotes.'],
    ['connection_pool: { http2: "true" }', 'but it is "true". Write true, without quotes.'],
    ['connection_pool: { http2: 1 }', 'but it is 1. Write true, without quotes.'],
    ['region: 5', 'must be a text, but it is the number 5. Put it in quotes.'],
    ['region: ""', 'must be a text, but it is empty.'],
    ['region: "a b"', 'must be letters, digits and hyphens, but it is "a b".'],
    ['jurisdiction: EU', "must be one of 'eu', 'fedramp', 'us', but it is \"EU\". Use 'eu'."],
    ['presign: { allowed_methods: GET }', 'must be an array, but it is "GET".'],
    ['presign: { allowed_methods: [] }', 'must have at least one element, but it is empty.'],
    ['presign: { allowed_methods: [{}] }', "cloudflare_r2.presign.allowed_methods[0] must be one of 'GET'"],
    ['presign: { allowed_content_types: [5] }', 'must be a text, but it is the number 5. Put it in quotes.'],
    ['endpoint: http://example.com', '2:13 cloudflare_r2.endpoint is plain HTTP to example.com. Use https.'],
    ['endpoint: nonsense', 'cloudflare_r2.endpoint must be a URL with the scheme https: or http:'],
    ['connection_pool: { ca: PEM, ca_file: ca.pem }', 'ca_file must not be beside ca.'],
    ['connection_pool: { ca_file: /does/not/exist.pem }', 'ca_file is /does/not/exist.pem, which does not exist.'],
    [
      'connection_pool: { proxy: { url: "socks5://proxy:1080" } }',
      'connection_pool.proxy.url must be a URL of scheme http: or https:',
    ],
  ])('%s is a problem that names place, field, rule and correction', async (field, line) => {
    // The account of the environment would take precedence over an endpoint.
    const variables = field.startsWith('endpoint') ? keys : environment
    const problems = linesOf(await problemsIn(inRoot(field), { environment: variables }))
    expect(problems).toEqual([expect.stringContaining(line)])
    expect(problems[0]).toMatch(/^2:\d+ cloudflare_r2\./)
  })

  test('an account ID of digits only must be in quotes, because YAML reads it as a number', async () => {
    const digits = '12345678901234567890123456789012'
    expect(linesOf(await problemsIn(inRoot(`account_id: ${digits}`)))).toEqual([
      expect.stringContaining('Put it in quotes.'),
    ])
    expect(await optionsOf(inRoot(`account_id: "${digits}"`), { environment: keys })).toMatchObject({
      accountId: digits,
    })
  })
})

describe('an unknown field', () => {
  test.each([
    ['timeout: {}', 'did you mean timeouts?'],
    ['Timeouts: {}', 'did you mean timeouts?'],
    ['accountId: x', 'did you mean account_id?'],
    ['connect_seconds: 5', 'did you mean cloudflare_r2.timeouts.connect_seconds?'],
    ['retry: {}', 'did you mean cloudflare_r2.resilience.retry?'],
    ['resilience: { retry: { maxAttempts: 5 } }', 'did you mean max_attempts?'],
    ['resilience: { retry: { colour: 5 } }', 'Its fields are max_attempts, base_delay_ms'],
    ['__proto__: { a: 1 }', 'cloudflare_r2.__proto__ is not a field'],
    ['constructor: x', 'cloudflare_r2.constructor is not a field'],
    ['timeouts: { toString: 1 }', 'toString is not a field of cloudflare_r2.timeouts'],
    ['<<: { region: auto }', 'is a merge key of YAML 1.1, which is not supported.'],
    ['5: x', 'has a field whose name is not a text.'],
    ['? [a]\n: x', 'has a field whose name is not a text.'],
    ['? { a: 1 }\n: x', 'has a field whose name is not a text.'],
    ['null: x', 'has a field whose name is not a text.'],
    ['"${A}": x', 'is not a field'],
    ['region: auto\nregion: auto', '3:3 cloudflare_r2.region is there twice: first in line 2. Remove one of the two.'],
    ['profiles: { a: { profiles: {} } }', 'cloudflare_r2.profiles.a.profiles is not a field'],
    [
      'profiles: { a: { regoin: x } }',
      'cloudflare_r2.profiles.a.regoin is not a field of cloudflare_r2.profiles.a; did you mean region?',
    ],
  ])('%s is a problem', async (field, line) => {
    expect(linesOf(await problemsIn(inRoot(field)))).toEqual([expect.stringContaining(line)])
    expect(Object.prototype).not.toHaveProperty('a')
  })

  test.each([
    [
      'cloudflare-r2: {}',
      ['1:1 cloudflare-r2 is not a section of a configuration; did you mean cloudflare_r2? Use cloudflare_r2.'],
    ],
    [
      'cloudflare_r2: {}\naws: {}',
      [
        '2:1 aws is not a section of a configuration. Put the fields below cloudflare_r2; other sections begin with x-.',
      ],
    ],
    ['cloudflare_r2: {}\nx-shared: { anything: 5 }', []],
  ])('of the document is a problem unless it begins with x-: %j', async (text, lines) => {
    expect(linesOf(await problemsIn(text))).toEqual(lines)
  })

  test('of loadConfig itself is an error', async () => {
    const load = loadConfig({ path: 'r2.yaml' } as ConfigSources)
    expect(await errorOf(load)).toMatchObject({ code: 'InvalidConfig', field: 'path' })
    expect(await errorOf(loadConfig({ file: 'a', text: 'b' }))).toMatchObject({ code: 'InvalidConfig', field: 'text' })
  })
})

describe('a document that is no configuration', () => {
  test.each([
    ['', '1:1 r2.yaml is empty. Write cloudflare_r2: at the start, and its fields below it.'],
    ['   \n\n', '1:1 r2.yaml is empty.'],
    ['# only a comment\n', '1:1 r2.yaml is empty.'],
    ['null', '1:1 r2.yaml is empty.'],
    ['---\n...\n', '1:1 r2.yaml is empty.'],
    ['text', '1:1 the document must be a section, but it is "text".'],
    ['- a', '1:1 the document must be a section, but it is a list.'],
    [
      'cloudflare_r2: {}\n---\ncloudflare_r2: {}',
      'r2.yaml has a second document. Keep one document; remove the line ---.',
    ],
    [
      'cloudflare_r2:\n\tregion: auto',
      '2:1 r2.yaml is not valid YAML: Tabs are not allowed as indentation. Indent with spaces.',
    ],
    ['cloudflare_r2: {', 'r2.yaml is not valid YAML:'],
    ['cloudflare_r2:\n  a: b: c', 'r2.yaml is not valid YAML:'],
    ['cloudflare_r2: !secret x', 'Remove the tag (!name).'],
    ['cloudflare_r2: *missing', '1:16 r2.yaml has the alias *missing without an anchor before it.'],
    [`x-a: &a 1\nx-b: [${'*a, '.repeat(101)}]`, 'r2.yaml has more than 100 aliases.'],
    ['[\u0000', 'r2.yaml is not valid YAML:'],
  ])('%j is a problem', async (text, line) => {
    const lines = linesOf(await problemsIn(text))
    expect(lines.length).toBeGreaterThan(0)
    expect(lines.join('\n')).toContain(line)
  })

  test('a byte order mark, carriage returns and a start of the document are accepted, and places stay right', async () => {
    const text = `\ufeff---\r\ncloudflare_r2:\r\n  region: auto\r\n  regoin: x\r\n`
    expect(linesOf(await problemsIn(text))).toEqual([expect.stringMatching(/^4:3 cloudflare_r2\.regoin/)])
    expect(await optionsOf(text.replace('  regoin: x\r\n', ''))).toMatchObject({ region: 'auto' })
  })

  test('anchors are followed, and cannot multiply', async () => {
    expect(
      await optionsOf(`x-slow: &slow 300\n${inRoot('timeouts: { list_seconds: *slow, part_seconds: *slow }')}`),
    ).toMatchObject({
      timeouts: { listMs: 300_000, partMs: 300_000 },
    })
    const levels = Array.from(
      { length: 30 },
      (_, level) =>
        `x-${level}: &a${level} [${Array(3)
          .fill(level === 0 ? 'GET' : `*a${level - 1}`)
          .join(', ')}]`,
    )
    const bomb = `${levels.join('\n')}\n${inRoot('presign: { allowed_methods: *a29 }')}`
    expect(linesOf(await problemsIn(bomb))).toEqual([expect.stringContaining('allowed_methods[0] must be one of')])
    const circle = 'cloudflare_r2: &all\n  timeouts: *all'
    expect(linesOf(await problemsIn(circle))).toEqual([
      expect.stringContaining('cloudflare_r2.timeouts.timeouts is not a field'),
    ])
  })

  test('deep nesting and a very long text are problems, not crashes', async () => {
    expect(linesOf(await problemsIn('['.repeat(100_000)))[0]).toMatch(/nested too deeply|not valid YAML/)
    expect(linesOf(await problemsIn(`# ${'x'.repeat(300_000)}`))).toEqual([
      expect.stringContaining('has 300002 characters, more than 262144'),
    ])
  })

  test.each<[string, Uint8Array | undefined, RegExp]>([
    ['that does not exist', undefined, /does not exist\. Check the path/],
    ['that is not UTF-8', Uint8Array.of(0x63, 0xff, 0xfe), /is not UTF-8\. Save it as UTF-8/],
  ])('a file %s is a problem that names it', async (_, bytes, line) => {
    const folder = await folderWith(bytes === undefined ? {} : { 'r2.yaml': bytes })
    const file = join(folder, 'r2.yaml')
    const { problems } = await inspectConfig({ file, environment })
    expect(linesOf(problems)).toEqual([expect.stringMatching(line)])
    expect(problems[0]?.field).toBe(file)
    expect(linesOf((await inspectConfig({ file: folder, environment })).problems)).toEqual([
      expect.stringContaining('is a folder'),
    ])
  })
})

describe('a variable in a file', () => {
  test('is converted by the kind of the field', async () => {
    const text = inRoot(
      'timeouts: { list_seconds: "${SECONDS}" }\nconnection_pool: { http2: "${FLAG:-true}", max_connections: 4 }',
    )
    expect(await optionsOf(text, { environment: { ...environment, SECONDS: '1.5', FLAG: 'false' } })).toMatchObject({
      timeouts: { listMs: 1500 },
      connections: { http2: false, maxConnections: 4 },
    })
    expect(
      await optionsOf(inRoot('presign: { allowed_methods: "${METHODS}" }'), {
        environment: { ...environment, METHODS: 'GET, HEAD' },
      }),
    ).toMatchObject({
      presign: { allowedMethods: ['GET', 'HEAD'] },
    })
    expect(
      await optionsOf(inRoot('presign: { allowed_methods: [GET, "${METHOD}"] }'), {
        environment: { ...environment, METHOD: 'HEAD' },
      }),
    ).toMatchObject({
      presign: { allowedMethods: ['GET', 'HEAD'] },
    })
  })

  test('cannot inject YAML', async () => {
    const evil = 'auto\n  allow_insecure_endpoint: true\n  endpoint: http://evil'
    const problems = linesOf(
      await problemsIn(inRoot('region: ${EVIL}'), { environment: { ...environment, EVIL: evil } }),
    )
    expect(problems).toEqual([
      expect.stringContaining('must be letters, digits and hyphens, but the value of EVIL is not. Correct EVIL.'),
    ])
  })

  test('that is not set is a problem that names variable, line and field', async () => {
    expect(linesOf(await problemsIn(inRoot('region: auto\njurisdiction: ${JURISDICTION}')))).toEqual([
      '3:17 cloudflare_r2.jurisdiction needs the environment variable JURISDICTION, which is not set. Set JURISDICTION, or write a default: ${JURISDICTION:-default}.',
    ])
  })

  test('with an empty default leaves the field out', async () => {
    expect(await optionsOf(inRoot('jurisdiction: ${JURISDICTION:-}'))).not.toHaveProperty('jurisdiction')
  })

  test('never shows its value, which may be a secret in the wrong field', async () => {
    const { problems, settings } = await inspectConfig({
      text: inRoot(
        'jurisdiction: ${TOKEN}\ntimeouts: { list_seconds: "${TOKEN}" }\npresign: { allowed_methods: ["${TOKEN}"] }',
      ),
      environment: { ...environment, TOKEN: 'hidden-value' },
    })
    expect(problems).toHaveLength(3)
    expect(JSON.stringify({ problems, settings })).not.toContain('hidden-value')
  })
})

describe('the precedence of the sources', () => {
  const text = `${inRoot(`account_id: ${accountId}\nregion: weur\ntimeouts: { list_seconds: 1, part_seconds: 1, stall_seconds: 1 }`)}
  profiles:
    staging: { account_id: "${otherId}", jurisdiction: eu, timeouts: { list_seconds: 2, part_seconds: 2 } }
    broken: { region: "\${NOT_SET}" }
`

  test('is code, profile, environment, file, default', async () => {
    const variables = {
      ...keys,
      R2_TIMEOUTS_LIST_SECONDS: '3',
      R2_TIMEOUTS_PART_SECONDS: '3',
      R2_TIMEOUTS_STALL_SECONDS: '3',
      R2_REGION: 'enam',
    }
    const overrides = { timeouts: { listMs: 4000 } }
    const config = await loadConfig({ text, environment: variables, profile: 'staging', overrides })
    expect(config.options).toMatchObject({
      accountId: otherId,
      region: 'enam',
      timeouts: { listMs: 4000, partMs: 2000, stallTimeoutMs: 3000 },
    })
    const sourceOf = (path: string) => config.settings.find((setting) => setting.path === path)
    expect(sourceOf('timeouts.list_seconds')).toMatchObject({ value: 4, source: { kind: 'code' } })
    expect(sourceOf('timeouts.part_seconds')).toMatchObject({ value: 2, source: { kind: 'file', line: 6 } })
    expect(sourceOf('timeouts.stall_seconds')).toMatchObject({
      value: 3,
      source: { kind: 'environment', variable: 'R2_TIMEOUTS_STALL_SECONDS' },
    })
    expect(sourceOf('timeouts.connect_seconds')).toMatchObject({ value: 30, source: { kind: 'default' } })
  })

  test('keeps account, endpoint and jurisdiction of one source together', async () => {
    const endpointOf = async (sources: ConfigSources) => {
      const config = await loadConfig({ text, environment: keys, ...sources })
      await using r2 = R2Client.fromConfig(config)
      return r2.endpoint
    }
    const r2Host = 'r2.cloudflarestorage.com'
    expect(await endpointOf({})).toBe(`https://${accountId}.${r2Host}`)
    expect(await endpointOf({ profile: 'staging' })).toBe(`https://${otherId}.eu.${r2Host}`)
    expect(await endpointOf({ environment: { ...keys, R2_PROFILE: 'staging' } })).toBe(
      `https://${otherId}.eu.${r2Host}`,
    )
    expect(await endpointOf({ environment: { ...keys, R2_ENDPOINT: 'http://localhost:1' } })).toBe('http://localhost:1')
    expect(await endpointOf({ profile: 'staging', environment: { ...keys, R2_ENDPOINT: 'http://localhost:1' } })).toBe(
      `https://${otherId}.eu.${r2Host}`,
    )
    expect(await endpointOf({ profile: 'staging', overrides: { endpoint: 'http://localhost:2' } })).toBe(
      'http://localhost:2',
    )
    expect(await endpointOf({ environment: { ...keys, R2_JURISDICTION: 'us' } })).toBe(
      `https://${accountId}.us.${r2Host}`,
    )
  })

  test('a profile that does not exist is a problem with the nearest name', async () => {
    expect(linesOf(await problemsIn(text, { profile: 'stagin' }))).toEqual([
      '5:3 cloudflare_r2.profiles has no profile "stagin". Use staging.',
    ])
    expect(linesOf(await problemsIn(inRoot('region: auto'), { profile: 'x' }))).toEqual([
      expect.stringContaining('The file has no profiles.'),
    ])
    const { problems } = await inspectConfig({ environment, profile: 'x' })
    expect(linesOf(problems)).toEqual([
      'code profile is "x", but there is no configuration file with profiles. Pass file, or set R2_CONFIG.',
    ])
  })

  test('the variables of a profile that is not selected need not be set', async () => {
    expect(await problemsIn(text)).toEqual([])
    expect(linesOf(await problemsIn(text, { profile: 'broken' }))).toEqual([
      expect.stringContaining('NOT_SET, which is not set'),
    ])
  })

  test('without a file is code, environment, default', async () => {
    const variables = {
      ...environment,
      R2_RESILIENCE_RETRY_MAX_ATTEMPTS: '7',
      R2_VALIDATION_BUCKET_NAMES: '',
      R2_BUCKET: 'photos',
    }
    expect((await loadConfig({ environment: variables })).options).toMatchObject({
      accountId,
      retry: { maxAttempts: 7 },
    })
  })

  test('R2_CONFIG names the file where the program names none', async () => {
    const folder = await folderWith({ 'a.yaml': inRoot('region: apac'), 'b.yaml': inRoot('region: oc') })
    const variables = { ...environment, R2_CONFIG: join(folder, 'a.yaml') }
    expect((await loadConfig({ environment: variables })).options).toMatchObject({ region: 'apac' })
    expect((await loadConfig({ environment: variables, file: join(folder, 'b.yaml') })).options).toMatchObject({
      region: 'oc',
    })
  })

  test('options of the program that are undefined count as absent, and functions are kept', async () => {
    const warn = vi.fn()
    const options = await optionsOf(inRoot('region: apac\nvalidation: { max_key_length: 10 }'), {
      overrides: { region: undefined, validation: { warn } },
    })
    expect(options).toMatchObject({ region: 'apac', validation: { keyBytesMax: 10, warn } })
  })

  test('a missing server is a problem that names both ways to set it', async () => {
    expect(linesOf((await inspectConfig({ environment: keys })).problems)).toEqual([
      expect.stringContaining('account_id is missing, and so is endpoint. Write account_id (Cloudflare dashboard'),
    ])
  })
})

describe('credentials', () => {
  const values = (fields = '') =>
    inRoot(
      `account_id: ${accountId}\ncredentials:\n  access_key_id: ${'a'.repeat(32)}\n  secret_access_key: \${SECRET}${fields}`,
    )
  const variables = { SECRET: 's'.repeat(64) }

  test('of the file are used where the environment has none, and never shown', async () => {
    const config = await loadConfig({ text: values(), environment: variables })
    expect(revealed(config.options).credentials).toEqual({
      accessKeyId: 'a'.repeat(32),
      secretAccessKey: 's'.repeat(64),
    })
    const secret = config.settings.find(({ path }) => path === 'credentials.secret_access_key')
    expect(secret).toMatchObject({ isSecret: true, value: undefined, source: { kind: 'file', variables: ['SECRET'] } })
    expect(JSON.stringify(config.settings)).not.toContain('sss')
  })

  test('of the environment take precedence over those of the file as a pair, unless the file chooses its own', async () => {
    const both = { ...variables, ...keys, R2_SESSION_TOKEN: 'token' }
    const { options } = await loadConfig({ text: values(), environment: both })
    expect(revealed(options).credentials).toEqual({
      accessKeyId: keys.R2_ACCESS_KEY_ID,
      secretAccessKey: keys.R2_SECRET_ACCESS_KEY,
      sessionToken: 'token',
    })
    const chosen = await loadConfig({ text: values('\n  source: values'), environment: both })
    expect(revealed(chosen.options).credentials).toEqual({
      accessKeyId: 'a'.repeat(32),
      secretAccessKey: 's'.repeat(64),
    })
    const overridden = await loadConfig({
      text: values('\n  source: values'),
      environment: both,
      overrides: { credentials: provider },
    })
    expect(overridden.options.credentials).toBe(provider)
  })

  test('of two sources are never mixed', async () => {
    const withToken = values('\n  session_token: token-of-the-file')
    const { options } = await loadConfig({ text: withToken, environment: { ...variables, ...keys } })
    expect(revealed(options).credentials).toEqual({
      accessKeyId: keys.R2_ACCESS_KEY_ID,
      secretAccessKey: keys.R2_SECRET_ACCESS_KEY,
    })
  })

  test('that are missing are a problem that names the variables', async () => {
    const lines = linesOf((await inspectConfig({ environment: { R2_ACCOUNT_ID: accountId } })).problems)
    expect(lines).toEqual([
      expect.stringContaining('has no access key: R2_ACCESS_KEY_ID and R2_SECRET_ACCESS_KEY are not set.'),
    ])
    const chosen = await problemsIn(inRoot('credentials: { source: environment }'), {
      environment: { ...environment, R2_SECRET_ACCESS_KEY: '' },
    })
    expect(linesOf(chosen)).toEqual([
      '2:26 cloudflare_r2.credentials has no access key: R2_SECRET_ACCESS_KEY is not set. Set R2_SECRET_ACCESS_KEY; credentials.source is environment.',
    ])
  })

  test('that are malformed are a problem without their values', async () => {
    const text = inRoot(
      'credentials: { source: values, access_key_id: "hidden id", secret_access_key: "hidden\\nsecret" }',
    )
    const problems = await problemsIn(text)
    expect(problems.length).toBeGreaterThan(0)
    expect(JSON.stringify(problems)).not.toContain('hidden\\nsecret')
  })

  test('of shared-auth come from the provider that the program registers', async () => {
    const shared = inRoot('credentials: { source: shared-auth }')
    expect((await optionsOf(shared, { providers: { 'shared-auth': provider } })).credentials).toBe(provider)
    const named = inRoot('credentials: { source: shared-auth, provider: billing }')
    expect((await optionsOf(named, { providers: { billing: provider } })).credentials).toBe(provider)
    expect(linesOf(await problemsIn(named, { providers: { biling: provider } }))).toEqual([
      '2:49 cloudflare_r2.credentials.provider needs the provider "billing", but registered are biling. Use biling.',
    ])
    expect(linesOf(await problemsIn(shared))).toEqual([
      expect.stringContaining("none is registered. Pass providers: { 'shared-auth': … } to loadConfig."),
    ])
  })

  test('of shared-file come from a profile of the credentials file', async () => {
    const content = `[backup]\naws_access_key_id = ${'b'.repeat(32)}\naws_secret_access_key = ${'c'.repeat(64)}\n`
    const folder = await folderWith({
      credentials: content,
      'r2.yaml': inRoot('credentials: { source: shared-file, profile: backup, file: ./credentials }'),
    })
    const { options } = await loadConfig({ file: join(folder, 'r2.yaml'), environment })
    if (typeof options.credentials !== 'function') throw new Error('not a provider')
    expect(await options.credentials()).toMatchObject({ accessKeyId: 'b'.repeat(32) })
  })

  test('of vault come from the server of the section', async () => {
    const paths: string[] = []
    const secret = { access_key_id: 'b'.repeat(32), secret_access_key: 'c'.repeat(64) }
    await using server = await rawServer(
      responding(({ target, headers }, _, peer) => {
        paths.push(`${target} ${headers['x-vault-token']}`)
        return peer.response(200, JSON.stringify({ data: target.includes('/data/') ? { data: secret } : {} }), {})
      }),
    )
    const vault = `vault: { address: "${server.origin}", path: apps/r2, token: "\${TOKEN}" }`
    const text = inRoot(`credentials: { source: vault, ${vault} }`)
    const { options, settings } = await loadConfig({ text, environment: { ...environment, TOKEN: 'private-token' } })
    if (typeof options.credentials !== 'function') throw new Error('not a provider')
    expect(await options.credentials()).toMatchObject({ accessKeyId: 'b'.repeat(32) })
    expect(paths).toContain('/v1/secret/data/apps/r2 private-token')
    expect(JSON.stringify(settings)).not.toContain('private-token')
    expect(linesOf(await problemsIn(inRoot('credentials: { source: vault }')))).toEqual([
      expect.stringContaining('2:26 cloudflare_r2.credentials.vault.path is a required field.'),
    ])
  })

  test.each([
    ['source: vault\n  access_key_id: x', 'access_key_id has no effect with the source vault'],
    ['source: environment\n  secret_access_key: x', 'secret_access_key has no effect with the source environment'],
    ['vault: { path: x }', 'credentials.vault.path has no effect with the source environment'],
    ['source: values\n  profile: x', 'credentials.profile has no effect with the source values'],
    ['source: vaul', "Use 'vault'."],
  ])('that do not go together are a problem: %j', async (fields, line) => {
    const text = inRoot(`credentials:\n  ${fields}`)
    expect(linesOf(await problemsIn(text)).join('\n')).toContain(line)
  })
})

describe('certificates, the proxy and the circuit breaker', () => {
  const pem = '-----BEGIN CERTIFICATE-----\nMII=\n-----END CERTIFICATE-----\n'

  test('ca_file is read beside the file of the configuration', async () => {
    const folder = await folderWith({
      'r2.yaml': inRoot('connection_pool: { ca_file: ./ca.pem }'),
      'ca.pem': pem,
      'empty.pem': '',
    })
    expect((await loadConfig({ file: join(folder, 'r2.yaml'), environment })).options).toMatchObject({
      connections: { ca: pem },
    })
    const { problems } = await inspectConfig({
      text: inRoot(`connection_pool: { ca_file: ${join(folder, 'empty.pem')} }`),
      environment,
    })
    expect(linesOf(problems)).toEqual([expect.stringContaining('which has no certificate')])
  })

  test('the proxy is a URL, or environment', async () => {
    const text = inRoot(
      'connection_pool: { proxy: { url: "http://proxy:3128", username: ana, password: "${PROXY_PASSWORD}" } }',
    )
    const config = await loadConfig({ text, environment: { ...environment, PROXY_PASSWORD: 'hidden' } })
    expect(config.options).toMatchObject({
      connections: { proxy: { url: 'http://proxy:3128', username: 'ana', password: 'hidden' } },
    })
    expect(JSON.stringify(config.settings)).not.toContain('hidden')
    expect(await optionsOf(inRoot('connection_pool: { proxy: { url: environment } }'))).toMatchObject({
      connections: { proxy: 'environment' },
    })
    const inUrl = inRoot('connection_pool: { proxy: { url: "http://ana:hidden@proxy:3128" } }')
    const problems = await problemsIn(inUrl)
    expect(linesOf(problems)).toEqual([
      '2:36 cloudflare_r2.connection_pool.proxy.url contains credentials. Write username and password beside it.',
    ])
  })

  test.each([
    ['resilience: { circuit_breaker: }', 1],
    ['resilience: { circuit_breaker: { failure_threshold: 1 } }', 1],
    ['resilience: { circuit_breaker: { enabled: false, failure_threshold: 1 } }', 0],
    ['resilience: {}', 0],
  ])('%s makes %i layers', async (field, count) => {
    const layer: AttemptLayer = (next) => next
    expect((await optionsOf(inRoot(field))).layers?.attempt ?? []).toHaveLength(count)
    const { layers } = await optionsOf(inRoot(field), { overrides: { layers: { attempt: [layer] } } })
    expect(layers?.attempt).toHaveLength(count + 1)
    expect(layers?.attempt?.at(-1)).toBe(layer)
  })

  test('the circuit breaker of the file refuses requests after its threshold', async () => {
    await using server = await rawServer(responding((_, __, peer) => peer.response(500, '', {})))
    const text = inRoot(
      `endpoint: ${server.origin}\nresilience:\n  retry: { max_attempts: 1 }\n  circuit_breaker: { failure_threshold: 2 }`,
    )
    await using r2 = R2Client.fromConfig(await loadConfig({ text, environment: keys }))
    const codes = []
    for (let call = 0; call < 3; call++)
      codes.push((await errorOf(r2.objects.get({ bucket: 'photos', key: 'k' }))).code)
    expect(codes[2]).toBe('CircuitOpen')
    expect(codes[1]).not.toBe('CircuitOpen')
  })
})

describe('the simulation', () => {
  test('records the exchanges of a client when it is disposed, and replays them', async () => {
    const folder = await folderWith({})
    const recordingPath = join(folder, 'recordings', 'r2')
    await using server = await rawServer(responding((_, __, peer) => peer.response(200, 'meow', objectHeaders(4))))
    const text = (mode: string) =>
      inRoot(
        `endpoint: ${server.origin}\nsimulation: { enabled: true, mode: ${mode}, recording_path: ${recordingPath} }`,
      )

    const recording = await loadConfig({ text: text('record'), environment: keys })
    expect(recording.simulation).toMatchObject({ mode: 'record', recordingPath })
    const recorder = R2Client.fromConfig(recording)
    expect(await (await recorder.objects.get({ bucket: 'photos', key: 'cat' })).text()).toBe('meow')
    await recorder.dispose()
    expect(await readFile(recordingPath, 'utf8')).toContain('photos')

    const replaying = await loadConfig({ text: text('replay'), environment: keys })
    const replayer = R2Client.fromConfig(replaying)
    expect(await (await replayer.objects.get({ bucket: 'photos', key: 'cat' })).text()).toBe('meow')
    await replayer.dispose()
    if (replaying.simulation?.mode !== 'replay') throw new Error('not replaying')
    replaying.simulation.replayer.assertAllUsed()
  })

  test('without a recording is a problem with the way to make one', async () => {
    const lines = linesOf(await problemsIn(inRoot('simulation: { enabled: true, recording_path: /does/not/exist }')))
    expect(lines).toEqual([
      expect.stringMatching(/cannot replay \/does\/not\/exist: .*ENOENT.*Record it first with mode: record/),
    ])
  })

  test('that is not enabled reads no recording', async () => {
    expect(await optionsOf(inRoot('simulation: { enabled: false, mode: record }'))).not.toHaveProperty('transport')
  })
})

test('R2Client.fromEnv and loadConfig read the same variables to the same effect', async () => {
  const variables = {
    ...keys,
    R2_SESSION_TOKEN: 'token',
    R2_ENDPOINT: 'http://r2:9000',
    R2_ALLOW_INSECURE_ENDPOINT: 'true',
    R2_ACCOUNT_ID: '',
  }
  const { options } = await loadConfig({ environment: variables })
  expect(revealed(options)).toEqual(optionsFromEnvironment(variables))
  const account = { ...environment, R2_JURISDICTION: 'eu' }
  expect(revealed((await loadConfig({ environment: account })).options)).toEqual(optionsFromEnvironment(account))
})

test('a transport of the program is neither used nor closed while the configuration is checked', async () => {
  const transport = { name: 'own', send: vi.fn(), close: vi.fn() }
  const { options } = await loadConfig({ environment, overrides: { transport } })
  expect(options.transport).toBe(transport)
  const factory = vi.fn()
  await loadConfig({ environment, overrides: { transport: factory } })
  for (const method of [transport.send, transport.close, factory]) expect(method).not.toHaveBeenCalled()
  const { problems } = await inspectConfig({
    text: inRoot('connection_pool: { http2: true }'),
    environment,
    overrides: { transport },
  })
  expect(linesOf(problems)).toEqual([expect.stringContaining('has no effect beside transport')])
})

test('a platform without files takes the text, and names the way', async () => {
  expect(await errorOf(readTextFile('r2.yaml'))).toMatchObject({
    message: 'r2.yaml cannot be read: this platform has no files',
    hint: 'Pass the content as text.',
  })
  expect(besideFile('a/r2.yaml', 'ca.pem')).toBe('ca.pem')
})

test('a path is followed where it is a link', async () => {
  const folder = await folderWith({ 'real.yaml': inRoot('region: apac') })
  await mkdir(join(folder, 'etc'))
  await symlink(join(folder, 'real.yaml'), join(folder, 'etc', 'r2.yaml'))
  expect((await loadConfig({ file: join(folder, 'etc', 'r2.yaml'), environment })).options).toMatchObject({
    region: 'apac',
  })
})

describe('secrets of a loaded configuration', () => {
  const marked = 'marked-'.repeat(9)
  const proxy = { url: 'http://127.0.0.1:3128', username: 'u', password: marked }
  const text = inRoot(
    `account_id: ${accountId}\nconnection_pool: { proxy: { url: "${proxy.url}", username: u, password: "${marked}" } }`,
  )
  const variables = { ...keys, R2_SECRET_ACCESS_KEY: marked, R2_SESSION_TOKEN: marked }

  test.each([
    ['a file and the environment', { text, environment: variables }],
    [
      'code',
      {
        text: inRoot(`account_id: ${accountId}`),
        environment: {},
        overrides: {
          credentials: { accessKeyId: '0'.repeat(32), secretAccessKey: marked, sessionToken: marked },
          connections: { proxy },
        },
      },
    ],
  ])('are not printed, whether they come from %s', async (_, sources) => {
    const config = await loadConfig(sources)
    for (const printed of [inspect(config, { depth: 9, showHidden: true }), JSON.stringify(config)])
      expect(printed).not.toContain(marked)
    expect(config.options.connections?.proxy).toMatchObject({ password: marked })
    const client = R2Client.fromConfig(config)
    onTestFinished(() => client.dispose())
    const { url } = await client.presign.get({ bucket: 'photos', key: 'cat.jpg' })
    expect(new URL(url).searchParams.get('X-Amz-Security-Token')).toBe(marked)
    const credentials = { accessKeyId: '0'.repeat(32), secretAccessKey: marked, sessionToken: marked }
    expect(explainPresignedUrl({ url, method: 'GET', credentials }).problems).toEqual([])
  })

  test('limits of presigned URLs that exclude each other are a problem of the file', async () => {
    const problems = await problemsIn(
      inRoot(`account_id: ${accountId}\npresign:\n  max_expiration_seconds: 300\n  min_expiration_seconds: 600`),
    )
    expect(linesOf(problems)).toEqual([
      '4:29 cloudflare_r2.presign.max_expiration_seconds must be at least minExpirationSeconds, which is 600. Raise it, or lower minExpirationSeconds.',
    ])
  })
})
