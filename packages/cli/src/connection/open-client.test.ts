/** Endpoint and credentials from the command line and the environment. A presigned URL shows both without a request. */
import { describe, expect, test } from 'vitest'
import { runCommand } from '#test/support/run-command.js'

const ours = 'a'.repeat(32)
const theirs = 'b'.repeat(32)
const keys = { R2_ACCESS_KEY_ID: '0'.repeat(32), R2_SECRET_ACCESS_KEY: 'secret-of-a-test'.repeat(4) }
const hostOf = (account: string, jurisdiction = '') =>
  `https://${account}.${jurisdiction === '' ? '' : `${jurisdiction}.`}r2.cloudflarestorage.com`

type Environment = Record<string, string>

const presign = (args: string, env: Environment) =>
  runCommand(['presign', 'r2://bucket/key', ...args.split(' ').filter(Boolean)], { env: { ...keys, ...env } })

describe('the endpoint', () => {
  test.each<[string, Environment, string]>([
    ['', { R2_ACCOUNT_ID: ours }, hostOf(ours)],
    ['', { R2_ACCOUNT_ID: ours, R2_JURISDICTION: 'eu' }, hostOf(ours, 'eu')],
    ['', { R2_ENDPOINT: hostOf(ours) }, hostOf(ours)],
    ['', { R2_ENDPOINT: hostOf(ours, 'eu'), R2_ACCOUNT_ID: ours, R2_JURISDICTION: 'eu' }, hostOf(ours, 'eu')],
    ['', { R2_ENDPOINT: 'http://localhost:9000', R2_ACCOUNT_ID: ours }, 'http://localhost:9000'],
    [`--account-id ${ours}`, { R2_ACCOUNT_ID: theirs, R2_JURISDICTION: 'eu' }, hostOf(ours)],
    [`--account-id ${ours}`, { R2_ENDPOINT: hostOf(theirs) }, hostOf(ours)],
    [`--account-id ${ours} --jurisdiction fedramp`, { R2_ENDPOINT: hostOf(theirs) }, hostOf(ours, 'fedramp')],
    [`--endpoint ${hostOf(ours)}`, { R2_ACCOUNT_ID: theirs, R2_JURISDICTION: 'eu' }, hostOf(ours)],
    ['--endpoint http://localhost:9000', { R2_ACCOUNT_ID: theirs, R2_JURISDICTION: 'eu' }, 'http://localhost:9000'],
    ['--endpoint http://localhost:9000', { R2_ENDPOINT: hostOf(ours) }, 'http://localhost:9000'],
    ['--endpoint http://r2:9000 --allow-insecure-endpoint', {}, 'http://r2:9000'],
    ['', { R2_ENDPOINT: 'http://r2:9000', R2_ALLOW_INSECURE_ENDPOINT: 'true' }, 'http://r2:9000'],
    ['--jurisdiction eu', { R2_ACCOUNT_ID: ours }, hostOf(ours, 'eu')],
    ['--jurisdiction eu', { R2_ACCOUNT_ID: ours, R2_JURISDICTION: 'fedramp' }, hostOf(ours, 'eu')],
    ['', { R2_ACCOUNT_ID: ours, R2_ENDPOINT: '', R2_JURISDICTION: '' }, hostOf(ours)],
  ])('the command line "%s" with the environment %j leads to %s', async (args, env, endpoint) => {
    const { exitCode, stdout } = await presign(args, env)
    expect(exitCode).toBe(0)
    expect(stdout.startsWith(`${endpoint}/bucket/key?`)).toBe(true)
  })
})

describe('contradictory settings', () => {
  test.each<[string, Environment, string, string]>([
    [`--endpoint ${hostOf(ours)} --account-id ${theirs}`, {}, '--account-id', '--endpoint'],
    [`--endpoint ${hostOf(ours)} --jurisdiction eu`, {}, '--jurisdiction', '--endpoint'],
    ['--endpoint http://localhost:9000 --jurisdiction eu', {}, '--jurisdiction', '--endpoint'],
    ['--jurisdiction eu', { R2_ENDPOINT: hostOf(ours) }, '--jurisdiction', 'R2_ENDPOINT in the environment'],
    [
      '',
      { R2_ENDPOINT: hostOf(ours), R2_ACCOUNT_ID: theirs },
      'R2_ACCOUNT_ID in the environment',
      'R2_ENDPOINT in the environment',
    ],
    [
      '',
      { R2_ENDPOINT: hostOf(ours), R2_JURISDICTION: 'eu' },
      'R2_JURISDICTION in the environment',
      'R2_ENDPOINT in the environment',
    ],
  ])(
    'the command line "%s" with the environment %j is an error that names both sources',
    async (args, env, one, other) => {
      const { exitCode, stdout, stderr } = await presign(args, env)
      expect(exitCode).toBe(2)
      expect(stdout).toBe('')
      expect(stderr).toContain(`r2: ${one} contradicts ${other}, which is http`)
      expect(stderr).toContain('Leave out one of the two')
    },
  )
})

