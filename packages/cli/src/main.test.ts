import { expect, test } from 'vitest'
import { runCommand } from '#test/support/run-command.js'
import { commands } from './commands/index.js'
import { exitCodes } from './errors/exit-codes.js'

const credentials = { R2_ACCESS_KEY_ID: '0'.repeat(32), R2_SECRET_ACCESS_KEY: 'secret-of-a-test'.repeat(4) }
/** An endpoint without a server: nothing listens on port 1. */
const unreachable = { R2_ENDPOINT: 'http://127.0.0.1:1', ...credentials }

test.each([
  [[], /Usage: r2/],
  [['frobnicate'], /unknown command/],
  [['ls', '--frobnicate'], /unknown option/],
  [['cp', 'one'], /missing required argument/],
  [['cp', 'a', 'b', 'c'], /too many arguments/],
  [['cp', 'a', 'b'], /Neither address is on R2/],
  [['cp', '-', '-'], /Neither address is on R2/],
  [['cp', 'a', 's3://b/k'], /not a scheme of R2/],
  [['cp', '-', 'r2://b/'], /no name to use in it/],
  [['cp', '-r', '-', 'r2://b/k'], /not a folder/],
  [['cp', '-r', 'r2://b/k', '-'], /cannot be written to standard output/],
  [['cp', '--json', 'r2://b/k', '-'], /cannot carry both/],
  [['cp', 'r2://b', 'file'], /is a bucket/],
  [['cp', '.', 'r2://b'], /is a folder/],
  [['cp', '-r', 'r2://b/a', 'r2://b/a/b'], /is within the source/],
  [['cp', '--concurrency', '0', 'a', 'r2://b'], /from 1 to 256/],
  [['cp', '--metadata', 'x', 'a', 'r2://b'], /name=value/],
  [['cp', '--storage-class', 'GLACIER', 'a', 'r2://b'], /STANDARD/],
  [['mv', 'r2://b/k', 'r2://b/k'], /are the same/],
  [['mv', 'r2://b/d/k', 'r2://b/d/'], /are the same/],
  [['mv', 'r2://b/k', 'r2://b'], /are the same/],
  [['mv', '-', 'r2://b/k'], /pipe cannot be moved/],
  [['rm', 'r2://b'], /is a bucket/],
  [['stat', './file'], /not an R2 address/],
  [['cat', '--json', 'r2://b/k'], /the object itself/],
  [['mb', 'r2://b/k'], /not a bucket/],
  [['mb', '--location', 'moon', 'r2://bucket'], /--location must be one of apac/],
  [['presign', '--expires', 'soon', 'r2://bucket/k'], /such as/],
  [['presign', '--expires', '8d', 'r2://bucket/k'], /--expires must be a time from 1s to 7d/],
  [['local', '--port', '65536'], /from 0 to 65535/],
  [['frobnicat'], /unknown command 'frobnicat'\. Run r2 --help for a list of commands\./],
  [['cpp', 'a', 'b'], /Did you mean cp\?/],
  [['uploads', 'lss', 'r2://bucket'], /Did you mean ls\?/],
  [['help', 'frobnicate'], /no help for "frobnicate"/],
  [['cp', '--recursve', 'a', 'r2://b'], /Did you mean --recursive\? Run r2 cp --help for usage\./],
  [['ls', '--jsn'], /Did you mean --json\?/],
  [['cp'], /missing required argument 'source'/],
  [['ls', 'r2://'], /has no bucket/],
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
  [['presign', '--expires', '0s', 'r2://bucket/k'], /--expires must be a time from 1s to 7d.*"0s"/],
  [['presign', '--method', 'get', 'r2://bucket/k'], /--method must be .* Did you mean GET\?/],
  [['presign', '--content-type', 'a/b', 'r2://bucket/k'], /no effect on a URL for GET\. Add --method PUT/],
  [['presign', '--method', 'PUT', '--content-type', 'text/html', 'r2://bucket/k'], /--content-type must not be text/],
  [['uploads', 'abort', '--older-than', '5', 'r2://bucket'], /--older-than must .* Write 5s, 5m, 5h or 5d\./],
  [['uploads', 'abort', 'r2://bucket'], /--older-than <time>' not specified/],
  [['local', '--host', '300.1.1.1', '--port', '0'], /--host 300\.1\.1\.1 is not an address of this machine/],
  [['cp', '--from-command', 'r2://b/k', 'program'], /requires one address, then --/],
  [['cp', '--from-command', 'r2://b/k', '--'], /requires one address, then --/],
  [['cp', '--from-command', '--', 'program'], /has no target/],
  [['cp', '--from-command', 'r2://b/k', '--', ''], /program of --from-command is empty/],
  [['cp', '--from-command', 'file', '--', 'program'], /not an R2 address/],
  [['cp', '--from-command', 'r2://b/', '--', 'program'], /no name to use in it/],
  [['cp', '-r', '--from-command', 'r2://b/k', '--', 'program'], /one object\. Leave out --recursive/],
  [['local', '--memory', '--data', 'x'], /mutually exclusive/],
])('the arguments %j are a usage error with a reason', async (args, reason) => {
  const result = await runCommand(args, { env: unreachable })
  expect(result.stderr).toMatch(reason)
  expect(result.exitCode).toBe(2)
  expect(result.stderr).not.toMatch(/^ {4}at /m)
})

test('a missing endpoint is a usage error, missing credentials are an authentication error', async () => {
  const noEndpoint = await runCommand(['ls'], { env: credentials })
  expect(noEndpoint).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('R2_ACCOUNT_ID') })
  const noCredentials = await runCommand(['ls'], { env: { R2_ENDPOINT: 'http://127.0.0.1:1', R2_ACCESS_KEY_ID: '' } })
  expect(noCredentials).toMatchObject({ exitCode: 4, stderr: expect.stringContaining('R2_SECRET_ACCESS_KEY') })
})

