import { createReadStream, truncateSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { describe, expect, onTestFinished, test } from 'vitest'
import { makeNamedPipe } from '#test/support/named-pipe.js'
import { isR2Error, type R2Error } from '../../errors/index.js'
import type { RequestBody } from '../transport.js'
import { type Body, toRequestBody as bodyOf } from './request-body.js'
import { sourceReader } from './source-reader.js'

const toRequestBody = (body: Body, contentLength?: number) =>
  bodyOf(
    body,
    contentLength,
    sourceReader(() => import('./body.js')),
  )

const read = async (body: RequestBody): Promise<string> => {
  if (body.kind === 'empty') return ''
  if (body.kind === 'bytes') return Buffer.from(body.bytes).toString()
  const chunks: Uint8Array[] = []
  for await (const chunk of body.open()) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

/** The error of making or reading the body. */
const failure = async (body: unknown, contentLength?: number): Promise<R2Error> => {
  try {
    await read(await toRequestBody(body as Body, contentLength))
  } catch (error) {
    if (isR2Error(error)) return error
    throw error
  }
  throw new Error('it did not fail')
}

const folder = async (): Promise<string> => {
  const path = await mkdtemp(join(tmpdir(), 'r2kit-body-'))
  onTestFinished(() => rm(path, { recursive: true }))
  return path
}

const webStream = (...chunks: Uint8Array[]): ReadableStream<Uint8Array> =>
  new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk)
      controller.close()
    },
  })

async function* generate(...chunks: Uint8Array[]) {
  yield* chunks
}

const bytes = Buffer.from('grüße')

describe('toRequestBody', () => {
  test.each<[string, () => Body, RequestBody['kind'], number | undefined]>([
    ['text', () => 'grüße', 'bytes', undefined],
    ['a Uint8Array', () => new Uint8Array(bytes), 'bytes', undefined],
    [
      'a view into a larger buffer',
      () => Buffer.concat([Buffer.from('xx'), bytes, bytes]).subarray(2, 9),
      'bytes',
      undefined,
    ],
    ['an ArrayBuffer', () => new Uint8Array(bytes).buffer, 'bytes', undefined],
    ['a Blob', () => new Blob([bytes]), 'stream', undefined],
    ['a Web stream', () => webStream(bytes.subarray(0, 3), bytes.subarray(3)), 'stream', 7],
    ['a Node stream', () => Readable.from([bytes.subarray(0, 3), bytes.subarray(3)]), 'stream', 7],
    ['a Node stream in object mode', () => Readable.from([bytes], { objectMode: true }), 'stream', 7],
    ['a generator', () => generate(bytes), 'stream', 7],
    ['a generator with empty chunks', () => generate(Buffer.alloc(0), bytes, Buffer.alloc(0)), 'stream', 7],
    ['a source that can be opened again', () => ({ size: 7, open: () => generate(bytes) }), 'stream', undefined],
  ])('accepts %s as a body', async (_, make, kind, contentLength) => {
    const body = await toRequestBody(make(), contentLength)
    expect(body.kind).toBe(kind)
    if (body.kind === 'stream') expect(body.contentLength).toBe(7)
    expect(await read(body)).toBe('grüße')
  })

  test.each<[string, () => Body, number | undefined]>([
    ['text', () => '', undefined],
    ['bytes', () => new Uint8Array(0), undefined],
    ['an ArrayBuffer', () => new ArrayBuffer(0), undefined],
    ['a Blob', () => new Blob([]), undefined],
    ['a Web stream', () => webStream(), 0],
    ['a Node stream', () => Readable.from([]), 0],
    ['a generator with an empty chunk', () => generate(new Uint8Array(0)), 0],
    ['a source that can be opened again', () => ({ size: 0, open: () => generate() }), undefined],
  ])('makes the empty body of %s without bytes', async (_, make, contentLength) => {
    expect((await toRequestBody(make(), contentLength)).kind).toBe('empty')
  })

  test.each([[null], [undefined], [7], [true], [{}], [[1, 2]], [() => 'x']])('rejects %s as a body', async (body) =>
    expect(await failure(body)).toMatchObject({ code: 'InvalidInput', field: 'body' }),
  )

  test.each([7, '', 'a\0b', new URL('file:///etc/hosts')])(
    'rejects a file whose path is %j, and names body.path',
    async (path) => expect(await failure({ path })).toMatchObject({ code: 'InvalidInput', field: 'body.path' }),
  )
})

