import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startLocalR2 } from '@r2kit/local'
import { inspectConfig } from 'r2kit/config'
import { describe, expect, onTestFinished, test } from 'vitest'
import { runCommand } from '#test/support/run-command.js'
import { configurationVariable } from '../connection/open-client.js'

const accountId = 'a'.repeat(32)
const otherId = 'b'.repeat(32)
const keys = { R2_ACCESS_KEY_ID: '0'.repeat(32), R2_SECRET_ACCESS_KEY: 'private-'.repeat(8) }

const folderWith = async (files: Readonly<Record<string, string>>): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'r2-config-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content)
  return folder
}

const text = `cloudflare_r2:
  account_id: ${accountId}
  timeouts:
    list_seconds: \${SECONDS:-7}
  presign:
    allowed_methods: [GET]
  profiles:
    staging:
      account_id: ${otherId}
`

const configFile = async (content = text): Promise<string> => join(await folderWith({ 'r2.yaml': content }), 'r2.yaml')

describe('--config and --profile', () => {
  const presign = (args: readonly string[], env: Record<string, string>) =>
    runCommand([...args, 'presign', 'r2://bucket/key'], { env: { ...keys, ...env } })

  test('select account and settings; the command line takes precedence, then the profile, the environment and the file', async () => {
    const file = await configFile()
    const accountOf = async (args: readonly string[], env: Record<string, string> = {}) =>
      new URL((await presign(args, env)).stdout).host.split('.')[0]
    expect(await accountOf(['--config', file])).toBe(accountId)
    expect(await accountOf([], { R2_CONFIG: file })).toBe(accountId)
    expect(await accountOf(['--config', file], { R2_ACCOUNT_ID: 'c'.repeat(32) })).toBe('c'.repeat(32))
    expect(await accountOf(['--config', file, '--profile', 'staging'], { R2_ACCOUNT_ID: 'c'.repeat(32) })).toBe(otherId)
    expect(await accountOf([], { R2_CONFIG: file, R2_PROFILE: 'staging' })).toBe(otherId)
    expect(await accountOf(['--config', file, '--profile', 'staging', '--account-id', 'd'.repeat(32)])).toBe(
      'd'.repeat(32),
    )
  })

  test('presign --explain compares the signature with the credentials of the file', async () => {
    const [id, secret] = [keys.R2_ACCESS_KEY_ID, keys.R2_SECRET_ACCESS_KEY]
    const file = await configFile(
      `cloudflare_r2:\n  account_id: ${accountId}\n  credentials: { access_key_id: '${id}', secret_access_key: '${secret}' }`,
    )
    const run = (...args: string[]) => runCommand(['--config', file, 'presign', ...args], { env: {} })
    const { stdout } = await run('r2://bucket/key')
    const explain = (url: string) => run('--explain', url.trim())
    expect(await explain(stdout)).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('permits GET') })
    expect(await explain(stdout.replace('/key?', '/other?'))).toMatchObject({
      exitCode: 1,
      stdout: expect.stringContaining('signature does not fit'),
    })
  })

  test('settings of the file replace the defaults of the command', async () => {
    const { exitCode, stderr } = await runCommand(
      ['--config', await configFile(), 'presign', 'r2://bucket/key', '--method', 'PUT'],
      { env: keys },
    )
    expect(exitCode).not.toBe(0)
    expect(stderr).toContain('PUT')
  })

  test('work with a command that sends requests', async () => {
    const local = await startLocalR2({ memory: true })
    onTestFinished(() => local.close())
    const { accessKeyId, secretAccessKey } = local.credentials
    const file = await configFile(
      `cloudflare_r2: { endpoint: "${local.endpoint}", credentials: { access_key_id: "${accessKeyId}", secret_access_key: "\${SECRET}" } }`,
    )
    const env = { SECRET: secretAccessKey }
    expect(await runCommand(['mb', 'r2://photos', '--config', file], { env })).toMatchObject({ exitCode: 0 })
    expect((await runCommand(['ls', '--config', file], { env })).stdout).toContain('photos')
  })

  test('a profile without a configuration file is one of the AWS credentials file', async () => {
    const folder = await folderWith({
      credentials: `[backup]\naws_access_key_id = ${'e'.repeat(32)}\naws_secret_access_key = ${'f'.repeat(64)}\n`,
    })
    const env = { AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials'), R2_ACCOUNT_ID: accountId }
    const { stdout } = await presign(['--profile', 'backup'], env)
    expect(stdout).toContain(`X-Amz-Credential=${'e'.repeat(32)}`)
    const { exitCode, stderr } = await presign(['--profile', 'missing'], env)
    expect(exitCode).not.toBe(0)
    expect(stderr).toContain('missing')
  })

  test.each([
    [['--config='], /^r2: --config is empty\./],
    [['--profile='], /^r2: --profile is empty\./],
    [['--config', '/does/not/exist.yaml'], /^r2: \/does\/not\/exist\.yaml does not exist\. Check the path/],
    [
      ['--profile', 'x', '--endpoint', 'http://example.com'],
      /^r2: --endpoint is plain HTTP to example\.com\. .*--allow-insecure-endpoint/,
    ],
    [['--profile', 'x', '--account-id', 'abc'], /^r2: --account-id must be 32 hex characters/],
  ])('that are wrong are usage errors: %j', async (args, message) => {
    const { exitCode, stderr } = await presign(args, { R2_ACCOUNT_ID: accountId })
    expect(stderr).toMatch(message)
    expect(exitCode).toBe(2)
  })

  test('one problem of the file is one line, and several are printed one by one', async () => {
    const one = await configFile('cloudflare_r2: { region: auto, regoin: x }')
    const single = await presign(['--config', one], { R2_ACCOUNT_ID: accountId })
    expect(single).toMatchObject({ exitCode: 2, stdout: '' })
    expect(single.stderr).toBe(
      `r2: ${one}:1:32: cloudflare_r2.regoin is not a field of cloudflare_r2; did you mean region? Use region.\n`,
    )
    const many = await configFile('cloudflare_r2:\n  regoin: x\n  timeouts: { list_seconds: y }')
    const { stderr, exitCode } = await presign(['--config', many], { R2_ACCOUNT_ID: accountId })
    expect(exitCode).toBe(2)
    expect(stderr.trimEnd().split('\n')).toEqual([
      expect.stringContaining(`r2: ${many}:2:3: cloudflare_r2.regoin`),
      expect.stringContaining(`r2: ${many}:3:29: cloudflare_r2.timeouts.list_seconds`),
      'r2: The configuration has 2 problems. Correct all of them.',
    ])
  })

  test('shared-auth is explained, because the command has no providers', async () => {
    const file = await configFile('cloudflare_r2: { credentials: { source: shared-auth } }')
    const { stderr } = await presign(['--config', file], { R2_ACCOUNT_ID: accountId })
    expect(stderr).toContain('The command has no providers: set R2_CREDENTIALS_SOURCE=environment')
  })
})

