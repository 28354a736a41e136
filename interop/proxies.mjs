/**
 * The client through third-party HTTP proxies, to a local R2 behind TLS: `node interop/proxies.mjs`. Skips a proxy that is not
 * installed. The last line is "N passed, N failed, N skipped". Exit code 1 if anything failed.
 */
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer as createTlsServer } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { startLocalR2 } from '@r2kit/local'
import { R2Client } from 'r2kit'
import { credentials, proxies } from './proxies/start.mjs'

const folder = await mkdtemp(join(tmpdir(), 'r2kit-proxies-'))
await chmod(folder, 0o755)

const fixture = (name) => readFile(fileURLToPath(new URL(`../test/fixtures/loopback/${name}`, import.meta.url)))
const [cert, key] = [await fixture('certificate.pem'), await fixture('key.pem')]

const local = await startLocalR2({ memory: true })
const backend = Number(new URL(local.endpoint).port)
const tls = createTlsServer({ cert, key }, (socket) => {
  const server = connect(backend, '127.0.0.1')
  socket.on('error', () => server.destroy())
  server.on('error', () => socket.destroy())
  socket.pipe(server).pipe(socket)
}).listen(0, '127.0.0.1')
await once(tls, 'listening')
const { port: tlsPort } = tls.address()

const counts = { passed: 0, failed: 0, skipped: 0 }
const step = async (name, work) => {
  try {
    await work()
    counts.passed++
    console.log(`passed   ${name}`)
  } catch (error) {
    counts.failed++
    console.log(`failed   ${name}: ${error instanceof Error ? error.stack : error}`)
  }
}

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex')
const check = (holds, message) => {
  if (!holds) throw new Error(message)
}

const clientOf = (proxy, endpoint = `https://127.0.0.1:${tlsPort}`) =>
  new R2Client({
    endpoint,
    credentials: local.credentials,
    retry: { maxAttempts: 1 },
    connections: { ca: cert.toString(), proxy, maxConnections: 8 },
  })

/** Node 20 has no `await using`. */
const withClient = async (proxy, work, endpoint) => {
  const r2 = clientOf(proxy, endpoint)
  try {
    await work(r2)
  } finally {
    await r2.dispose()
  }
}

const errorOf = async (promise) => {
  try {
    await promise
  } catch (error) {
    return error
  }
  throw new Error('the call succeeded')
}

for (const [name, start] of Object.entries(proxies)) {
  const proxy = await start(tlsPort, folder)
  if (proxy === undefined) {
    counts.skipped++
    console.log(`skipped  ${name}: not installed`)
    continue
  }
  const { port, stop, password = credentials.password } = proxy
  const url = `http://127.0.0.1:${port}`
  const options = { url, username: credentials.username, password }
  const bucket = name.replace(/[^a-z]+.*/, '')
  try {
    await step(`${name}: 200 small objects, 8 connections`, async () => {
      await withClient(options, async (r2) => {
        await r2.buckets.create({ bucket })
        const keys = Array.from({ length: 200 }, (_, index) => `small/${index}`)
        await Promise.all(keys.map((key) => r2.objects.put({ bucket, key, body: key })))
        const bodies = await Promise.all(keys.map(async (key) => (await r2.objects.get({ bucket, key })).text()))
        check(bodies.join() === keys.join(), 'the bodies differ')
      })
    })
    await step(`${name}: an upload of 30 MB in parts, and its download`, async () => {
      await withClient(options, async (r2) => {
        const bytes = randomBytes(30_000_000)
        await r2.transfers.upload(bytes, { bucket, key: 'large' }, { thresholdBytes: 10_000_000 })
        const { body } = await r2.transfers.download({ bucket, key: 'large' }, 'bytes')
        check(sha256(body) === sha256(bytes), 'the bytes differ')
      })
    })
    await step(`${name}: credentials in the URL`, async () => {
      const given = new URL(url)
      given.username = options.username
      given.password = encodeURIComponent(password)
      await withClient(given.href, async (r2) => {
        await r2.buckets.head({ bucket })
      })
    })
    await step(`${name}: missing credentials are named as the proxy's`, async () => {
      await withClient(url, async (r2) => {
        const { code, message, retryable } = await errorOf(r2.buckets.head({ bucket }))
        check(code === 'ConnectionFailed' && !retryable, `${code}, retryable ${retryable}`)
        check(message.includes(`the proxy ${url} requires credentials: 407`), message)
      })
    })
    await step(`${name}: wrong credentials are named as the proxy's, and not shown`, async () => {
      await withClient({ ...options, password: 'hidden-and-wrong' }, async (r2) => {
        const error = await errorOf(r2.buckets.head({ bucket }))
        check(/the proxy \S+ rejected the credentials: 40[17]/.test(error.message), error.message)
        check(!`${JSON.stringify(error)}${error.stack}`.includes('hidden'), 'the password is shown')
      })
    })
    await step(`${name}: a port that is not permitted is named as the proxy's`, async () => {
      await withClient(
        options,
        async (r2) => {
          const { message, retryable } = await errorOf(r2.buckets.head({ bucket }))
          check(!retryable && /the proxy \S+ refused the tunnel to \S+: 403/.test(message), message)
        },
        `https://127.0.0.1:${backend}`,
      )
    })
    await step(`${name}: a proxy that stops is named`, async () => {
      await withClient(options, async (r2) => {
        await r2.buckets.head({ bucket })
        await stop()
        const first = await errorOf(r2.buckets.head({ bucket }))
        const error = first.code === 'ConnectionReset' ? await errorOf(r2.buckets.head({ bucket })) : first
        check(error.code === 'ConnectionFailed' && error.message.includes('through its proxy'), error.message)
      })
    })
  } finally {
    await stop()
  }
}

await local.close()
tls.close()
await rm(folder, { recursive: true, force: true })
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
process.exit(counts.failed === 0 ? 0 : 1)