describe('toRequestBody and contentLength', () => {
  test('a stream without contentLength fails with LengthRequired', async () => {
    expect(await failure(generate(bytes))).toMatchObject({ code: 'LengthRequired', field: 'contentLength' })
    expect(await failure(webStream(bytes))).toMatchObject({ code: 'LengthRequired' })
  })

  test.each<[string, () => Body]>([
    ['text', () => 'abc'],
    ['bytes', () => bytes],
    ['a Blob', () => new Blob([bytes])],
    ['nothing', () => ''],
  ])('a contentLength that differs from the length of %s is rejected', async (_, make) => {
    expect(await failure(make(), 99)).toMatchObject({ code: 'InvalidInput', field: 'contentLength' })
  })

  test.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])(
    '%d is rejected as contentLength',
    async (contentLength) => {
      expect(await failure(generate(bytes), contentLength)).toMatchObject({
        code: 'InvalidInput',
        field: 'contentLength',
      })
    },
  )

  test('a stream with bytes is rejected and cancelled where contentLength is 0', async () => {
    let cancelled = false
    const source = async function* () {
      try {
        yield new Uint8Array(0)
        yield bytes
      } finally {
        cancelled = true
      }
    }
    expect(await failure(source(), 0)).toMatchObject({
      code: 'InvalidInput',
      field: 'contentLength',
      message: `contentLength is 0, but the body has at least ${bytes.length} bytes`,
    })
    expect(cancelled).toBe(true)
  })
})

describe('a body that is a stream', () => {
  test('a Node stream that fails before it is read throws no unhandled error, and rejects the read', async () => {
    const stream = new Readable({ read: () => undefined })
    const body = await toRequestBody(stream, 5)
    await new Promise((resolve) => stream.once('close', resolve).destroy(new Error('gone')))
    if (body.kind !== 'stream') throw new Error(`a stream became ${body.kind}`)
    await expect(body.open()[Symbol.asyncIterator]().next()).rejects.toThrow('gone')
  })

  test('canOpen returns false once a stream has been read, and open throws', async () => {
    const body = await toRequestBody(generate(bytes), 7)
    if (body.kind !== 'stream') throw new Error('not a stream')
    expect(body.canOpen()).toBe(true)
    await read(body)
    expect(body.canOpen()).toBe(false)
    expect(await read(body).catch((error: unknown) => error)).toMatchObject({ code: 'InvalidInput', field: 'body' })
  })

  test('a Blob can be opened again', async () => {
    const body = await toRequestBody(new Blob([bytes]))
    expect([await read(body), await read(body)]).toEqual(['grüße', 'grüße'])
    if (body.kind === 'stream') expect(body.canOpen()).toBe(true)
  })

  test('a stream of text is encoded as UTF-8', async () => {
    expect(await read(await toRequestBody(Readable.from(['grü', 'ße']), 7))).toBe('grüße')
  })

  test('a stream of objects fails', async () => {
    const objects = Readable.from([{ a: 1 }]) as AsyncIterable<Uint8Array>
    expect(await failure(objects, 3)).toMatchObject({ code: 'SourceFailed', field: 'body' })
  })

  test('a Node stream that fails midway rejects the read with its own error', async () => {
    const cause = new Error('disk on fire')
    const stream = new Readable({
      read() {
        this.push(bytes)
        this.destroy(cause)
      },
    })
    const body = await toRequestBody(stream, 14)
    await expect(read(body)).rejects.toBe(cause)
  })

  test('a file stream of Node is a stream, although it has a path and an open()', async () => {
    const path = join(await folder(), 'file')
    await writeFile(path, bytes)
    const body = await toRequestBody(createReadStream(path), 7)
    expect(await read(body)).toBe('grüße')
  })

  test('a Node stream that is cancelled while a read is pending is destroyed immediately', async () => {
    const stream = new Readable({
      read() {
        // Never yields data.
      },
    })
    const body = await toRequestBody(stream, 7)
    if (body.kind !== 'stream') throw new Error('not a stream')
    const iterator = body.open()[Symbol.asyncIterator]()
    const pending = iterator.next().catch(() => 'ended')
    await iterator.return?.()
    expect(stream.destroyed).toBe(true)
    await pending
  })

  test('a Web stream that is cancelled while a read is pending is cancelled immediately', async () => {
    let cancelled = false
    const stream = new ReadableStream<Uint8Array>({
      cancel() {
        cancelled = true
      },
    })
    const body = await toRequestBody(stream, 7)
    if (body.kind !== 'stream') throw new Error('not a stream')
    const iterator = body.open()[Symbol.asyncIterator]()
    const pending = iterator.next()
    await iterator.return?.()
    expect(cancelled).toBe(true)
    await pending
  })

  test('a Web stream is unlocked after it has been read', async () => {
    const stream = webStream(bytes)
    await read(await toRequestBody(stream, 7))
    expect(stream.locked).toBe(false)
  })
})

