/** Signals at each stage of a command: the process ends promptly with the exit code of the signal, and leaves no partial data. */
import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { closeSync, constants, openSync, writeSync } from 'node:fs'
import { mkdtemp, open, readdir, readlink, rm } from 'node:fs/promises'
import { createServer, get, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { R2Client } from 'r2kit'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { endingOf, endWith, ProcessHarness, startR2 } from '#test/support/command-process.js'
import { makeNamedPipe } from '#test/support/named-pipe.js'

const harness = ProcessHarness.create()
/** Well below the 5 seconds that a client waits for requests in flight, and above the pauses of a busy machine. */
const promptMs = 2000
const signals = [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const

let scratch: string
let pipe: string
const descriptors: number[] = []

beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'r2-signals-'))
  pipe = join(scratch, 'pipe')
  makeNamedPipe(pipe)
})
afterEach(async () => {
  for (const descriptor of descriptors.splice(0)) closeSync(descriptor)
  await rm(scratch, { recursive: true, force: true })
})

const turn = () => new Promise((resolve) => setImmediate(resolve))

/** Opens the pipe for writing as soon as it has a reader; before that, the system returns ENXIO. */
const writerOf = async (path: string): Promise<number> => {
  for (;;) {
    try {
      const descriptor = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK)
      descriptors.push(descriptor)
      return descriptor
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENXIO')) throw error
      await turn()
    }
  }
}

/** Resolves when the process has opened the file. */
const hasOpened = async ({ pid }: ChildProcess, path: string): Promise<void> => {
  const folder = `/proc/${pid}/fd`
  for (;;) {
    for (const name of await readdir(folder)) {
      // The descriptor may be closed between the two calls.
      const target = await readlink(join(folder, name)).catch(() => '')
      if (target === path) return
    }
    await turn()
  }
}

describe.skipIf(process.platform !== 'linux')('r2 cp from a named pipe', () => {
  test.each(signals)('ends with the exit code of %s while the pipe has no writer', async (signal, code) => {
    const child = startR2(['cp', pipe, harness.at('no-writer')], harness.env)
    await hasOpened(child, pipe)
    const { ended, elapsedMs } = await endWith(child, signal)
    expect(ended).toBe(code)
    expect(elapsedMs).toBeLessThan(promptMs)
    expect(await harness.remains('no-writer')).toEqual({ exists: false, uploads: 0 })
  })

  test.each(signals)('ends with the exit code of %s while the writer is idle', async (signal, code) => {
    const child = startR2(['cp', pipe, harness.at('silent')], harness.env)
    writeSync(await writerOf(pipe), 'the first bytes')
    const { ended, elapsedMs } = await endWith(child, signal)
    expect(ended).toBe(code)
    expect(elapsedMs).toBeLessThan(promptMs)
    expect(await harness.remains('silent')).toEqual({ exists: false, uploads: 0 })
  })

  test('stores the bytes of the writer, and an empty object if the writer closes the pipe without writing', async () => {
    for (const content of ['through a named pipe', '']) {
      const child = startR2(['cp', pipe, harness.at('piped')], harness.env)
      const ending = endingOf(child)
      await hasOpened(child, pipe)
      const writer = await open(pipe, 'w')
      await writer.writeFile(content)
      await writer.close()
      expect(await ending).toMatchObject({ ended: 0, stderr: '' })
      expect(await harness.read('piped')).toBe(content)
    }
  })
})

