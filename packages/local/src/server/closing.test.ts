/** Closing a server while clients keep connections open, over real sockets. */
import { once } from 'node:events'
import net from 'node:net'
import { R2Client } from 'r2kit'
import { RequestSigner } from 'r2kit/protocol'
import { afterEach, expect, test } from 'vitest'
import { temporaryFolder } from '#test/support/storage-fixtures.js'
import { type LocalR2, startLocalR2 } from '../index.js'
import { closeGraceMs } from './listener.js'

const large = Buffer.alloc(30_000_000, 7)
const sockets: net.Socket[] = []
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy()
})

const connect = async ({ port }: LocalR2): Promise<net.Socket> => {
  const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  sockets.push(socket)
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  return socket
}

const signedHead = (
  { port, credentials }: LocalR2,
  method: string,
  path: string,
  fields: Record<string, string> = {},
) => {
  const headers: Record<string, string> = { host: `127.0.0.1:${port}`, ...fields }
  new RequestSigner().sign({ method, path, query: '', headers }, credentials, 'UNSIGNED-PAYLOAD', Date.now())
  const lines = Object.entries(headers).map((field) => field.join(': '))
  return `${method} ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`
}

const timeOf = async (work: Promise<unknown>): Promise<number> => {
  const startedAt = performance.now()
  await work
  return performance.now() - startedAt
}

/** Each keeps a connection open in another state, and resolves when the server has reached that state. */
const openConnections: Readonly<Record<string, (local: LocalR2) => Promise<void>>> = {
  'an idle connection': async (local) => {
    const socket = await connect(local)
    socket.write(signedHead(local, 'GET', '/'))
    await once(socket, 'data')
  },
  'a connection without a request': async (local) => {
    await connect(local)
  },
  'half of a header section': async (local) => {
    const socket = await connect(local)
    socket.write('GET / HTTP/1.1\r\nhost:')
  },
  'a download that is not read': async (local) => {
    const socket = await connect(local)
    socket.write(signedHead(local, 'GET', '/bucket/large'))
    await once(socket, 'data')
    socket.pause()
  },
  'half of an upload': async (local) => {
    const socket = await connect(local)
    socket.write(signedHead(local, 'PUT', '/bucket/half', { 'content-length': '3000000', expect: '100-continue' }))
    await once(socket, 'data')
    socket.write(large.subarray(0, 2_000_000))
  },
  'half of a small upload': async (local) => {
    const socket = await connect(local)
    socket.write(signedHead(local, 'PUT', '/bucket/half', { 'content-length': '30', expect: '100-continue' }))
    await once(socket, 'data')
    socket.write('half')
  },
  'half of a document': async (local) => {
    const socket = await connect(local)
    const head = signedHead(local, 'PUT', '/other', { 'content-length': '300', expect: '100-continue' })
    socket.write(head)
    await once(socket, 'data')
    socket.write('<CreateBucketConfiguration>')
  },
  'a rejected connection that stays half open': async (local) => {
    const socket = await connect(local)
    socket.write('no HTTP\r\n\r\n')
    await once(socket, 'data')
  },
}

const openWith = async (dataDir?: string) => {
  const local = await startLocalR2({ ...(dataDir === undefined ? {} : { dataDir }), onInternalError: () => undefined })
  const { endpoint, credentials } = local
  await using r2 = new R2Client({ endpoint, credentials })
  await r2.buckets.create({ bucket: 'bucket' })
  await r2.objects.put({ bucket: 'bucket', key: 'large', body: large })
  return local
}

test.each(Object.entries(openConnections))('the server closes within two seconds despite %s', async (_what, open) => {
  const local = await openWith()
  await open(local)
  expect(await timeOf(local.close())).toBeLessThan(2000)
})

test('the server closes in time despite all of these connections, and keeps acknowledged writes', async () => {
  await using folder = await temporaryFolder()
  const local = await openWith(folder.path)
  for (const open of Object.values(openConnections)) await open(local)
  expect(await timeOf(local.close())).toBeLessThan(2500)

  await using again = await startLocalR2({ dataDir: folder.path })
  const { endpoint, credentials } = again
  await using r2 = new R2Client({ endpoint, credentials })
  expect((await r2.objects.list({ bucket: 'bucket' })).objects.map(({ key }) => key)).toEqual(['large'])
  expect((await r2.objects.get({ bucket: 'bucket', key: 'large' })).body.byteLength).toBe(large.byteLength)
})

test('a server with idle connections only closes immediately', async () => {
  const local = await openWith()
  await openConnections['an idle connection']?.(local)
  expect(await timeOf(local.close())).toBeLessThan(closeGraceMs)
})

test('a download that the client reads during close is completed', async () => {
  const local = await openWith()
  const socket = await connect(local)
  socket.write(signedHead(local, 'GET', '/bucket/large'))
  await once(socket, 'readable')
  const closed = local.close()
  let received = 0
  for await (const chunk of socket) received += chunk.length
  expect(received).toBeGreaterThan(large.byteLength)
  await closed
})

test('every write that is acknowledged during close is kept', async () => {
  await using folder = await temporaryFolder()
  const local = await openWith(folder.path)
  const { endpoint, credentials } = local
  const r2 = new R2Client({ endpoint, credentials, retry: { maxAttempts: 1 } })
  const acknowledged = new Set<string>()
  let closing: Promise<void> | undefined
  const writer = async (name: number) => {
    for (let count = 0; ; count++) {
      const key = `${name}-${count}`
      try {
        await r2.objects.put({ bucket: 'bucket', key, body: large.subarray(0, name % 2 === 0 ? 300_000 : 1000) })
      } catch {
        // The server was closed, before or during this write.
        return
      }
      acknowledged.add(key)
      if (acknowledged.size === 60) closing = local.close()
    }
  }
  await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map(writer))
  await closing
  await r2.dispose()
  await using again = await startLocalR2({ dataDir: folder.path })
  await using after = new R2Client({ endpoint: again.endpoint, credentials })
  const kept = await after.objects.listAll({ bucket: 'bucket' }).collect(10_000)
  const keys = new Set(kept.map(({ key }) => key))
  expect([...acknowledged].filter((key) => !keys.has(key))).toEqual([])
})
