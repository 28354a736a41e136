import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { errorOf } from '#test/support/results.js'
import { VirtualClock } from '#test/support/virtual-clock.js'
import { resolveCredentials } from '../../security/index.js'
import { fromSharedCredentialsFile } from '../index.js'

let home = ''
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'r2kit-home-'))
  await mkdir(join(home, '.aws'))
})
afterAll(() => rm(home, { recursive: true, force: true }))

const secret = 'fedcba9876543210'.repeat(4)
const keys = (id: string) => `aws_access_key_id = ${id}\naws_secret_access_key = ${secret}\n`
const credentialsPath = () => join(home, '.aws', 'credentials')
const configPath = () => join(home, '.aws', 'config')

/** Reads with these two files below the home folder; undefined for a file that does not exist. */
const read = async (
  files: { credentials?: string; config?: string },
  options: { profile?: string } = {},
  environment: Record<string, string> = {},
) => {
  for (const [path, text] of [
    [credentialsPath(), files.credentials],
    [configPath(), files.config],
  ] as const)
    await (text === undefined ? rm(path, { force: true, recursive: true }) : writeFile(path, text))
  return fromSharedCredentialsFile({ ...options, environment: { HOME: home, ...environment } })()
}

describe('fromSharedCredentialsFile', () => {
  test('reads the default profile below the home folder', async () => {
    expect(await read({ credentials: `[default]\n${keys('D')}` })).toMatchObject({ accessKeyId: 'D' })
  })

  test('prefers the option to AWS_PROFILE, and that to the default profile', async () => {
    const files = { credentials: `[default]\n${keys('D')}[a]\n${keys('A')}`, config: `[profile b]\n${keys('B')}` }
    expect(await read(files, {}, { AWS_PROFILE: 'a' })).toMatchObject({ accessKeyId: 'A' })
    expect(await read(files, { profile: 'b' }, { AWS_PROFILE: 'a' })).toMatchObject({ accessKeyId: 'B' })
    expect(await read(files, {}, { AWS_PROFILE: '' })).toMatchObject({ accessKeyId: 'D' })
  })

  test('reads the files that AWS_SHARED_CREDENTIALS_FILE and AWS_CONFIG_FILE name, with ~/ for the home folder', async () => {
    await writeFile(join(home, 'elsewhere'), `[default]\n${keys('E')}`)
    const credentials = `[default]\n${keys('D')}`
    expect(await read({ credentials }, {}, { AWS_SHARED_CREDENTIALS_FILE: '~/elsewhere' })).toMatchObject({
      accessKeyId: 'E',
    })
    await writeFile(join(home, 'config'), `[profile c]\n${keys('C')}`)
    expect(await read({ credentials }, { profile: 'c' }, { AWS_CONFIG_FILE: join(home, 'config') })).toMatchObject({
      accessKeyId: 'C',
    })
  })

  test('reads the expiry that tools for temporary credentials write', async () => {
    const temporary = `[default]\n${keys('D')}aws_session_token = T\nx_security_token_expires = 2026-01-01T14:00:00+01:00\n`
    expect(await read({ credentials: temporary })).toMatchObject({ expiresAt: new Date('2026-01-01T13:00:00Z') })
    const vague = `[default]\n${keys('D')}x_security_token_expires = 2026-01-01 14:00:00\n`
    expect(await read({ credentials: vague })).not.toHaveProperty('expiresAt')
  })

  test('reads rotated keys after reloadAfterMs, and keeps the earlier ones while the file is being replaced', async () => {
    const clock = new VirtualClock()
    await writeFile(credentialsPath(), `[default]\n${keys('first')}`)
    const provider = fromSharedCredentialsFile({ environment: { HOME: home }, reloadAfterMs: 60_000 })
    const source = resolveCredentials(provider, clock)
    const current = async () => (await source.current()).accessKeyId
    const settled = () => new Promise((resolve) => setTimeout(resolve, 20))
    expect(await current()).toBe('first')
    await writeFile(credentialsPath(), '[def')
    await clock.advance(60_000)
    expect(await current()).toBe('first')
    await settled()
    await writeFile(credentialsPath(), `[default]\n${keys('second')}`)
    await clock.advance(10_000)
    expect(await current()).toBe('first')
    await settled()
    expect(await current()).toBe('second')
    source.dispose()
  })

  test.each<[string, { credentials?: string; config?: string }, string, string, string]>([
    [
      'neither file exists',
      {},
      'r2',
      'profile "r2" was not found: neither HOME/.aws/credentials nor HOME/.aws/config exists',
      'AWS_SHARED_CREDENTIALS_FILE',
    ],
    [
      'the name is misspelt',
      { credentials: `[production]\n${keys('A')}` },
      'prodction',
      'profile "prodction" was not found in HOME/.aws/credentials',
      'Did you mean "production"?',
    ],
    [
      'the profile is unknown',
      { credentials: `[a]\n${keys('A')}`, config: `[profile b]\n${keys('B')}[services s]\nx = 1` },
      'r2-uploads',
      'was not found in HOME/.aws/credentials or HOME/.aws/config',
      'They have "a", "b".',
    ],
    [
      'the section has the form of the config file',
      { credentials: `[profile a]\n${keys('A')}` },
      'a',
      'profile "a" was not found',
      'Write [a] instead of [profile a] in HOME/.aws/credentials.',
    ],
    [
      'the section has the form of the credentials file',
      { config: `[a]\n${keys('A')}` },
      'a',
      'profile "a" was not found',
      'Write [profile a] instead of [a] in HOME/.aws/config.',
    ],
    [
      'a key is missing',
      { credentials: `[a]\naws_access_key_id = A` },
      'a',
      'profile "a" in HOME/.aws/credentials has aws_access_key_id, but no aws_secret_access_key',
      'Add aws_secret_access_key.',
    ],
    [
      'a name is misspelt',
      { credentials: `[a]\naws_access_key_id = A\naws_secret_acess_key = ${secret}` },
      'a',
      'but no aws_secret_access_key',
      'It has "aws_secret_acess_key". Rename it to aws_secret_access_key.',
    ],
    [
      'the profile is for SSO',
      { config: '[profile a]\nsso_session = s' },
      'a',
      'profile "a" in HOME/.aws/config has sso_session',
      'a function',
    ],
    [
      'a value is in quotes',
      { credentials: `[a]\naws_access_key_id = A\naws_secret_access_key = "${secret}"` },
      'a',
      'aws_secret_access_key of profile "a" in HOME/.aws/credentials must be printable ASCII without spaces, but it is in quotes',
      'Remove the quotes',
    ],
    [
      'the keys are swapped',
      { credentials: `[a]\naws_access_key_id = ${secret}\naws_secret_access_key = ${'0'.repeat(32)}` },
      'a',
      'are swapped',
      'Exchange',
    ],
  ])('names file and profile, and shows no value, if %s', async (_what, files, profile, message, hint) => {
    const error = await errorOf(read(files, { profile }))
    expect(error.code).toBe('InvalidCredentials')
    expect(error.message.replaceAll(home, 'HOME')).toContain(message)
    expect(error.hint?.replaceAll(home, 'HOME')).toContain(hint)
    expect(inspect(error, { showHidden: true })).not.toContain('fedcba')
  })

  test('names a file that cannot be read', async () => {
    await rm(credentialsPath(), { force: true })
    await mkdir(credentialsPath())
    const error = await errorOf(Promise.resolve(fromSharedCredentialsFile({ environment: { HOME: home } })()))
    expect(error.message).toBe(`the file ${credentialsPath()} could not be read: it is a folder`)
    await rm(credentialsPath(), { recursive: true })
  })
})