describe('r2 config show', () => {
  test('prints each value and where it comes from, and masks secrets', async () => {
    const file = await configFile()
    const args = ['--config', file, '--endpoint', 'http://localhost:1', 'config', 'show']
    const env = { ...keys, SECONDS: '9', R2_REGION: 'weur' }
    const { stdout, exitCode } = await runCommand(args, { env })
    expect(exitCode).toBe(0)
    const lineOf = (path: string) =>
      stdout
        .split('\n')
        .find((line) => line.startsWith(`${path} `))
        ?.replace(/ +/g, ' ')
    expect(lineOf('endpoint')).toBe('endpoint http://localhost:1 --endpoint')
    expect(lineOf('account_id')).toBeUndefined()
    expect(lineOf('timeouts.list_seconds')).toBe(`timeouts.list_seconds 9 ${file}:4:19 (from SECONDS)`)
    expect(lineOf('region')).toBe('region weur R2_REGION in the environment')
    expect(lineOf('timeouts.connect_seconds')).toBe('timeouts.connect_seconds 30 default')
    expect(lineOf('presign.allowed_methods')).toBe(`presign.allowed_methods GET ${file}:6:22`)
    expect(lineOf('credentials.secret_access_key')).toBe(
      'credentials.secret_access_key ******** R2_SECRET_ACCESS_KEY in the environment',
    )
    expect(stdout).not.toContain('private-')
  })

  test('masks the user name and password of a URL', async () => {
    const env = { ...keys, R2_ENDPOINT: 'http://user:private-word@localhost:1' }
    const { stdout, stderr } = await runCommand(['config', 'show'], { env })
    expect(stdout).toContain('http://[REDACTED]@localhost:1')
    expect(stdout + stderr).not.toContain('private-')
  })

  test('prints JSON lines, of which none has a secret', async () => {
    const { events, stdout } = await runCommand(['config', 'show', '--json'], {
      env: { ...keys, R2_ACCOUNT_ID: accountId },
    })
    expect(events).toContainEqual({
      version: 1,
      event: 'setting',
      path: 'account_id',
      value: accountId,
      secret: false,
      source: 'R2_ACCOUNT_ID in the environment',
    })
    expect(events).toContainEqual({
      version: 1,
      event: 'setting',
      path: 'credentials.secret_access_key',
      secret: true,
      source: 'R2_SECRET_ACCESS_KEY in the environment',
    })
    expect(stdout).not.toContain('private-')
  })

  test('prints settings and problems together', async () => {
    const { stdout, stderr, exitCode } = await runCommand(['config', 'show'], { env: { R2_REGION: 'a b' } })
    expect(exitCode).toBe(2)
    expect(stdout).toContain('timeouts.connect_seconds')
    expect(stderr).toContain('r2: R2_REGION in the environment must be letters')
    expect(stderr).toContain('account_id is missing')
  })
})

