/** A pending call keeps the process alive until it has an outcome, and no longer. */
import { describe, expect, test } from 'vitest'
import { rawServer, responding } from '#test/support/raw-server.js'
import { runScript } from '#test/support/run-script.js'

/** The beginning of a script: a client of `origin`, and a way to print an outcome. */
const client = (origin: string, options = '') => `
  const { FetchTransport, R2Client } = await import('r2kit')
  const credentials = { accessKeyId: 'a'.repeat(32), secretAccessKey: 'b'.repeat(64) }
  const endpoint = ${JSON.stringify(origin)}
  const r2 = new R2Client({ endpoint, credentials, retry: { maxAttempts: 1 }, ${options} })
  const object = { bucket: 'bucket', key: 'k' }
  const code = ({ code }) => code
`

const objectHead = 'etag: "e"\r\nlast-modified: Thu, 01 Jan 2026 00:00:00 GMT\r\n'

/** A body that exceeds the socket buffers and the read-ahead. */
const serveLarge = responding((_, __, peer) =>
  peer.response(200, Buffer.alloc(4_000_000), { etag: '"e"', 'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT' }),
)

test('the process stays alive while a call waits for its next attempt', async () => {
  const script = `${client('http://127.0.0.1:1', 'retry: { baseDelayMs: 1 }')}
    await r2.objects.get(object).catch(({ code, attempts }) => console.log(code, attempts))
  `
  expect(await runScript(script)).toMatchObject({ stdout: 'ConnectionFailed 3\n', exitCode: 0 })
})

test('an import changes nothing in the process, and an idle connection does not keep it alive', async () => {
  await using server = await rawServer(responding((_, __, peer) => peer.response(200, 'ok', { etag: '"e"' })))
  const script = `
    const before = process.eventNames().length
    ${client(server.origin)}
    await r2.objects.put({ ...object, body: 'x' }, { timeoutMs: 600000 })
    const dispatcher = globalThis[Symbol.for('undici.globalDispatcher.1')]
    console.log(JSON.stringify({ dispatcher: dispatcher === undefined, listeners: process.eventNames().length - before }))
  `
  const { stdout } = await runScript(script)
  expect(JSON.parse(stdout)).toEqual({ dispatcher: true, listeners: 0 })
})

describe.each([
  ['undici', ''],
  ['fetch', 'transport: new FetchTransport(),'],
])('over %s, a pending call keeps the process alive', (_, transport) => {
  const options = `${transport} timeouts: { smallObjectMs: 300, stallTimeoutMs: 300 }`

  test('until its timeout, where the server sends no response', async () => {
    await using server = await rawServer(async (peer) => {
      await peer.request()
    })
    const script = `${client(server.origin, options)}
      console.log(await r2.objects.get(object).catch(code))
    `
    expect(await runScript(script)).toMatchObject({ stdout: 'Timeout\n', exitCode: 0 })
  })

  test('until its stall timeout, where a body stalls', async () => {
    await using server = await rawServer(async (peer) => {
      await peer.request()
      peer.send(`HTTP/1.1 200 OK\r\n${objectHead}content-length: 100\r\n\r\nabc`)
    })
    const script = `${client(server.origin, options)}
      const { body } = await r2.objects.getStream(object, { resume: false })
      const reader = body.getReader()
      await reader.read()
      console.log(await reader.read().catch(code))
    `
    expect(await runScript(script)).toMatchObject({ stdout: 'StreamInterrupted\n', exitCode: 0 })
  })

  test('after dispose() for a second at most, with a body that is neither read nor cancelled', async () => {
    await using server = await rawServer(serveLarge)
    const script = `${client(server.origin, transport)}
      const { body } = await r2.objects.getStream(object, { resume: false })
      await new Promise((resolve) => setTimeout(resolve, 200))
      const startMs = performance.now()
      await r2.dispose()
      console.log(performance.now() - startMs < 2500)
      const reader = body.getReader()
      console.log(await reader.read().then(() => 'more', code))
    `
    expect(await runScript(script)).toMatchObject({ stdout: 'true\nClientClosed\n', exitCode: 0 })
  })

  test('but a body that is never read does not', async () => {
    await using server = await rawServer(serveLarge)
    const script = `${client(server.origin, transport)}
      const { size } = await r2.objects.getStream(object)
      console.log(size)
    `
    expect(await runScript(script)).toMatchObject({ stdout: '4000000\n', exitCode: 0 })
  })
})