describe('a body that is a file', () => {
  test('a file can be opened again', async () => {
    const path = join(await folder(), 'file')
    await writeFile(path, Buffer.alloc(1_500_000, 'ab'))
    const body = await toRequestBody({ path })
    expect(body).toMatchObject({ kind: 'stream', contentLength: 1_500_000 })
    expect(await read(body)).toBe('ab'.repeat(750_000))
    expect((await read(body)).length).toBe(1_500_000)
  })

  test('an empty file is the empty body', async () => {
    const path = join(await folder(), 'file')
    await writeFile(path, '')
    expect(await toRequestBody({ path })).toEqual({ kind: 'empty' })
  })

  test('a missing file and a folder are rejected before anything is sent', async () => {
    const path = await folder()
    expect(await failure({ path: join(path, 'none') })).toMatchObject({ code: 'InvalidInput', field: 'body' })
    expect(await failure({ path })).toMatchObject({ code: 'InvalidInput', field: 'body' })
  })

  test.skipIf(process.platform !== 'linux')(
    'a file with content but no length is rejected, not stored as an empty object',
    async () => {
      expect(await failure({ path: '/proc/version' })).toMatchObject({ code: 'InvalidInput', field: 'body' })
    },
  )

  test.skipIf(process.platform === 'win32')('a named pipe is rejected without waiting for a writer', async () => {
    const path = join(await folder(), 'pipe')
    makeNamedPipe(path)
    expect(await failure({ path })).toMatchObject({ code: 'InvalidInput', field: 'body' })
  })

  test.each<[string, (path: string) => void]>([
    ['grows', (path) => writeFileSync(path, 'more', { flag: 'a' })],
    ['shrinks', (path) => truncateSync(path, 1_000_000)],
  ])('a file that %s while it is read fails with SourceChanged', async (_, change) => {
    const path = join(await folder(), 'file')
    await writeFile(path, Buffer.alloc(2_000_000))
    const body = await toRequestBody({ path })
    if (body.kind !== 'stream') throw new Error('not a stream')
    const iterator = body.open()[Symbol.asyncIterator]()
    await iterator.next()
    change(path)
    const rest = async () => {
      while (!(await iterator.next()).done);
    }
    await expect(rest()).rejects.toMatchObject({ code: 'SourceChanged', field: 'body' })
  })

  test('a file that is overwritten with the same length between two reads fails with SourceChanged', async () => {
    const path = join(await folder(), 'file')
    await writeFile(path, 'first')
    const body = await toRequestBody({ path })
    expect(await read(body)).toBe('first')
    await writeFile(path, 'other')
    await utimes(path, new Date(0), new Date(0))
    await expect(read(body)).rejects.toMatchObject({ code: 'SourceChanged', field: 'body' })
  })
})