describe('r2 config check', () => {
  test('accepts a valid file', async () => {
    const file = await configFile()
    expect(await runCommand(['config', 'check', file], { env: keys })).toMatchObject({
      exitCode: 0,
      stdout: `${file} is a valid configuration\n`,
      stderr: '',
    })
    const shared = await configFile(`cloudflare_r2: { account_id: ${accountId}, credentials: { source: shared-auth } }`)
    expect(await runCommand(['config', 'check', shared])).toMatchObject({ exitCode: 0 })
  })

  test('prints all problems, as lines and as JSON', async () => {
    const file = await configFile(`${text}  colour: red\n  validation: { max_key_length: 0 }\n`)
    const { stderr, exitCode } = await runCommand(['config', 'check', file], { env: keys })
    expect(exitCode).toBe(2)
    expect(stderr.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/:10:3: cloudflare_r2\.colour is not a field of cloudflare_r2\. Its fields are/),
      expect.stringMatching(
        /:11:33: cloudflare_r2\.validation\.max_key_length must be a whole number from 1 to 1024, but it is 0\. Write/,
      ),
    ])
    const { events } = await runCommand(['config', 'check', file, '--json'], { env: keys })
    expect(events).toMatchObject([
      { event: 'config-problem', field: 'cloudflare_r2.colour', source: `${file}:10:3` },
      {
        event: 'config-problem',
        field: 'cloudflare_r2.validation.max_key_length',
        rule: 'must be a whole number from 1 to 1024, but it is 0',
      },
    ])
  })
})

test('every variable of a setting makes the command load the configuration, and no other variable does', async () => {
  const { settings } = await inspectConfig({ environment: {} })
  const basic =
    /^R2_(?:ACCOUNT_ID|ENDPOINT|JURISDICTION|ALLOW_INSECURE_ENDPOINT|ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN)$/
  for (const { variable } of settings)
    expect([variable, configurationVariable.test(variable)]).toEqual([variable, !basic.test(variable)])
  for (const variable of ['R2_BUCKET', 'R2_TOKEN', 'R2_PUBLIC_URL'])
    expect(configurationVariable.test(variable)).toBe(false)
})

test('the help of every command has --config and --profile, and the general help their precedence', async () => {
  const { stdout } = await runCommand(['--help'])
  expect(stdout).toContain('--config <file>')
  expect(stdout).toContain('options above, the profile, environment variables, the configuration file, defaults')
  expect((await runCommand(['ls', '--help'])).stdout).toContain('--profile <name>')
})