// Only undici: Node's own fetch keeps the socket for 10 s after an abort.
test('a call keeps the process alive until its timeout while a TLS handshake is pending, and no longer', async () => {
  await using server = await rawServer(() => undefined)
  const script = `${client(server.origin.replace('http:', 'https:'), 'timeouts: { smallObjectMs: 300 }')}
      console.log(await r2.objects.get(object).catch(code))
    `
  expect(await runScript(script)).toMatchObject({ stdout: 'Timeout\n', exitCode: 0 })
})

describe('over a platform’s fetch that never resolves', () => {
  const options = (fetch: string) =>
    `transport: new FetchTransport({ fetch: ${fetch} }), timeouts: { smallObjectMs: 300, stallTimeoutMs: 300 }`

  test('a call keeps the process alive until its timeout', async () => {
    const script = `${client('http://127.0.0.1:1', options('() => new Promise(() => {})'))}
      console.log(await r2.objects.get(object).catch(code))
    `
    expect(await runScript(script)).toMatchObject({ stdout: 'Timeout\n', exitCode: 0 })
  })

  test('a read of its body keeps the process alive until the stall timeout', async () => {
    const fetch = `async () => new Response(new ReadableStream(), { headers: { etag: '"e"', 'content-length': '9', 'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT' } })`
    const script = `${client('http://127.0.0.1:1', options(fetch))}
      const { body } = await r2.objects.getStream(object, { resume: false })
      console.log(await body.getReader().read().catch(code))
    `
    expect(await runScript(script)).toMatchObject({ stdout: 'StreamInterrupted\n', exitCode: 0 })
  })
})

describe('response bodies that are not read', () => {
  test('unread bodies that hold all connections fail the next call with PoolExhausted', async () => {
    await using server = await rawServer(serveLarge)
    const script = `${client(server.origin, 'connections: { maxConnections: 3, acquireTimeoutMs: 300 }')}
      const held = []
      for (let count = 0; count < 3; count++) held.push(await r2.objects.getStream(object))
      console.log(await r2.objects.head(object).catch(code), held.length)
    `
    expect(await runScript(script)).toMatchObject({ stdout: 'PoolExhausted 3\n', exitCode: 0 })
  })

  test.each([
    ['', '{}'],
    [' with a deadline', '{ timeoutMs: 600000 }'],
    [' without resumption', '{ resume: false }'],
  ])('unread bodies free their connections when they are garbage collected%s', async (_, call) => {
    await using server = await rawServer(serveLarge)
    const script = `${client(server.origin, 'connections: { maxConnections: 3, acquireTimeoutMs: 10000 }')}
      const drop = async () => (await r2.objects.getStream(object, ${call})).size
      for (let count = 0; count < 3; count++) await drop()
      const collecting = setInterval(() => globalThis.gc(), 20)
      const { size } = await r2.objects.head(object)
      clearInterval(collecting)
      console.log(size)
    `
    expect(await runScript(script, ['--expose-gc'])).toMatchObject({ stdout: '4000000\n', exitCode: 0 })
  })

  test('a body is not garbage collected while a read is pending', async () => {
    await using server = await rawServer(async (peer) => {
      await peer.request()
      peer.send(`HTTP/1.1 200 OK\r\n${objectHead}content-length: 6\r\n\r\n`)
      setTimeout(() => peer.send('abcdef'), 500)
    })
    const script = `${client(server.origin, '')}
      const collecting = setInterval(() => globalThis.gc(), 20)
      const read = async () => {
        const { body } = await r2.objects.getStream(object, { resume: false })
        const { value } = await body.getReader().read()
        console.log(value.length)
        clearInterval(collecting)
      }
      read()
      setTimeout(() => clearInterval(collecting), 2000)
    `
    expect(await runScript(script, ['--expose-gc'])).toMatchObject({ stdout: '6\n', exitCode: 0 })
  })
})
