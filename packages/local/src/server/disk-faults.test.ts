/** Disk errors: the request fails with 500 InternalError and a log line, and the server handles the next request. */
import { once } from 'node:events'
import { mkdir, readdir, rename, rm, truncate, writeFile } from 'node:fs/promises'
import net from 'node:net'
import { join } from 'node:path'
import { isR2Error, R2Client } from 'r2kit'
import { RequestSigner } from 'r2kit/protocol'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startLimitedServer } from '#test/support/limited-server.js'
import { openRawR2, type RawR2 } from '#test/support/raw-r2.js'
import { temporaryFolder } from '#test/support/storage-fixtures.js'

const large = Buffer.alloc(3_000_000, 7)
/** Small enough to be stored in the table, not in a file. */
const small = Buffer.alloc(100, 8)

describe('a data folder that changes while the server runs:', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>
  let r2: RawR2
  const path = (...names: string[]) => join(folder.path, ...names)
  const put = (key: string, body: Buffer) => r2.send('PUT', `/bucket/${key}`, { body })
  const get = (key: string) => r2.send('GET', `/bucket/${key}`)

  beforeEach(async () => {
    folder = await temporaryFolder()
    r2 = await openRawR2({ dataDir: folder.path })
    await r2.send('PUT', '/bucket')
    await put('old', large)
  })
  afterEach(async () => {
    await r2[Symbol.asyncDispose]()
    await folder[Symbol.asyncDispose]()
  })

  /** Ways to make a folder unusable. */
  const ways: readonly (readonly [way: string, breakFolder: (dir: string) => Promise<void>])[] = [
    ['removed', (dir) => rm(dir, { recursive: true })],
    ['moved away', (dir) => rename(dir, `${dir}-elsewhere`)],
    [
      'replaced by a file',
      async (dir) => {
        await rm(dir, { recursive: true })
        await writeFile(dir, '')
      },
    ],
  ]

  test.each(ways)('writes fail while incoming is %s, reads and small writes succeed', async (_way, breakFolder) => {
    await breakFolder(path('incoming'))
    for (const body of [large, Buffer.alloc(200_000)]) {
      expect(await put('new', body)).toMatchObject({ status: 500, code: 'InternalError' })
    }
    expect(r2.log).toHaveLength(2)
    expect(r2.log[0]).toMatch(/^r2kit local: PUT \/bucket\/new: Error: (ENOENT|ENOTDIR): .*incoming/)
    expect((await get('new')).code).toBe('NoSuchKey')
    expect((await put('small', small)).status).toBe(200)
    expect((await get('old')).body.equals(large)).toBe(true)
    await rm(path('incoming'), { force: true })
    await mkdir(path('incoming'))
    expect((await put('new', large)).status).toBe(200)
    expect((await get('new')).body.equals(large)).toBe(true)
  })

  test.each(ways)('the server survives an aborted upload while incoming is %s', async (_way, breakFolder) => {
    await breakFolder(path('incoming'))
    const headers: Record<string, string> = { host: `127.0.0.1:${r2.port}`, 'content-length': '9000000' }
    const request = { method: 'PUT', path: '/bucket/cut', query: '', headers }
    const { defaultCredentials } = await import('../index.js')
    new RequestSigner().sign(request, defaultCredentials, 'UNSIGNED-PAYLOAD', Date.now())
    const head = Object.entries(headers).map((field) => field.join(': '))
    await r2.raw(`PUT /bucket/cut HTTP/1.1\r\n${head.join('\r\n')}\r\n\r\n${'x'.repeat(200_000)}`)
    expect((await put('small', small)).status).toBe(200)
  })

  test.each(ways)('new bodies stay readable in incoming while blobs is %s', async (_way, breakFolder) => {
    await breakFolder(path('blobs'))
    expect(await get('old')).toMatchObject({ status: 500, code: 'InternalError' })
    expect((await put('new', large)).status).toBe(200)
    expect((await get('new')).body.equals(large)).toBe(true)
    expect((await put('new', large)).status).toBe(200)
    expect((await r2.send('DELETE', '/bucket/new')).status).toBe(204)
    expect((await get('new')).code).toBe('NoSuchKey')
    expect((await put('small', small)).status).toBe(200)
  })

  test('a missing body file is reported as 500 for reads, ranges and copies', async () => {
    const [id = ''] = await readdir(path('blobs'))
    await rm(path('blobs', id))
    const failed = { status: 500, code: 'InternalError' }
    expect(await get('old')).toMatchObject(failed)
    expect(await r2.send('GET', '/bucket/old', { headers: { range: 'bytes=5-9' } })).toMatchObject(failed)
    const { text } = await r2.send('POST', '/bucket/copy', { query: 'uploads=' })
    const uploadId = /<UploadId>([^<]*)/.exec(text)?.[1]
    const headers = { 'x-amz-copy-source': '/bucket/old' }
    const query = `partNumber=1&uploadId=${uploadId}`
    expect(await r2.send('PUT', '/bucket/copy', { query, headers })).toMatchObject(failed)
    expect((await r2.send('HEAD', '/bucket/old')).status).toBe(200)
    expect((await r2.send('DELETE', '/bucket/old')).status).toBe(204)
    expect((await put('old', large)).status).toBe(200)
    expect((await get('old')).status).toBe(200)
  })

  test('a truncated body file breaks the connection, so that the client cannot take the response for complete', async () => {
    const [id = ''] = await readdir(path('blobs'))
    await truncate(path('blobs', id), 1_000_000)
    await expect(get('old')).rejects.toMatchObject({ code: 'ECONNRESET' })
    expect(r2.log.at(-1)).toMatch(/GET \/bucket\/old: Error: the body file ends at byte 1000000/)
    expect((await put('small', small)).status).toBe(200)
  })
})

