import { expect, test } from 'vitest'
import { runCommand } from '#test/support/run-command.js'
import { commands } from './commands/index.js'
import { exitCodes } from './exit-codes.js'

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
  [['mb', '--location', 'moon', 'r2://bucket'], /--location must be one of apac/],
  [['presign', '--expires', 'soon', 'r2://bucket/k'], /such as/],
  [['presign', '--expires', '8d', 'r2://bucket/k'], /--expires must be a time from 60s to 7d/],
  [['local', '--port', '65536'], /from 0 to 65535/],
  [['frobnicat'], /unknown command 'frobnicat'\. r2 --help lists the commands\./],
  [['cpp', 'a', 'b'], /Did you mean cp\?/],
  [['uploads', 'lss', 'r2://bucket'], /Did you mean ls\?/],
  [['help', 'frobnicate'], /no command "frobnicate"/],
  [['cp', '--recursve', 'a', 'r2://b'], /Did you mean --recursive\? r2 cp --help explains the command\./],
  [['ls', '--jsn'], /Did you mean --json\?/],
  [['cp'], /missing required argument 'source'/],
  [['ls', 'r2://'], /names no bucket/],
  [['ls', ''], /address is empty/],
  [['ls', 'bucket/key'], /Write r2:\/\/bucket\/key\./],
  [['ls', 'r2:bucket/key'], /Write r2:\/\/bucket\/key\./],
  [['rm', 'R2://bucket/key'], /Write r2:\/\/bucket\/key, or/],
  [['cp', 's3://bucket/key', '.'], /Write r2:\/\/bucket\/key, or/],
  [['cp', 'a', 'r2:/bucket/key'], /Did you mean r2:\/\/bucket\/key\?/],
  [['cp', 'r2://Bucket/key', 'new/folder/file'], /lower-case letters.*"Bucket"/],
  [['cp', 'r2://bucket/key', 'r2://Bucket/key'], /lower-case letters.*"Bucket"/],
  [['cp', '-r', 'r2://bucket', 'r2://Bucket'], /lower-case letters.*"Bucket"/],
  [['cp', '-', `r2://bucket/${'k'.repeat(1025)}`], /1 to 1024 bytes/],
  [['presign', 'r2://Bucket/key'], /lower-case letters.*"Bucket"/],
  [['cp', '--concurrency', 'abc', 'a', 'r2://b'], /--concurrency must be .* but it is "abc"/],
  [['cp', '--part-size', '5116', 'a', 'r2://b'], /--part-size must be a whole number of MiB from 5 to 5115/],
  [['cp', '--content-type', '', 'a', 'r2://b'], /--content-type is empty/],
  [['cp', '--cache-control', 'a\nb', 'a', 'r2://b'], /--cache-control must be printable ASCII/],
  [['cp', '--metadata', 'ä=x', 'a', 'r2://b'], /--metadata\["ä"\] must/],
  [['cp', '--storage-class', 'standard', 'a', 'r2://b'], /--storage-class must be .* Did you mean STANDARD\?/],
  [['presign', '--expires', '10s', 'r2://bucket/k'], /--expires must be a time from 60s to 7d.*"10s"/],
  [['presign', '--method', 'get', 'r2://bucket/k'], /--method must be .* Did you mean GET\?/],
  [['presign', '--content-type', 'a/b', 'r2://bucket/k'], /no effect on a URL for GET\. Add --method PUT/],
  [['presign', '--method', 'PUT', '--content-type', 'text/html', 'r2://bucket/k'], /--content-type must not be text/],
  [['uploads', 'abort', '--older-than', '5', 'r2://bucket'], /--older-than must .* Write 5s, 5m, 5h or 5d\./],
  [['uploads', 'abort', 'r2://bucket'], /--older-than <time>' not specified/],
  [['local', '--host', '300.1.1.1', '--port', '0'], /--host 300\.1\.1\.1 is not an address of this machine/],
  [['cp', '--from-command', 'r2://b/k', 'program'], /takes one address, then --/],
  [['cp', '--from-command', 'r2://b/k', '--'], /takes one address, then --/],
  [['cp', '--from-command', '--', 'program'], /has no target/],
  [['cp', '--from-command', 'r2://b/k', '--', ''], /program of --from-command is empty/],
  [['cp', '--from-command', 'file', '--', 'program'], /not an address on R2/],
  [['cp', '--from-command', 'r2://b/', '--', 'program'], /no name that could be put into a folder/],
  [['cp', '-r', '--from-command', 'r2://b/k', '--', 'program'], /one object\. Leave out --recursive/],
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

test('a usage error is an event of its own in JSON, whichever part of the command line it is about', async () => {
  for (const words of [
    ['frobnicate'],
    ['ls', '--frobnicate'],
    ['ls', 'bucket'],
    ['cp', '--concurrency', '0', 'a', 'b'],
  ]) {
    const { exitCode, events } = await runCommand([...words, '--json'], { env: nowhere })
    expect(exitCode).toBe(2)
    expect(events).toMatchObject([{ version: 1, event: 'error', exitCode: 2, error: { code: 'Usage' } }])
  }
})

test('after -- a word that begins like an option is an address', async () => {
  const { exitCode, stderr } = await runCommand(['cp', '--', '--json', 'r2://bucket/key'], { env: nowhere })
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('cannot read --json') })
})

test('a path or key with * is taken as it is, and the error says so', async () => {
  const path = await runCommand(['cp', 'no-such-*', 'r2://bucket/key'], { env: nowhere })
  expect(path).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('matches the pattern') })
})

test('buckets with two hyphens in a row, which R2 has, can be addressed', async () => {
  expect(await runCommand(['presign', 'r2://a--b/key'], { env: nowhere })).toMatchObject({ exitCode: 0 })
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
  for (const code of Object.values(exitCodes)) expect(stdout).toMatch(new RegExp(`^  ${code} +\\w`, 'm'))
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
