/** Streams are cancelled whenever an upload fails, and values that are no source are rejected before any I/O. */
import { createReadStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { flushEventLoop } from '#test/support/download-harness.js'
import { fakeClient } from '#test/support/fake-transport.js'
import { makeNamedPipe } from '#test/support/named-pipe.js'
import type { UploadInput, UploadOptions, UploadSource } from './options.js'

const partSizeBytes = 5 * 1024 * 1024
const chunk = new Uint8Array(1024 * 1024)

/** Endless sources that record their cancellation. */
const sources: Record<string, () => { readonly source: UploadSource; readonly isCancelled: () => boolean }> = {
  'an iterable': () => {
    let isCancelled = false
    const iterator = {
      next: async () => ({ done: false as const, value: chunk }),
      return: async () => {
        isCancelled = true
        return { done: true as const, value: undefined }
      },
    }
    return { source: { [Symbol.asyncIterator]: () => iterator }, isCancelled: () => isCancelled }
  },
  'a Node stream': () => {
    const source = new Readable({
      read() {
        this.push(chunk)
      },
    })
    return { source, isCancelled: () => source.destroyed }
  },
  'a Web stream': () => {
    let isCancelled = false
    const source = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(chunk),
      cancel: () => {
        isCancelled = true
      },
    })
    return { source, isCancelled: () => isCancelled }
  },
}

interface Failure {
  readonly input?: Partial<UploadInput>
  readonly options?: () => UploadOptions
  readonly code: string
}

const failures: Record<string, Failure> = {
  'an invalid threshold': { options: () => ({ thresholdBytes: -1 }), code: 'InvalidInput' },
  'an invalid part size': { options: () => ({ partSizeBytes: 1 }), code: 'InvalidInput' },
  'an invalid length': { input: { contentLength: -1 }, code: 'InvalidInput' },
  'an invalid bucket': { input: { bucket: '' }, code: 'InvalidInput' },
  'a signal that is aborted already': { options: () => ({ signal: AbortSignal.abort() }), code: 'Aborted' },
  'an upload that the server refuses to create': { code: 'AccessDenied' },
}

describe.each(Object.entries(sources))('%s as a source', (kind, make) => {
  test.each(Object.entries(failures))(`${kind} is cancelled after %s`, async (_, { input, options, code }) => {
    const { r2 } = fakeClient(() => ({ status: 403, body: '<Error><Code>AccessDenied</Code></Error>' }))
    const { source, isCancelled } = make()
    const transfer = r2.transfers.upload(
      source,
      { bucket: 'bucket', key: 'k', ...input },
      { partSizeBytes, ...options?.() },
    )
    await expect(transfer).rejects.toMatchObject({ code })
    await flushEventLoop(2)
    expect(isCancelled()).toBe(true)
  })

  test(`${kind} is cancelled when the upload is aborted before the engine is loaded`, async () => {
    const { r2, transport } = fakeClient()
    const { source, isCancelled } = make()
    const transfer = r2.transfers.upload(source, { bucket: 'bucket', key: 'k' })
    transfer.abort()
    await expect(transfer).rejects.toMatchObject({ code: 'Aborted' })
    await flushEventLoop(2)
    expect(isCancelled()).toBe(true)
    expect(transport.sent).toEqual([])
  })
})

test('a source whose cancellation hangs or fails neither delays nor changes the error of the upload', async () => {
  const { r2 } = fakeClient()
  for (const response of [() => new Promise<never>(() => undefined), () => Promise.reject(new Error('no'))]) {
    const source = {
      [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => undefined), return: response }),
    }
    await expect(
      r2.transfers.upload(source, { bucket: 'bucket', key: 'k' }, { thresholdBytes: -1 }),
    ).rejects.toMatchObject({ field: 'thresholdBytes' })
  }
})

const locked = (): ReadableStream<Uint8Array> => {
  const stream = new Blob(['bytes']).stream()
  stream.getReader()
  return stream
}

const fullyRead = async (): Promise<Readable> => {
  const stream = Readable.from([Buffer.from('bytes')])
  for await (const _ of stream);
  return stream
}

const refused: Record<string, () => unknown> = {
  'a number': () => 42,
  null: () => null,
  'a function': () => () => undefined,
  'an array': () => [1, 2, 3],
  'an object with an invalid path': () => ({ path: 42 }),
  'an object with an invalid size': () => ({ size: '5', open: () => sources['an iterable']?.().source }),
  'an object that cannot be opened': () => ({
    size: 5,
    open: () => {
      throw new TypeError('not today')
    },
  }),
  'an object that opens something else than a stream': () => ({ size: 5, open: () => 5 }),
  'a Web stream with another reader': locked,
  'a Node stream that has been read': fullyRead,
  'a Node stream that was destroyed': () => Readable.from([]).destroy(),
}

test.each(Object.entries(refused))('%s is rejected as a source before any I/O', async (_, make) => {
  const { r2, transport } = fakeClient()
  await expect(
    r2.transfers.upload((await make()) as UploadSource, { bucket: 'bucket', key: 'k' }),
  ).rejects.toMatchObject({ name: 'R2Error', code: 'InvalidInput', field: expect.stringMatching(/^source/) })
  expect(transport.sent).toEqual([])
})

test('a stream with another reader is not cancelled', async () => {
  const { r2 } = fakeClient()
  const stream = new Blob(['bytes']).stream()
  const reader = stream.getReader()
  const target = { bucket: 'bucket', key: 'k' }
  await expect(r2.transfers.upload(stream, target)).rejects.toMatchObject({ hint: expect.stringContaining('tee') })
  await expect(r2.transfers.upload(stream, target, { signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: 'Aborted',
  })
  expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe('bytes')
})

test('a stream of objects fails with SourceFailed, and a hint', async () => {
  const { r2, transport } = fakeClient()
  await expect(
    r2.transfers.upload(Readable.from([{ a: 1 }]) as AsyncIterable<never>, { bucket: 'bucket', key: 'k' }),
  ).rejects.toMatchObject({ code: 'SourceFailed', field: 'source', hint: expect.stringContaining('Encode') })
  expect(transport.sent).toEqual([])
})

test('a Node file stream, which has a path, too, is read as a stream', async () => {
  const { r2, transport } = fakeClient(() => ({ headers: { etag: '"e"' } }))
  const path = fileURLToPath(import.meta.url)
  const stream = createReadStream(path, { start: 0, end: 3 })
  await r2.transfers.upload(stream, { bucket: 'bucket', key: 'k' })
  expect(transport.sent[0]?.bodyBytes.toString()).toBe('/** ')
})

test.skipIf(process.platform === 'win32')(
  'the path of a named pipe is rejected, without waiting for a writer',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'r2kit-source-'))
    const path = join(folder, 'pipe')
    makeNamedPipe(path)
    const { r2, transport } = fakeClient(() => ({}))
    await expect(r2.transfers.upload({ path }, { bucket: 'bucket', key: 'k' })).rejects.toMatchObject({
      code: 'InvalidInput',
      field: 'source',
      message: expect.stringContaining('not a regular file'),
    })
    expect(transport.sent).toEqual([])
    await rm(folder, { recursive: true })
  },
)

test.skipIf(process.platform !== 'linux')(
  'a file with content but no length is rejected, not stored as empty',
  async () => {
    const { r2, transport } = fakeClient(() => ({}))
    const upload = r2.transfers.upload({ path: '/proc/version' }, { bucket: 'bucket', key: 'k' })
    await expect(upload).rejects.toMatchObject({ code: 'InvalidInput', field: 'source' })
    expect(transport.sent).toEqual([])
  },
)
