/** `--no-clobber` against a server that leaves the outcome of a write unknown. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { CommandHarness } from '#test/support/command-harness.js'

const harness = CommandHarness.create()

/** A server on which the object exists. It responds to the first write with 500, and to all others with 412. */
const failingWrites = async (body: string) => {
  const writes: IncomingMessage['headers'][] = []
  const server = createServer((request, response) => {
    request.resume()
    if (request.method !== 'PUT') {
      const etag = `"${createHash('md5').update(body).digest('hex')}"`
      const modified = new Date().toUTCString()
      const headers = { etag, 'last-modified': modified, 'content-length': body.length, 'content-type': 'text/plain' }
      return response.writeHead(200, headers).end()
    }
    writes.push(request.headers)
    return writes.length === 1
      ? response.writeHead(500).end('<Error><Code>InternalError</Code><Message>try again</Message></Error>')
      : response.writeHead(412).end('<Error><Code>PreconditionFailed</Code><Message>it exists</Message></Error>')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    writes,
    env: { ...harness.env, R2_ENDPOINT: `http://127.0.0.1:${(server.address() as AddressInfo).port}` },
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

test('with --no-clobber, a write with unknown outcome succeeds if the existing object is equal', async () => {
  await harness.writeTree({ 'a.txt': 'content' })
  const { writes, env, close } = await failingWrites('content')
  const { exitCode, stderr } = await harness.run(['cp', '--no-clobber', harness.file('a.txt'), 'r2://bucket/a.txt'], {
    env,
  })
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  expect(writes).toHaveLength(1)
  expect(writes[0]).toMatchObject({ 'if-none-match': '*' })
  close()
})

test('with --no-clobber, a write with unknown outcome is skipped if the existing object is different', async () => {
  await harness.writeTree({ 'a.txt': 'content' })
  const { env, close } = await failingWrites('another')
  const { exitCode, stderr } = await harness.run(['cp', '--no-clobber', harness.file('a.txt'), 'r2://bucket/a.txt'], {
    env,
  })
  expect(exitCode).toBe(0)
  expect(stderr).toContain('already exists')
  close()
})
