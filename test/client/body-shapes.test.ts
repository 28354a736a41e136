/** Every shape of a body × every entry point that takes one: each stores the same bytes. */
import { Readable } from 'node:stream'
import { runInNewContext } from 'node:vm'
import { type Body, R2Client } from 'r2kit'
import { describe, expect, test } from 'vitest'
import { bucket, object, startServer } from '../support/inputs/mistake-suite.js'
import { errorOf } from '../support/results.js'

const { r2, local } = await startServer()
const fetchless = new R2Client({ endpoint: local.endpoint, credentials: local.credentials })

const text = 'eight by' // A multiple of the size of every element.
const bytes = (): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text)
const buffer = (): ArrayBuffer => bytes().buffer.slice(0)
const foreign = (code: string): Body => runInNewContext(code, { text, Blob, File, ReadableStream, TextEncoder }) as Body

const inShared = () => {
  const shared = new SharedArrayBuffer(8)
  new Uint8Array(shared).set(bytes())
  return shared
}

const inResizable = () => {
  const Resizable = ArrayBuffer as unknown as new (size: number, options: { maxByteLength: number }) => ArrayBuffer
  const resizable = new Resizable(8, { maxByteLength: 16 })
  new Uint8Array(resizable).set(bytes())
  return resizable
}

/** A Blob of a polyfill, with the methods that are named. */
const polyfilled = (...methods: ('stream' | 'arrayBuffer')[]): Body => {
  const wrap = (blob: Blob): object => ({
    size: blob.size,
    type: blob.type,
    slice: (start: number, end: number) => wrap(blob.slice(start, end)),
    ...Object.fromEntries(methods.map((name) => [name, () => blob[name]()])),
  })
  return wrap(new Blob([text])) as Body
}

/** As in jsdom: only a FileReader can read it. */
class BareBlob {
  readonly inner: Blob
  constructor(inner: Blob) {
    this.inner = inner
  }
  get size() {
    return this.inner.size
  }
  readonly type = ''
  slice(start: number, end: number) {
    return new BareBlob(this.inner.slice(start, end))
  }
  readonly [Symbol.toStringTag] = 'Blob'
}
class FileReaderStub {
  result: ArrayBuffer | undefined
  onload: (() => void) | undefined
  async readAsArrayBuffer({ inner }: BareBlob) {
    this.result = await inner.arrayBuffer()
    this.onload?.()
  }
}
Object.assign(globalThis, { FileReader: FileReaderStub })

async function* yielding<T>(...chunks: T[]): AsyncGenerator<T> {
  yield* chunks
}

const known: [string, () => Body][] = [
  ['a Uint8Array', bytes],
  ['a Buffer', () => Buffer.from(text)],
  ['a view of the middle of a buffer', () => new Uint8Array([0, ...bytes(), 0]).subarray(1, 9)],
  ['a DataView', () => new DataView(buffer())],
  ...[Int8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, Float32Array, Float64Array].map(
    (View): [string, () => Body] => [`a ${View.name}`, () => new View(buffer())],
  ),
  ['a BigInt64Array', () => new BigInt64Array(buffer())],
  ['an ArrayBuffer', buffer],
  ['a resizable ArrayBuffer', inResizable],
  ['a SharedArrayBuffer', inShared],
  ['a view of shared memory', () => new Uint8Array(inShared())],
  ['a DataView of shared memory', () => new DataView(inShared())],
  ['a Blob', () => new Blob([text])],
  ['a File', () => new File([text], 'cat.txt')],
  ['a Uint8Array of another realm', () => foreign('new Uint8Array(new TextEncoder().encode(text))')],
  ['a DataView of another realm', () => foreign('new DataView(new Uint8Array(new TextEncoder().encode(text)).buffer)')],
  ['an ArrayBuffer of another realm', () => foreign('new Uint8Array(new TextEncoder().encode(text)).buffer')],
  [
    'a SharedArrayBuffer of another realm',
    () => foreign('const s = new SharedArrayBuffer(8); new Uint8Array(s).set(new TextEncoder().encode(text)); s'),
  ],
  ['a Blob of a polyfill', () => polyfilled('stream', 'arrayBuffer')],
  ['a Blob of a polyfill without stream()', () => polyfilled('arrayBuffer')],
  ['a Blob that only a FileReader can read', () => new BareBlob(new Blob([text])) as unknown as Body],
  ['a re-openable source', () => ({ size: 8, open: () => yielding(bytes()) })],
  ['a re-openable source of text', () => ({ size: 8, open: () => yielding('eight', ' by') })],
]