test('with --json, a usage error in any part of the command line is an error event', async () => {
  for (const args of [
    ['frobnicate'],
    ['ls', '--frobnicate'],
    ['ls', 'bucket'],
    ['cp', '--concurrency', '0', 'a', 'b'],
  ]) {
    const { exitCode, events } = await runCommand([...args, '--json'], { env: unreachable })
    expect(exitCode).toBe(2)
    expect(events).toMatchObject([{ version: 1, event: 'error', exitCode: 2, error: { code: 'Usage' } }])
  }
})

test('an argument after -- that starts like an option is an address', async () => {
  const { exitCode, stderr } = await runCommand(['cp', '--', '--json', 'r2://bucket/key'], { env: unreachable })
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('cannot read --json') })
})

test('the error for a missing path with * explains that paths are literal', async () => {
  const path = await runCommand(['cp', 'no-such-*', 'r2://bucket/key'], { env: unreachable })
  expect(path).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('matches the pattern') })
})

test('a bucket name with two consecutive hyphens, which R2 allows, is accepted', async () => {
  expect(await runCommand(['presign', 'r2://a--b/key'], { env: unreachable })).toMatchObject({ exitCode: 0 })
})

test('an unreachable server is a temporary failure', async () => {
  const result = await runCommand(['ls', '--json'], { env: unreachable })
  expect(result.exitCode).toBe(5)
  expect(result.events).toMatchObject([{ version: 1, event: 'error', exitCode: 5, error: { retryable: true } }])
})

test('an error is one line on standard error, with a stack trace only with --debug', async () => {
  const brief = await runCommand(['ls', 'r2://bucket'], { env: unreachable })
  expect(brief.stderr).toMatch(/^r2: [^\n]+\n$/)
  const long = await runCommand(['ls', 'r2://bucket', '--debug'], { env: unreachable })
  expect(long.stderr).toMatch(/^ {4}at /m)
  for (const { stderr } of [brief, long]) expect(stderr).not.toContain(unreachable.R2_SECRET_ACCESS_KEY)
})

test('plain HTTP to another machine is rejected without --allow-insecure-endpoint', async () => {
  const result = await runCommand(['ls', '--endpoint', 'http://example.com'], { env: credentials })
  expect(result).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('HTTP') })
})

test('an account on the command line takes precedence over an endpoint in the environment', async () => {
  const args = ['presign', 'r2://bucket/key', '--account-id', 'a'.repeat(32), '--jurisdiction', 'eu']
  const { stdout } = await runCommand(args, { env: unreachable })
  expect(stdout).toMatch(/^https:\/\/a{32}\.eu\.r2\.cloudflarestorage\.com\/bucket\/key\?/)
})

test('the general help lists every command, every exit code and the environment variables', async () => {
  const { stdout, exitCode } = await runCommand(['--help'])
  expect(exitCode).toBe(0)
  for (const { name, summary } of commands)
    expect(stdout).toMatch(new RegExp(`^  ${name} .*${summary.slice(0, 8)}`, 'm'))
  for (const code of Object.values(exitCodes)) expect(stdout).toMatch(new RegExp(`^  ${code} +\\w`, 'm'))
  expect(stdout).toContain('R2_SESSION_TOKEN')
})

test.each(commands.map(({ name }) => name))(
  'the help of %s has a description, at least two examples and a description of every argument and option',
  async (name) => {
    const { stdout, exitCode } = await runCommand([name, '--help'])
    expect(exitCode).toBe(0)
    const [, examples = ''] = /^Examples:\n([\s\S]*)/m.exec(stdout) ?? []
    expect(examples.match(/^ {2}\$ r2|^ {2}\$ .*\br2 /gm)?.length).toBeGreaterThanOrEqual(2)
    expect(stdout).toMatch(/^Usage: r2 .*\n(?: +r2 .*\n)?\n[A-Z]/)
    expect(stdout).toContain('--endpoint')
    // An argument or option without a description would be a line of its own, followed by no further column.
    const [, terms = ''] = /^(?:Arguments|Options):\n([\s\S]*?)^Global Options:/m.exec(stdout) ?? []
    for (const line of terms.split('\n').filter((text) => /^ {2}\S/.test(text)))
      expect(line).toMatch(/^ {2}\S.*? {2,}\w/)
    expect(await runCommand(['help', name])).toMatchObject({ stdout, exitCode: 0 })
  },
)

test('--version prints the version of the package', async () => {
  expect(await runCommand(['--version'])).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
  })
})
