import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { errorOf } from '#test/support/results.js'
import { revealSecret, type Secret } from '../security/index.js'
import { fromEnvironment } from './index.js'

const id = '0123456789abcdef0123456789abcdef'
const secret = 'fedcba9876543210'.repeat(4)

const read = async (environment: Record<string, string>, prefixes?: ('R2' | 'AWS')[]) => {
  const found = await fromEnvironment({ environment, prefixes })()
  const plain = (value: unknown) => (value === undefined ? undefined : revealSecret(value as Secret))
  return { ...found, secretAccessKey: plain(found.secretAccessKey), sessionToken: plain(found.sessionToken) }
}
const r2 = { R2_ACCESS_KEY_ID: id, R2_SECRET_ACCESS_KEY: secret }
const aws = { AWS_ACCESS_KEY_ID: 'aws-id', AWS_SECRET_ACCESS_KEY: 'aws-secret' }

describe('fromEnvironment', () => {
  test('reads the R2 variables, and the session token where it is set', async () => {
    expect(await read(r2)).toEqual({ accessKeyId: id, secretAccessKey: secret, sessionToken: undefined })
    expect(await read({ ...r2, R2_SESSION_TOKEN: 'token' })).toMatchObject({ sessionToken: 'token' })
    expect(await read({ ...r2, R2_SESSION_TOKEN: '' })).toMatchObject({ sessionToken: undefined })
    const misspelt = await errorOf(read({ ...r2, R2_SESION_TOKEN: 'token' }))
    expect(misspelt).toMatchObject({ code: 'InvalidCredentials', hint: 'Rename it to R2_SESSION_TOKEN.' })
  })

  test('reads the AWS variables only where they are asked for, with their expiry', async () => {
    expect((await errorOf(read(aws))).message).toContain('no R2_ACCESS_KEY_ID')
    const expiring = { ...aws, AWS_SESSION_TOKEN: 't', AWS_CREDENTIAL_EXPIRATION: '2026-01-31T12:00:00Z' }
    expect(await read(expiring, ['R2', 'AWS'])).toEqual({
      accessKeyId: 'aws-id',
      secretAccessKey: 'aws-secret',
      sessionToken: 't',
      expiresAt: new Date('2026-01-31T12:00:00Z'),
    })
  })

  test('never combines values of two prefixes', async () => {
    const found = await read({ ...r2, ...aws, AWS_SESSION_TOKEN: 'of AWS' }, ['R2', 'AWS'])
    expect(found).toMatchObject({ accessKeyId: id, sessionToken: undefined })
  })

  test('removes spaces and line breaks around values, which no key has', async () => {
    expect(await read({ R2_ACCESS_KEY_ID: ` ${id}\r\n`, R2_SECRET_ACCESS_KEY: `${secret}\n` })).toMatchObject({
      accessKeyId: id,
      secretAccessKey: secret,
    })
  })

  test('reads the variables again at each call', async () => {
    const environment: Record<string, string> = { ...r2 }
    const provider = fromEnvironment({ environment })
    expect((await provider()).accessKeyId).toBe(id)
    environment.R2_ACCESS_KEY_ID = 'rotated'
    expect((await provider()).accessKeyId).toBe('rotated')
  })

  test.each<[string, Record<string, string>, string, string]>([
    ['nothing is set', {}, 'the environment has no R2_ACCESS_KEY_ID and no R2_SECRET_ACCESS_KEY', 'Set both.'],
    ['a variable is empty', { R2_ACCESS_KEY_ID: '' }, 'has no R2_ACCESS_KEY_ID', 'R2_ACCESS_KEY_ID is set, but empty.'],
    [
      'half is missing',
      { R2_ACCESS_KEY_ID: id },
      'R2_ACCESS_KEY_ID is set, but R2_SECRET_ACCESS_KEY is not set',
      'remove both',
    ],
    [
      'half is empty',
      { ...r2, R2_ACCESS_KEY_ID: ' ' },
      'R2_SECRET_ACCESS_KEY is set, but R2_ACCESS_KEY_ID is empty',
      'Set R2_ACCESS_KEY_ID',
    ],
    [
      'the name is wrong',
      { R2_SECRET_KEY: secret },
      'the environment has no',
      'It has R2_SECRET_KEY. Rename it to R2_SECRET_ACCESS_KEY, and set both.',
    ],
    [
      'a value is in quotes',
      { ...r2, R2_SECRET_ACCESS_KEY: `"${secret}"` },
      'R2_SECRET_ACCESS_KEY must be printable ASCII without spaces, but it is in quotes',
      'docker --env-file',
    ],
    [
      'the values are swapped',
      { R2_ACCESS_KEY_ID: secret, R2_SECRET_ACCESS_KEY: id },
      'R2_ACCESS_KEY_ID and R2_SECRET_ACCESS_KEY are swapped',
      'Exchange',
    ],
    [
      'a value has a space',
      { ...r2, R2_SECRET_ACCESS_KEY: `${secret} x` },
      'R2_SECRET_ACCESS_KEY must be printable ASCII',
      '32 characters',
    ],
  ])('rejects with name and advice, and shows no value, if %s', async (_what, environment, message, hint) => {
    const error = await errorOf(read(environment))
    expect(error).toMatchObject({ code: 'InvalidCredentials', kind: 'Auth' })
    expect(error.message).toContain(message)
    expect(error.hint).toContain(hint)
    expect(inspect(error, { showHidden: true, depth: 9 })).not.toContain('fedcba')
  })

  test('rejects unknown options with the nearest name, before any call', () => {
    // @ts-expect-error - the option is `prefixes`
    expect(() => fromEnvironment({ prefix: ['R2'] })).toThrow(
      expect.objectContaining({ code: 'InvalidConfig', hint: expect.stringContaining('prefixes') }),
    )
    // @ts-expect-error - the prefix has no underscore
    expect(() => fromEnvironment({ prefixes: ['R2_'] })).toThrow(expect.objectContaining({ code: 'InvalidConfig' }))
  })

  test('returns secrets that a log does not show', async () => {
    expect(inspect(await fromEnvironment({ environment: r2 })())).not.toContain('fedcba')
  })
})