const unix = process.platform !== 'win32'

test.runIf(unix)('a server without free file descriptors fails some requests with 500 and keeps running', async () => {
  await using folder = await temporaryFolder()
  await using server = await startLimitedServer('ulimit -n 64', folder.path)
  const { endpoint, credentials, port } = server
  await using r2 = new R2Client({ endpoint, credentials, retry: { maxAttempts: 1 } })
  await r2.buckets.create({ bucket: 'bucket' })
  await r2.objects.put({ bucket: 'bucket', key: 'old', body: large })

  // Connections first, so that no descriptor is left for files; then uploads that start and do not end.
  const responses: string[] = []
  const sockets = Array.from({ length: 32 }, () => net.connect(port, '127.0.0.1'))
  for (const socket of sockets) {
    socket.on('error', () => responses.push('reset'))
    // The first chunk only: a response may arrive in several.
    socket.once('data', (chunk: Buffer) => responses.push(chunk.toString().slice(0, 12)))
    await once(socket, 'connect')
  }
  for (const [index, socket] of sockets.entries()) {
    const headers: Record<string, string> = { host: `127.0.0.1:${port}`, 'content-length': '9000000' }
    const path = `/bucket/held-${index}`
    new RequestSigner().sign({ method: 'PUT', path, query: '', headers }, credentials, 'UNSIGNED-PAYLOAD', Date.now())
    const head = Object.entries(headers).map((field) => field.join(': '))
    socket.write(`PUT ${path} HTTP/1.1\r\n${head.join('\r\n')}\r\n\r\n${'x'.repeat(1_200_000)}`)
  }
  await expect.poll(() => responses.includes('HTTP/1.1 500')).toBe(true)
  expect([...new Set(responses)].filter((response) => response !== 'HTTP/1.1 500' && response !== 'reset')).toEqual([])
  for (const socket of sockets) socket.destroy()

  await expect
    .poll(() =>
      r2.objects.put({ bucket: 'bucket', key: 'new', body: large }).then(
        () => 'stored',
        () => 'not yet',
      ),
    )
    .toBe('stored')
  expect((await r2.objects.get({ bucket: 'bucket', key: 'old' })).body.byteLength).toBe(large.byteLength)
  expect(server.log()).toMatch(/EMFILE/)
  expect(await server.stop()).toBe(0)
})

test.runIf(unix)(
  'a server with a full disk fails writes with 500, serves reads, and keeps acknowledged writes',
  async () => {
    await using folder = await temporaryFolder()
    // Limits files to 1 MiB, which acts like a full disk. Without the trap, the signal would end the process.
    await using server = await startLimitedServer("trap '' XFSZ; ulimit -f 2048", folder.path)
    const { endpoint, credentials } = server
    await using r2 = new R2Client({ endpoint, credentials, retry: { maxAttempts: 1 } })
    const bucket = 'bucket'
    await r2.buckets.create({ bucket })
    const stored: string[] = []
    const failures = new Set<unknown>()
    for (let index = 0; index < 60; index++) {
      const key = `key-${index}`
      await r2.objects.put({ bucket, key, body: Buffer.alloc(50_000, index) }).then(
        () => stored.push(key),
        (error: unknown) => failures.add(isR2Error(error) && `${error.status} ${error.s3Code}`),
      )
    }
    await r2.objects.put({ bucket, key: 'large', body: large }).catch((error: unknown) => {
      failures.add(isR2Error(error) && `${error.status} ${error.s3Code}`)
    })
    expect([...failures]).toEqual(['500 InternalError'])
    expect(stored.length).toBeGreaterThan(5)
    const { objects } = await r2.objects.list({ bucket })
    expect(objects.map((object) => object.key).sort()).toEqual([...stored].sort())
    for (const key of stored) expect((await r2.objects.get({ bucket, key })).body.byteLength).toBe(50_000)
    expect(server.log()).toMatch(
      /PUT \/bucket\/key-\d+: Error: the records could not be written: Error: (File too large|Input)/,
    )
    expect(server.log()).toMatch(/PUT \/bucket\/large: Error: EFBIG/)
    expect(await server.stop()).toBe(0)
    await using again = await openRawR2({ dataDir: folder.path })
    expect((await again.send('GET', `/bucket/${stored[0]}`)).status).toBe(200)
  },
)