describe('r2 cp from a pipe, with a part in flight', () => {
  let server: Server
  let env: Record<string, string>
  const requests: string[] = []
  let onPart: () => void

  beforeAll(async () => {
    server = createServer((request, response) => {
      const { method = '', url = '' } = request
      const isPart = method === 'PUT' && url.includes('partNumber=')
      requests.push(isPart ? 'part' : method)
      if (isPart) onPart()
      else if (method === 'POST') {
        response.end(
          '<InitiateMultipartUploadResult><Bucket>bucket</Bucket><Key>k</Key><UploadId>u</UploadId></InitiateMultipartUploadResult>',
        )
      } else if (method === 'DELETE') response.writeHead(204).end()
      else response.writeHead(404).end('<Error><Code>NoSuchUpload</Code><Message>gone</Message></Error>')
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    env = { ...harness.env, R2_ENDPOINT: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
  })
  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })

  test.each(signals)('aborts its upload and ends with the exit code of %s', async (signal, code) => {
    requests.length = 0
    const inFlight = new Promise<void>((resolve) => {
      onPart = resolve
    })
    const child = startR2(['cp', '-', 'r2://bucket/k'], env)
    child.stdin.on('error', () => undefined)
    child.stdin.write(randomBytes(17 * 1024 * 1024))
    await inFlight
    const { ended, elapsedMs } = await endWith(child, signal)
    expect(ended).toBe(code)
    expect(elapsedMs).toBeLessThan(promptMs)
    expect(requests.slice(0, 3)).toEqual(['POST', 'part', 'DELETE'])
  })
})

test('cleanup with an unresponsive server is limited to five seconds, and the message refers to r2 uploads', async () => {
  let onPart: () => void = () => undefined
  const inFlight = new Promise<void>((resolve) => {
    onPart = resolve
  })
  const silent = createServer(({ method }, response) => {
    if (method === 'PUT') onPart()
    if (method !== 'POST') return
    response.end(
      '<InitiateMultipartUploadResult><Bucket>bucket</Bucket><Key>k</Key><UploadId>u</UploadId></InitiateMultipartUploadResult>',
    )
  })
  silent.listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const { port } = silent.address() as AddressInfo
  const child = startR2(['cp', '-', 'r2://bucket/k', '--json'], {
    ...harness.env,
    R2_ENDPOINT: `http://127.0.0.1:${port}`,
  })
  child.stdin.on('error', () => undefined)
  child.stdin.write(randomBytes(17 * 1024 * 1024))
  const ending = endingOf(child)
  await inFlight
  const startedMs = performance.now()
  child.kill('SIGTERM')
  const { ended, stdout, stderr } = await ending
  expect(performance.now() - startedMs).toBeLessThan(5000 + promptMs)
  expect(ended).toBe(143)
  expect(stderr).toMatch(/^r2: Interrupted by SIGTERM\. .*Run r2 uploads ls to list uploads that may remain/)
  expect(JSON.parse(stdout)).toMatchObject({ event: 'error', error: { code: 'Aborted' }, exitCode: 143 })
  silent.closeAllConnections()
  silent.close()
})

describe('SIGTERM during a stream', () => {
  beforeAll(() => harness.r2.objects.put({ bucket: harness.bucket, key: 'large', body: randomBytes(24 * 1024 * 1024) }))

  test.each([
    ['r2 cat', ['cat', 'r2://bucket/large']],
    ['r2 cp to standard output', ['cp', 'r2://bucket/large', '-']],
  ])('ends %s promptly although its output is not read', async (_name, args) => {
    const child = startR2(args, harness.env)
    // Only the first chunk is buffered here, so the pipe and the buffers of the process fill up.
    await once(child.stdout, 'readable')
    const { ended, elapsedMs } = await endWith(child, 'SIGTERM')
    expect(ended).toBe(143)
    expect(elapsedMs).toBeLessThan(promptMs)
    child.stdout.destroy()
  })

  test('ends r2 ls promptly although its output is not read', async () => {
    const page = Array.from(
      { length: 1000 },
      (_, index) =>
        `<Contents><Key>${'k'.repeat(900)}${index}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>&quot;${'0'.repeat(32)}&quot;</ETag><Size>1</Size><StorageClass>STANDARD</StorageClass></Contents>`,
    ).join('')
    const listing = createServer((_request, response) => {
      response.end(
        `<ListBucketResult><Name>bucket</Name><KeyCount>1000</KeyCount><MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated>${page}</ListBucketResult>`,
      )
    })
    listing.listen(0, '127.0.0.1')
    await once(listing, 'listening')
    const { port } = listing.address() as AddressInfo
    const child = startR2(['ls', '-r', 'r2://bucket'], { ...harness.env, R2_ENDPOINT: `http://127.0.0.1:${port}` })
    await once(child.stdout, 'readable')
    const { ended, elapsedMs } = await endWith(child, 'SIGTERM')
    expect(ended).toBe(143)
    expect(elapsedMs).toBeLessThan(promptMs)
    child.stdout.destroy()
    listing.closeAllConnections()
    listing.close()
  })

  test('ends r2 local promptly although a client does not read its response', async () => {
    const child = startR2(['local', '--port', '0', '--json'])
    const [line] = await once(createInterface({ input: child.stdout }), 'line')
    const { endpoint, accessKeyId, secretAccessKey } = JSON.parse(String(line))
    await using r2 = new R2Client({ endpoint, credentials: { accessKeyId, secretAccessKey } })
    await r2.buckets.create({ bucket: 'bucket' })
    await r2.objects.put({ bucket: 'bucket', key: 'large', body: randomBytes(24 * 1024 * 1024) })
    const { url } = await r2.presign.get({ bucket: 'bucket', key: 'large' })
    const request = get(url)
    request.on('error', () => undefined)
    const [response] = await once(request, 'response')
    response.on('error', () => undefined)
    const { ended, elapsedMs } = await endWith(child, 'SIGTERM')
    expect(ended).toBe(0)
    expect(elapsedMs).toBeLessThan(promptMs)
    request.destroy()
  })

  test('ends a download without leaving a file at its target or next to it', async () => {
    await harness.r2.objects.put({ bucket: harness.bucket, key: 'small', body: randomBytes(1024 * 1024) })
    const holding = createServer((request, response) => {
      if (request.method === 'HEAD') return void response.writeHead(404).end()
      const headers = { etag: `"${'0'.repeat(32)}"`, 'last-modified': new Date().toUTCString() }
      const size = 1024 * 1024
      response.writeHead(206, { ...headers, 'content-length': size, 'content-range': `bytes 0-${size - 1}/${size}` })
      response.write(Buffer.alloc(1000))
      written()
    })
    let written: () => void = () => undefined
    const inFlight = new Promise<void>((resolve) => {
      written = resolve
    })
    holding.listen(0, '127.0.0.1')
    await once(holding, 'listening')
    const { port } = holding.address() as AddressInfo
    const folder = join(scratch, 'down')
    const child = startR2(['cp', 'r2://bucket/small', `${folder}/`], {
      ...harness.env,
      XDG_STATE_HOME: join(scratch, 'state'),
      R2_ENDPOINT: `http://127.0.0.1:${port}`,
    })
    await inFlight
    const { ended, elapsedMs } = await endWith(child, 'SIGTERM')
    expect(ended).toBe(143)
    expect(elapsedMs).toBeLessThan(promptMs)
    expect(await readdir(folder)).toEqual([])
    holding.closeAllConnections()
    holding.close()
  })
})

test('the name of a signal is printed, and its exit code is in the JSON event', async () => {
  const child = startR2(['cp', '-', harness.at('silent'), '--json'], harness.env)
  const ending = endingOf(child)
  await new Promise((resolve) => child.stdin.write(randomBytes(1_000_000), resolve))
  child.kill('SIGTERM')
  const { stdout, stderr } = await ending
  expect(stderr).toBe('r2: Interrupted by SIGTERM.\n')
  expect(JSON.parse(stdout)).toMatchObject({ event: 'error', error: { code: 'Aborted' }, exitCode: 143 })
})
