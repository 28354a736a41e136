import { expect, test } from 'vitest'
import { runCommand } from '../../../test/support/run-command.js'
import { commands } from './commands/index.js'

const credentials = { R2_ACCESS_KEY_ID: '0'.repeat(32), R2_SECRET_ACCESS_KEY: 'secret-of-a-test'.repeat(4) }
/** Nothing listens on port 1 of a loopback address. */
const nowhere = { R2_ENDPOINT: 'http://127.0.0.1:1', ...credentials }

test.each([
  [[], /Usage: r2/],
  [['frobnicate'], /unknown command/],
  [['ls', '--frobnicate'], /unknown option/],
  [['cp', 'one'], /missing required argument/],
  [['cp', 'a', 'b', 'c'], /too many arguments/],
  [['cp', 'a', 'b'], /Neither address is on R2/],
  [['cp', '-', '-'], /Neither address is on R2/],
  [['cp', 'a', 's3://b/k'], /not an address of R2/],
  [['cp', '-', 'r2://b/'], /no name that could be put into a folder/],
  [['cp', '-r', '-', 'r2://b/k'], /not a folder/],
  [['cp', '-r', 'r2://b/k', '-'], /cannot go to standard output/],
  [['cp', '--json', 'r2://b/k', '-'], /cannot carry both/],
  [['cp', 'r2://b', 'file'], /is a bucket/],
  [['cp', '.', 'r2://b'], /is a folder/],
  [['cp', '-r', 'r2://b/a', 'r2://b/a/b'], /lies within the source/],
  [['cp', '--concurrency', '0', 'a', 'r2://b'], /from 1 to 256/],
  [['cp', '--metadata', 'x', 'a', 'r2://b'], /name=value/],
  [['cp', '--storage-class', 'GLACIER', 'a', 'r2://b'], /STANDARD/],
  [['mv', 'r2://b/k', 'r2://b/k'], /are the same/],
  [['mv', 'r2://b/d/k', 'r2://b/d/'], /are the same/],
  [['mv', 'r2://b/k', 'r2://b'], /are the same/],
  [['mv', '-', 'r2://b/k'], /pipe cannot be moved/],
  [['rm', 'r2://b'], /names a bucket/],
  [['stat', './file'], /not an address on R2/],
  [['cat', '--json', 'r2://b/k'], /the object itself/],
  [['mb', 'r2://b/k'], /not a bucket/],
  [['mb', '--location', 'moon', 'r2://bucket'], /Allowed choices/],
  [['presign', '--expires', 'soon', 'r2://bucket/k'], /such as/],
  [['presign', '--expires', '8d', 'r2://bucket/k'], /604800/],
  [['local', '--port', '65536'], /from 0 to 65535/],
  [['local', '--memory', '--data', 'x'], /exclude each other/],
])('the words %j are a usage error that says why', async (words, reason) => {
  const result = await runCommand(words, { env: nowhere })
  expect(result.stderr).toMatch(reason)
  expect(result.exitCode).toBe(2)
  expect(result.stderr).not.toMatch(/^ {4}at /m)
})

test('without an endpoint it is a usage error, without credentials one of authentication', async () => {
  const noPlace = await runCommand(['ls'], { env: credentials })
  expect(noPlace).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('R2_ACCOUNT_ID') })
  const nobody = await runCommand(['ls'], { env: { R2_ENDPOINT: 'http://127.0.0.1:1', R2_ACCESS_KEY_ID: '' } })
  expect(nobody).toMatchObject({ exitCode: 4, stderr: expect.stringContaining('R2_SECRET_ACCESS_KEY') })
})

test('what is not reachable now is a temporary failure', async () => {
  const result = await runCommand(['ls', '--json'], { env: nowhere })
  expect(result.exitCode).toBe(5)
  expect(result.events).toMatchObject([{ version: 1, event: 'error', exitCode: 5, error: { retryable: true } }])
})

test('an error is one line on standard error, and a stack only with --debug', async () => {
  const brief = await runCommand(['ls', 'r2://bucket'], { env: nowhere })
  expect(brief.stderr).toMatch(/^r2: [^\n]+\n$/)
  const long = await runCommand(['ls', 'r2://bucket', '--debug'], { env: nowhere })
  expect(long.stderr).toMatch(/^ {4}at /m)
  for (const { stderr } of [brief, long]) expect(stderr).not.toContain(nowhere.R2_SECRET_ACCESS_KEY)
})

test('plain HTTP goes to this machine only, unless the user says so', async () => {
  const result = await runCommand(['ls', '--endpoint', 'http://example.com'], { env: credentials })
  expect(result).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('HTTP') })
})

test('an account on the command line is stronger than an endpoint in the environment', async () => {
  const words = ['presign', 'r2://bucket/key', '--account-id', 'a'.repeat(32), '--jurisdiction', 'eu']
  const { stdout } = await runCommand(words, { env: nowhere })
  expect(stdout).toMatch(/^https:\/\/a{32}\.eu\.r2\.cloudflarestorage\.com\/bucket\/key\?/)
})

test('the general help names every command, every exit code and the environment', async () => {
  const { stdout, exitCode } = await runCommand(['--help'])
  expect(exitCode).toBe(0)
  for (const { name, summary } of commands)
    expect(stdout).toMatch(new RegExp(`^  ${name} .*${summary.slice(0, 8)}`, 'm'))
  for (const code of [0, 1, 2, 3, 4, 5, 130]) expect(stdout).toMatch(new RegExp(`^  ${code} +\\w`, 'm'))
  expect(stdout).toContain('R2_SESSION_TOKEN')
})

test.each(commands.map(({ name }) => name))('the help of %s has a paragraph and examples', async (name) => {
  const { stdout, exitCode } = await runCommand([name, '--help'])
  expect(exitCode).toBe(0)
  expect(stdout).toMatch(/Examples:\n {2}\$ /)
  expect(stdout).toContain('--endpoint')
  expect(await runCommand(['help', name])).toMatchObject({ stdout, exitCode: 0 })
})

test('the version is that of the package', async () => {
  expect(await runCommand(['--version'])).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
  })
})
