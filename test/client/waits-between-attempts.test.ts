/** A wait between two attempts ends immediately when its call is aborted or its client disposed, and leaves no timer behind. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type R2Client, R2Error } from 'r2kit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fakeClient, objectHeaders, type Script, streamOf } from '../support/fake-transport.js'
import { errorOf } from '../support/results.js'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'r2kit-waits-'))
  await writeFile(join(folder, 'file'), 'three')
})
afterAll(() => rm(folder, { recursive: true }))

const bucket = 'photos'
const object = { bucket, key: 'key' }

interface Options {
  readonly signal: AbortSignal
}
interface Waiting {
  /** Makes the call fail in a way that it retries. @defaultValue every request gets a 503 that asks for 20 s */
  readonly script?: Script
  call(r2: R2Client, options: Options): unknown
}

/** The object is there, and each write of it loses its race. */
const raced: Script = ({ method }) =>
  method === 'GET' ? { headers: objectHeaders(2), body: '{}' } : { status: 412, headers: {} }

/** The first response breaks off, and all others fail. */
const broken: Script = (_, number) =>
  number === 1
    ? { headers: objectHeaders(4), body: streamOf('ab', new R2Error('StreamInterrupted', 'cut')) }
    : { status: 503, headers: { 'retry-after': '20' } }

const page =
  '<ListBucketResult><IsTruncated>false</IsTruncated><KeyCount>1</KeyCount><Contents><Key>k</Key><Size>1</Size>'
const brokenList: Script = () => ({ body: streamOf(page, new R2Error('StreamInterrupted', 'cut')) })

/** Every call with a loop that sends requests again. */
const waits: Record<string, Waiting> = {
  'a get': { call: ({ objects }, options) => objects.get(object, options) },
  'a list of all objects': {
    script: brokenList,
    call: async ({ objects }, options) => {
      for await (const _ of objects.listAll({ bucket }, options));
    },
  },
  'the body of a stream': {
    script: broken,
    call: async ({ objects }, options) => {
      for await (const _ of (await objects.getStream(object, options)).body);
    },
  },
  'a delete of many keys': { call: ({ objects }, options) => objects.deleteObjects({ bucket, keys: ['a'] }, options) },
  'an update under a lock': {
    script: raced,
    call: ({ objects }, options) => objects.updateWithLock({ ...object, change: () => 'new' }, options),
  },
  'an upload of bytes': { call: (r2, options) => r2.transfers.upload(new Uint8Array(3), object, options) },
  'an upload in parts': {
    call: (r2, options) => r2.transfers.upload(new Uint8Array(3), object, { ...options, thresholdBytes: 1 }),
  },
  'an upload of a folder': { call: (r2, options) => r2.transfers.uploadDirectory(folder, { bucket }, options) },
  'a download to bytes': { call: (r2, options) => r2.transfers.download(object, 'bytes', options) },
  'a download to a stream': { call: (r2, options) => r2.transfers.download(object, 'stream', options) },
  'a download to a file': {
    call: (r2, options) => r2.transfers.download(object, { path: join(folder, 'target') }, options),
  },
  'a download of a folder': {
    call: (r2, options) => r2.transfers.downloadDirectory({ bucket }, join(folder, 'out'), options),
  },
}

const unavailable: Script = () => ({ status: 503, headers: { 'retry-after': '20' } })

describe.each(Object.entries(waits))('%s that waits for its next attempt', (_, { script = unavailable, call }) => {
  test.each([
    ['ends with Aborted when its signal aborts', 'Aborted'],
    ['ends with ClientClosed when its client is disposed', 'ClientClosed'],
  ])('%s', async (_, code) => {
    const { r2, clock, transport } = fakeClient(script)
    const controller = new AbortController()
    const work = errorOf(Promise.resolve(call(r2, { signal: controller.signal })))
    while (clock.timers === 0) await new Promise((resolve) => setImmediate(resolve))
    const sent = transport.sent.length
    if (code === 'Aborted') controller.abort()
    else await r2.dispose()
    expect(await work).toMatchObject({ code })
    expect(clock.timers).toBe(0)
    expect(transport.sent).toHaveLength(sent)
  })
})

describe('a transfer of a disposed client', () => {
  test('ends with ClientClosed while it is paused', async () => {
    const { r2 } = fakeClient()
    const transfer = r2.transfers.download(object, 'bytes')
    transfer.pause()
    const work = errorOf(Promise.resolve(transfer))
    await r2.dispose()
    expect(await work).toMatchObject({ code: 'ClientClosed', message: expect.stringContaining('before the transfer') })
  })

  test('ends with ClientClosed while its source yields nothing, and cancels the source', async () => {
    const { r2, clock } = fakeClient()
    let isCancelled = false
    const source = new ReadableStream<Uint8Array>({
      cancel() {
        isCancelled = true
      },
    })
    const upload = r2.transfers.upload(source, object, { sourceTimeoutMs: Number.POSITIVE_INFINITY })
    const work = errorOf(Promise.resolve(upload))
    await new Promise((resolve) => setTimeout(resolve, 20))
    await r2.dispose()
    expect(await work).toMatchObject({ code: 'ClientClosed' })
    expect(isCancelled).toBe(true)
    expect(clock.timers).toBe(0)
  })

  test('does not begin, and cancels its source', async () => {
    const { r2, transport } = fakeClient()
    await r2.dispose()
    let isCancelled = false
    const source = new ReadableStream<Uint8Array>({
      cancel() {
        isCancelled = true
      },
    })
    expect(await errorOf(Promise.resolve(r2.transfers.upload(source, object)))).toMatchObject({ code: 'ClientClosed' })
    expect(isCancelled).toBe(true)
    expect(transport.sent).toHaveLength(0)
  })

  test('succeeds where its last request was in flight', async () => {
    let respond: () => void = () => undefined
    const responded = new Promise<void>((resolve) => {
      respond = resolve
    })
    const { r2, transport } = fakeClient(async () => {
      await responded
      return { headers: { etag: '"900150983cd24fb0d6963f7d28e17f72"' } }
    })
    transport.close = () => responded.then(() => new Promise((resolve) => setTimeout(resolve, 20)))
    const work = r2.transfers.upload(new TextEncoder().encode('abc'), object)
    while (transport.sent.length === 0) await new Promise((resolve) => setImmediate(resolve))
    const disposed = r2.dispose()
    respond()
    await disposed
    expect(await work).toMatchObject({ size: 3 })
  })
})
