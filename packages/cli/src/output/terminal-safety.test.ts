/** Control characters in text from a server, a file system or the command line are never printed to the terminal. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CommandHarness } from '#test/support/command-harness.js'
import { runCommand } from '#test/support/run-command.js'

const terminalControls = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u
const sequence = '\u001b]0;owned\u0007\u009b2J\u202e'

describe('an error response with escape sequences', () => {
  const server = createServer((request, response) => {
    const text = Buffer.from(`&#27;]0;owned${sequence.slice(1)}`)
    response.setHeader('content-type', 'application/xml')
    if (request.method === 'HEAD') {
      response.writeHead(404).end()
      return
    }
    response
      .writeHead(400)
      .end(
        Buffer.concat([
          Buffer.from('<Error><Code>Odd'),
          text,
          Buffer.from('</Code><Message>no '),
          text,
          Buffer.from('</Message></Error>'),
        ]),
      )
  })
  let env: Record<string, string>
  beforeAll(async () => {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    env = {
      R2_ENDPOINT: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      R2_ACCESS_KEY_ID: '0'.repeat(32),
      R2_SECRET_ACCESS_KEY: 'f'.repeat(64),
    }
  })
  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })

  test.each([
    ['ls', 'r2://bucket'],
    ['cat', 'r2://bucket/key'],
    ['rm', '--force', 'r2://bucket/key'],
    ['ls', 'r2://bucket', '--debug'],
    ['ls', 'r2://bucket', '--json'],
  ])('is printed by r2 %s %s %s without terminal controls', async (...args) => {
    const { exitCode, stdout, stderr } = await runCommand(args.filter(Boolean), { env })
    expect(exitCode).toBe(1)
    expect(stderr).toContain('no ')
    expect(stderr + stdout).not.toMatch(terminalControls)
  })
})

describe('keys and metadata with escape sequences', () => {
  const harness = CommandHarness.create()
  const key = `a\n${sequence}`

  test.each([
    ['ls', '-r'],
    ['ls'],
    ['stat', 'KEY'],
    ['rm', 'KEY', '--verbose'],
    ['rm', '-r', '--dry-run'],
    ['cp', 'KEY', 'COPY', '--verbose'],
    ['cp', '-r', 'BUCKET', 'OUT', '--verbose'],
  ])('are printed as escapes by r2 %s %s', async (...args) => {
    await harness.put(key)
    const address: Record<string, string> = {
      KEY: harness.at(key),
      COPY: harness.at(`${key}2`),
      BUCKET: `r2://${harness.bucket}`,
      OUT: harness.file('out'),
    }
    const given = args.filter(Boolean).map((arg) => address[arg] ?? arg)
    const line = given.some((arg) => arg.startsWith('r2://')) ? given : [...given, `r2://${harness.bucket}`]
    const { stdout, stderr } = await harness.run(line)
    expect(stdout).toContain('\\u001b]0;owned')
    expect(stdout + stderr).not.toMatch(terminalControls)
  })

  test('are exact in JSON lines', async () => {
    await harness.put(key)
    const { stdout, events } = await harness.run(['ls', `r2://${harness.bucket}`, '--json'])
    expect(events).toMatchObject([{ key }])
    expect(stdout).not.toMatch(terminalControls)
  })

  test('are printed unchanged by r2 cat if they are in the bytes of an object', async () => {
    await harness.put('data', sequence)
    expect((await harness.run(['cat', harness.at('data')])).stdout).toBe(sequence)
  })

  test('are printed as escapes in errors and stack traces', async () => {
    const missing = await harness.run(['cp', harness.file(`no\n${sequence}`), harness.at('k'), '--debug'])
    expect(missing.exitCode).toBe(3)
    expect(missing.stderr).not.toMatch(terminalControls)
    expect(missing.stderr.split('\n')[0]).toContain('\\u001b')
  })
})

test.each([
  [[`${sequence}`]],
  [['ls', `--${sequence}`]],
  [['ls', `bucket${sequence}`]],
  [['cp', '--metadata', sequence, 'a', 'r2://b/k']],
  [['help', sequence]],
])('a usage error prints control characters of an argument as escapes: %j', async (args) => {
  const { exitCode, stderr } = await runCommand(args)
  expect(exitCode).toBe(2)
  expect(stderr).toMatch(/^r2: [^\n]+\n$/)
  expect(stderr).not.toMatch(terminalControls)
})
