/** Variables of the environment whose names are nearly those of settings. */
import { describe, expect, test } from 'vitest'
import { loadConfig, problemsOf } from '../config.js'

const environment = {
  R2_ACCOUNT_ID: '0123456789abcdef0123456789abcdef',
  R2_ACCESS_KEY_ID: '0'.repeat(32),
  R2_SECRET_ACCESS_KEY: 'private-'.repeat(8),
}
const problemsWith = (variables: Readonly<Record<string, string>>) =>
  loadConfig({ environment: { ...environment, ...variables } }).then(
    () => [],
    (error: unknown) => problemsOf(error).map(({ field, hint }) => `${field}: ${hint}`),
  )

describe('a variable', () => {
  test.each([
    ['R2_INTEGRETY', 'R2_INTEGRITY'],
    ['R2_ADRESSING', 'R2_ADDRESSING'],
    ['R2_PROFIEL', 'R2_PROFILE'],
    ['R2_CONFG', 'R2_CONFIG'],
    ['R2_SESSION_TOKN', 'R2_SESSION_TOKEN'],
    ['R2_TIMEOUT_LIST_SECONDS', 'R2_TIMEOUTS_LIST_SECONDS'],
    ['R2_CONNECTIONPOOL_HTTP2', 'R2_CONNECTION_POOL_HTTP2'],
  ])('that is misspelt (%s) is a problem, with the name that was meant', async (name, meant) => {
    expect(await problemsWith({ [name]: 'x' })).toEqual([`${name}: Rename it to ${meant}.`])
  })

  test.each([
    'R2_FOO',
    'R2_BUCKET',
    'R2_SECRET',
    'R2_PROFILES',
    'R2_CONFIG_DIR',
    'R2_ENDPOINT_URL',
    'R2_ACCOUNT',
    'R2D2',
  ])('of another program (%s) is ignored', async (name) => {
    expect(await problemsWith({ [name]: 'x' })).toEqual([])
  })

  test('is ignored where it is empty, or where the variable that it resembles is set', async () => {
    expect(await problemsWith({ R2_INTEGRETY: '' })).toEqual([])
    expect(await problemsWith({ R2_INTEGRETY: 'x', R2_INTEGRITY: 'crc32c' })).toEqual([])
  })
})
