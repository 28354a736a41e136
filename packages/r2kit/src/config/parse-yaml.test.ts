import { loadConfig } from 'r2kit/config'
import { expect, test, vi } from 'vitest'
import { errorOf } from '#test/support/results.js'

vi.mock('yaml', () => {
  throw new Error("Cannot find package 'yaml'")
})

const environment = {
  R2_ACCOUNT_ID: '0'.repeat(32),
  R2_ACCESS_KEY_ID: '1'.repeat(32),
  R2_SECRET_ACCESS_KEY: '2'.repeat(64),
}

test('a file without the package yaml fails with the way to install it, and the environment needs no package', async () => {
  expect(await errorOf(loadConfig({ text: 'cloudflare_r2: {}', environment }))).toMatchObject({
    code: 'InvalidConfig',
    message: 'YAML cannot be read: the package yaml is not installed',
    hint: 'Install it: npm install yaml.',
  })
  expect((await loadConfig({ environment })).options).toMatchObject({ accountId: '0'.repeat(32) })
})