const streams: [string, () => Body][] = [
  ['a Web stream', () => new Blob([text]).stream()],
  [
    'a Web stream of text',
    () => new Blob([text]).stream().pipeThrough(new TextDecoderStream()) as ReadableStream<string>,
  ],
  ['a Web stream of another realm', () => foreign('new Blob([text]).stream()')],
  ['a Node stream', () => Readable.from([bytes()])],
  ['a Node stream with an encoding', () => Readable.from([bytes()], { objectMode: false }).setEncoding('utf8')],
  ['a generator of text', () => yielding('eight', ' by')],
  ['a generator of text and bytes', () => yielding<string | Uint8Array>('eight', new TextEncoder().encode(' by'))],
  ['a generator of views', () => yielding(new Uint16Array(buffer()) as unknown as Uint8Array)],
]

const uploaded = async (body: Body, contentLength: number | undefined) => {
  const { uploadId } = await r2.multipart.create(object)
  const { etag } = await r2.multipart.uploadPart({ ...object, uploadId, partNumber: 1, body, contentLength })
  await r2.multipart.complete({ ...object, uploadId, parts: [{ partNumber: 1, etag }] })
}

/** `contentLength`: for streams. */
const entryPoints: [string, (body: Body, contentLength: number | undefined) => Promise<unknown>][] = [
  ['put', (body, contentLength) => r2.objects.put({ ...object, body, contentLength })],
  ['put over undici', (body, contentLength) => fetchless.objects.put({ ...object, body, contentLength })],
  ['uploadPart', uploaded],
  ['transfers.upload', async (body) => r2.transfers.upload(body as Exclude<Body, string>, object)],
]

describe.each(entryPoints)('%s', (name, send) => {
  test.each(known)(`${name} stores the bytes of %s`, async (_, make) => {
    await send(make(), undefined)
    expect((await r2.objects.get(object)).text()).toBe(text)
  })

  test.each(streams)(`${name} stores the bytes of %s`, async (_, make) => {
    await send(make(), 8)
    expect((await r2.objects.get(object)).text()).toBe(text)
  })

  test(`${name} joins a character that is split between two chunks of text`, async () => {
    await send(yielding('a\ud83d', '\ude00b'), 6)
    expect((await r2.objects.get(object)).text()).toBe('a😀b')
  })

  test.each([
    ['in the middle', () => yielding('a\ud83db', 'c')],
    ['at the end', () => yielding('abc', '\ud83d')],
    ['before bytes', () => yielding<string | Uint8Array>('abc\ud83d', bytes())],
  ])(`${name} rejects a stream of text with a lone surrogate %s`, async (_, make) => {
    const error = await errorOf(Promise.resolve(send(make(), 6)))
    expect(error).toMatchObject({ code: 'SourceFailed', message: expect.stringContaining('lone surrogate') })
  })
})

test.each([...known, ['text', () => text] as [string, () => Body]])(
  'updateWithLock stores the bytes of %s',
  async (_, make) => {
    await r2.objects.updateWithLock({ ...object, change: make })
    expect((await r2.objects.get(object)).text()).toBe(text)
  },
)

test.each(known)('transfers.upload sends %s in parts', async (_, make) => {
  await r2.transfers.upload(make() as Exclude<Body, string>, object, { thresholdBytes: 1 })
  expect((await r2.objects.get(object)).text()).toBe(text)
})

describe('the type of a Blob or File', () => {
  const typed = () => new File(['{}'], 'cat.json', { type: 'application/json' })
  const typeOf = async () => (await r2.objects.head(object)).contentType

  test('becomes the content type in put, transfers.upload and updateWithLock', async () => {
    await r2.objects.put({ ...object, body: typed() })
    expect(await typeOf()).toBe('application/json')
    await r2.objects.put({ ...object, body: 'x' })
    await r2.transfers.upload(typed(), object)
    expect(await typeOf()).toBe('application/json')
    await r2.objects.put({ ...object, body: 'x', contentType: 'text/plain' })
    await r2.transfers.upload(typed(), object, { thresholdBytes: 1 })
    expect(await typeOf()).toBe('application/json')
    await r2.objects.put({ ...object, body: 'x', contentType: 'text/plain' })
    await r2.objects.updateWithLock({ ...object, change: typed })
    expect(await typeOf()).toBe('application/json')
  })

  test('yields to a content type that is given', async () => {
    const contentType = 'text/x-json'
    await r2.objects.put({ ...object, body: typed(), contentType })
    expect(await typeOf()).toBe(contentType)
    await r2.transfers.upload(typed(), { ...object, contentType })
    expect(await typeOf()).toBe(contentType)
    await r2.objects.updateWithLock({ ...object, change: typed }, { description: { contentType } })
    expect(await typeOf()).toBe(contentType)
  })

  test('is ignored where a polyfill has one that no header can carry', async () => {
    const body = { ...(polyfilled('stream', 'arrayBuffer') as object), type: 'text/plain\r\nx-evil: 1' }
    await r2.objects.put({ bucket, key: 'polyfill', body: body as unknown as Body })
    expect((await r2.objects.head({ bucket, key: 'polyfill' })).contentType).not.toContain('evil')
  })
})
