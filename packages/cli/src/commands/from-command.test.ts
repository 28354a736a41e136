/** `r2 cp --from-command`: the output of a program is stored only if the program succeeds. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import { describe, expect, test } from 'vitest'
import { endingOf, endWith, ProcessHarness, runR2, startR2 } from '#test/support/command-process.js'

const harness = ProcessHarness.create()

/** A Node program from its source. */
const node = (source: string, ...args: string[]) => [process.execPath, '-e', source, '--', ...args]

const copy = (key: string, program: readonly string[], ...options: string[]) =>
  runR2(['cp', '--from-command', ...options, harness.at(key), '--', ...program], harness.env)

const write = (bytes: number) => `require('fs').writeSync(1, Buffer.alloc(${bytes}, 'x'))`
/** More than one part, so that the output is uploaded in parts. */
const writeParts = `for (let i = 0; i < 20; i++) { ${write(1024 * 1024)} }`

test('the output of a successful program is stored, with the content type of the key', async () => {
  const { ended, stdout, stderr } = await copy('made.json', node(`process.stdout.write('{"a":1}')`))
  expect({ ended, stderr }).toEqual({ ended: 0, stderr: '' })
  expect(stdout).toMatch(/^1 object copied, 7 B/)
  expect(await harness.read('made.json')).toBe('{"a":1}')
  const { contentType } = await harness.r2.objects.head({ bucket: harness.bucket, key: 'made.json' })
  expect(contentType).toBe('application/json')
})

test('the program receives its arguments unchanged, without a shell and including options of r2', async () => {
  const program = node(
    `process.stdout.write(JSON.stringify(process.argv.slice(1)))`,
    'a b',
    '$HOME',
    '*',
    '--json',
    '-r',
  )
  expect(await copy('arguments', program)).toMatchObject({ ended: 0 })
  expect(JSON.parse(await harness.read('arguments'))).toEqual(['a b', '$HOME', '*', '--json', '-r'])
})

test('the program has an empty standard input, even if r2 has data on its own', async () => {
  const program = node(`process.stdout.write('got ' + require('fs').readFileSync(0).length)`)
  const child = startR2(['cp', '--from-command', harness.at('input'), '--', ...program], harness.env)
  const ending = endingOf(child)
  child.stdin.on('error', () => undefined)
  child.stdin.write('input for r2')
  expect(await ending).toMatchObject({ ended: 0 })
  expect(await harness.read('input')).toBe('got 0')
})

describe.each([
  ['no bytes', '0'],
  ['one byte', write(1)],
  ['20 MiB, in parts', writeParts],
])('a program that writes %s and then fails', (_name, output) => {
  test.each([
    ['with exit code 3', 'process.exit(3)', /^r2: .* failed with exit code 3\./m],
    ['by a signal', "process.kill(process.pid, 'SIGKILL')", /^r2: .* was ended by SIGKILL\./m],
  ])('%s leaves no object and no upload, and r2 exits with 6', async (_how, failure, message) => {
    const { ended, stdout, stderr } = await copy('broken', node(`${output}; ${failure}`))
    expect(ended).toBe(6)
    expect(stdout).toBe('')
    expect(stderr).toMatch(message)
    expect(stderr).toContain('Nothing was stored')
    expect(await harness.remains('broken')).toEqual({ exists: false, uploads: 0 })
  })
})

test('an existing object is kept when the program fails', async () => {
  await harness.r2.objects.put({ bucket: harness.bucket, key: 'kept', body: 'yesterday' })
  expect(await copy('kept', node(`${write(10)}; process.exit(1)`))).toMatchObject({ ended: 6 })
  expect(await harness.read('kept')).toBe('yesterday')
})

test('messages of the program are printed unchanged, before the error', async () => {
  const { stderr } = await copy('noisy', node(`process.stderr.write('dump: out of memory\\n'); process.exitCode = 3`))
  expect(stderr).toMatch(/^dump: out of memory\nr2: [^\n]+ failed with exit code 3\. [^\n]+\n$/)
})

test.each([
  ['does not exist', '/no/such/program', /there is no such program/],
  ['is not executable', import.meta.filename, /it is not executable/],
])('a program that %s is an error with a reason, and r2 exits with 6', async (_name, program, reason) => {
  const { ended, stderr } = await copy('unstarted', [program])
  expect(ended).toBe(6)
  expect(stderr).toMatch(reason)
  expect(await harness.remains('unstarted')).toEqual({ exists: false, uploads: 0 })
})

test('with --json, the failure of a program has the code CommandFailed', async () => {
  const { stdout } = await copy('json', node('process.exit(3)'), '--json')
  expect(JSON.parse(stdout)).toMatchObject({ event: 'error', exitCode: 6, error: { code: 'CommandFailed' } })
  const ok = await copy('json', node(''), '--json')
  const [done] = ok.stdout.split('\n')
  expect(JSON.parse(String(done))).toMatchObject({ event: 'transfer-done', source: process.execPath, bytes: 0 })
})

/** Prints its process ID, and then waits. */
const waiting = `process.stderr.write(process.pid + '\\n'); setInterval(() => 0, 1000)`

const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    // The process does not exist.
    return false
  }
}

test.each([
  ['a program', waiting],
  ['a program that ignores SIGTERM', `process.on('SIGTERM', () => 0); ${waiting}`],
])('SIGTERM to r2 ends %s, and r2 stores nothing and exits with 143', async (_name, source) => {
  const child = startR2(['cp', '--from-command', harness.at('stopped'), '--', ...node(source)], harness.env)
  const [pid] = await once(createInterface({ input: child.stderr }), 'line')
  const { ended, elapsedMs } = await endWith(child, 'SIGTERM')
  expect(ended).toBe(143)
  expect(elapsedMs).toBeLessThan(2000)
  expect(isRunning(Number(pid))).toBe(false)
  expect(await harness.remains('stopped')).toEqual({ exists: false, uploads: 0 })
})

test('an upload that the server rejects ends the program, and r2 reports the error of the upload', async () => {
  const refusing = createServer((request, response) => {
    request.resume()
    response
      .writeHead(403, { connection: 'close' })
      .end('<Error><Code>AccessDenied</Code><Message>no</Message></Error>')
  })
  refusing.listen(0, '127.0.0.1')
  await once(refusing, 'listening')
  const { port } = refusing.address() as AddressInfo
  const source = `process.stderr.write(process.pid + '\\n'); setInterval(() => process.stdout.write(Buffer.alloc(1 << 20)), 1)`
  const { ended, stderr } = await runR2(['cp', '--from-command', 'r2://bucket/refused', '--', ...node(source)], {
    ...harness.env,
    R2_ENDPOINT: `http://127.0.0.1:${port}`,
  })
  expect(ended).toBe(4)
  expect(isRunning(Number.parseInt(stderr, 10))).toBe(false)
  refusing.closeAllConnections()
  refusing.close()
})

test('a dry run does not start the program', async () => {
  const { ended, stdout } = await copy('dry', node(`${write(1)}; process.exit(1)`), '--dry-run')
  expect(ended).toBe(0)
  expect(stdout).toContain(`→ ${harness.at('dry')}`)
})