describe('invalid settings', () => {
  test.each<[string, Environment, RegExp]>([
    ['--endpoint foo', {}, /^r2: --endpoint must be a URL .*"foo"\. Write https:\/\/<account id>/],
    ['', { R2_ENDPOINT: 'foo' }, /^r2: R2_ENDPOINT in the environment must be a URL/],
    ['--endpoint http://example.com', {}, /^r2: --endpoint is plain HTTP.* --allow-insecure-endpoint/],
    [
      '',
      { R2_ENDPOINT: 'http://example.com', R2_ALLOW_INSECURE_ENDPOINT: 'false' },
      /^r2: R2_ENDPOINT in the environment is plain HTTP.* R2_ALLOW_INSECURE_ENDPOINT=true/,
    ],
    [
      '',
      { R2_ENDPOINT: 'http://example.com', R2_ALLOW_INSECURE_ENDPOINT: 'yes' },
      /^r2: R2_ALLOW_INSECURE_ENDPOINT in the environment must be true or false, but it is "yes"/,
    ],
    ['--endpoint https://key:secret@example.com', {}, /^r2: --endpoint contains credentials\. Set R2_ACCESS_KEY_ID/],
    [
      `--endpoint https://photos.${ours}.r2.cloudflarestorage.com`,
      {},
      /^r2: --endpoint is not the host .* R2_ACCOUNT_ID/,
    ],
    ['--endpoint ftp://example.com', {}, /^r2: --endpoint must be a URL with the scheme https: or http:/],
    ['--account-id abc', {}, /^r2: --account-id must be 32 hex characters, but it is "abc"\. Copy it/],
    ['', { R2_ACCOUNT_ID: 'abc' }, /^r2: R2_ACCOUNT_ID in the environment must be 32 hex characters/],
    [
      `--account-id ${ours} --jurisdiction mars`,
      {},
      /^r2: --jurisdiction must be one of eu, fedramp, us, but it is "mars"/,
    ],
    [
      '--jurisdiction mars',
      { R2_ENDPOINT: 'http://localhost:9000' },
      /^r2: --jurisdiction must be one of eu, fedramp, us/,
    ],
    [
      '',
      { R2_ACCOUNT_ID: ours, R2_JURISDICTION: 'fedrmp' },
      /R2_JURISDICTION in the environment must.*Write fedramp\./,
    ],
    ['--endpoint=', { R2_ACCOUNT_ID: ours }, /^r2: --endpoint is empty\. Set a value, or leave out the option\./],
    ['--access-key-id=', { R2_ACCOUNT_ID: ours }, /^r2: --access-key-id is empty\./],
    ['', {}, /^r2: Neither an account nor an endpoint is set\. Set R2_ACCOUNT_ID or R2_ENDPOINT/],
  ])('the command line "%s" with the environment %j is an error with source and hint', async (args, env, message) => {
    const { exitCode, stderr } = await presign(args, env)
    expect(stderr).toMatch(message)
    expect(exitCode).toBe(2)
  })

  test.each([
    ['', { R2_ENDPOINT: `${hostOf(ours)}/photos` }, 'R2_ENDPOINT in the environment'],
    [`--endpoint ${hostOf(ours)}/photos/`, {}, '--endpoint'],
  ])(
    'an endpoint with a bucket in its path is an error with the corrected endpoint: "%s" with %j',
    async (args, env, source) => {
      const { exitCode, stderr } = await presign(args, env)
      expect(exitCode).toBe(2)
      expect(stderr).toContain(`Set ${source} to ${hostOf(ours)}, and put the bucket in each address: r2://photos/key.`)
    },
  )
})

describe('credentials', () => {
  const account = { R2_ACCOUNT_ID: ours }
  const credentialOf = (url: string) => new URL(url).searchParams.get('X-Amz-Credential')?.split('/')[0]
  const tokenOf = (url: string) => new URL(url).searchParams.get('X-Amz-Security-Token')

  test('an access key ID on the command line is combined with the secret in the environment, if that has no other ID', async () => {
    const { stdout } = await presign('--access-key-id mine', { ...account, R2_ACCESS_KEY_ID: '' })
    expect(credentialOf(stdout)).toBe('mine')
  })

  test('credentials on the command line replace those in the environment, including the session token', async () => {
    const env = { ...account, R2_SESSION_TOKEN: 'theirs' }
    const { stdout } = await presign('--access-key-id mine --secret-access-key secret', env)
    expect([credentialOf(stdout), tokenOf(stdout)]).toEqual(['mine', null])
    expect(tokenOf((await presign('', env)).stdout)).toBe('theirs')
    const tokenOnly = { ...env, R2_ACCESS_KEY_ID: '', R2_SECRET_ACCESS_KEY: '' }
    const pair = '--access-key-id mine --secret-access-key secret'
    expect(tokenOf((await presign(pair, tokenOnly)).stdout)).toBe(null)
  })

  test('an access key ID on the command line and credentials of another key in the environment are an error', async () => {
    const { exitCode, stderr } = await presign('--access-key-id mine', account)
    expect(exitCode).toBe(2)
    expect(stderr).toContain('--access-key-id and R2_ACCESS_KEY_ID in the environment are different keys')
  })

  test('the error for malformed credentials names their source, and does not show them', async () => {
    const { exitCode, stderr } = await presign('', { ...account, R2_SECRET_ACCESS_KEY: 'two words' })
    expect(exitCode).toBe(4)
    expect(stderr).toMatch(/^r2: R2_SECRET_ACCESS_KEY in the environment must be printable ASCII without spaces/)
    expect(stderr).not.toContain('two words')
  })
})
