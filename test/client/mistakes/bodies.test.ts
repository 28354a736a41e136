/** What is given as a body or source and is none: refused with the way to one, and never stored as something else. */
import { runInNewContext } from 'node:vm'
import { type Body, R2Error } from 'r2kit'
import { describe, expect, test } from 'vitest'
import { bucket, object, startServer, wrong } from '../../support/inputs/mistakes.js'
import { errorOf } from '../../support/transport-suite.js'

const server = await startServer()
const { r2, sent } = server
const part = { ...object, uploadId: 'u', partNumber: 1 }

const transferred = <T>(value: T, buffer: ArrayBuffer): T => {
  structuredClone(buffer, { transfer: [buffer] })
  return value
}

const transferredView = () => {
  const bytes = new Uint8Array(8)
  return transferred(bytes, bytes.buffer)
}

const transferredBuffer = () => {
  const buffer = new ArrayBuffer(8)
  return transferred(buffer, buffer)
}

const view = 'Pass new Uint8Array(view.buffer, view.byteOffset, view.byteLength).'
const asJson = 'Encode an object first, for example as JSON.'
const gone = /has transferred its memory/

/** What, made anew; what errors call it; what the hint says. */
const noBodies: [string, () => unknown, string, RegExp | string][] = [
  ['a number', () => 5, 'a number', asJson],
  ['an object', () => ({ a: 1 }), 'an object', asJson],
  ['null', () => null, 'null', asJson],
  ['an array', () => [1, 2], 'an array', asJson],
  ['a Map', () => new Map(), 'a Map', asJson],
  ['a function', () => () => 'x', 'a function', asJson],
  ['a Promise', () => Promise.resolve('x'), 'a Promise', 'Await the promise first.'],
  ['a Response', () => new Response('x'), 'a Response', 'Pass its body.'],
  ['a Request', () => new Request('http://host', { method: 'POST', body: 'x' }), 'a Request', 'Pass its body.'],
  ['URLSearchParams', () => new URLSearchParams('a=1'), 'a URLSearchParams', /String\(parameters\)/],
  ['a FormData', () => new FormData(), 'a FormData', /new Response\(form\)\.blob\(\)/],
  ['a URL', () => new URL('file:///etc/hosts'), 'a URL', /\{ path: fileURLToPath\(url\) \}/],
  ['a DataView', () => new DataView(new ArrayBuffer(4)), 'a DataView', view],
  ['a Float64Array', () => new Float64Array(2), 'a Float64Array', view],
  ['a SharedArrayBuffer', () => new SharedArrayBuffer(4), 'a SharedArrayBuffer', 'Pass new Uint8Array(buffer).'],
  ['a Uint8Array behind a Proxy', () => new Proxy(new Uint8Array(3), {}), 'an object', asJson],
  ['an ArrayBuffer behind a Proxy', () => new Proxy(new ArrayBuffer(3), {}), 'an ArrayBuffer', asJson],
  ['bytes whose memory was transferred', transferredView, 'a Uint8Array whose memory is gone', gone],
  ['a buffer whose memory was transferred', transferredBuffer, 'an ArrayBuffer whose memory is gone', gone],
  ['a String object', () => new String('x'), 'a String', asJson],
]

const ways: [string, string, (value: unknown) => PromiseLike<unknown>][] = [
  ['put', 'body', (value) => r2.objects.put({ ...object, body: wrong(value) })],
  ['uploadPart', 'body', (value) => r2.multipart.uploadPart({ ...part, body: wrong(value) })],
  ['upload', 'source', (value) => r2.transfers.upload(wrong(value), object)],
]

const failureOf = async (work: () => PromiseLike<unknown>): Promise<R2Error> => {
  const before = sent()
  const error = await errorOf(Promise.resolve(work()))
  expect(sent()).toBe(before)
  return error
}

describe.each(ways)('%s', (way, field, send) => {
  test.each(noBodies)('refuses %s', async (_, make, name, hint) => {
    const error = await failureOf(() => send(make()))
    expect(error).toMatchObject({ code: 'InvalidInput', field })
    expect(error.message).toContain(`, but it is ${name}`)
    expect(error.hint).toMatch(hint)
  })

  test.each<[string, unknown, RegExp]>([
    ['that is a number', 5, /must be a path \(a string\), but it is 5/],
    ['that is a URL', new URL('file:///etc/hosts'), /but it is a URL/],
    ['that is empty', '', /but it is empty/],
    ['with a NUL', 'a\0b', /has a NUL/],
  ])('refuses a file by a path %s', async (_, path, message) => {
    const error = await failureOf(() => send({ path }))
    expect(error).toMatchObject({ code: 'InvalidInput', field: `${field}.path` })
    expect(error.message).toMatch(message)
  })

  test('refuses a source of unknown size that can be opened again', async () => {
    const open = () => new Blob(['abc']).stream()
    expect(await failureOf(() => send({ open }))).toMatchObject({ code: 'InvalidInput', field: `${field}.size` })
  })

  test('names a source whose properties cannot be looked at', async () => {
    const hostile = new Proxy(
      {},
      {
        has() {
          throw new Error('not today')
        },
      },
    )
    expect(await failureOf(() => send(hostile))).toMatchObject({ code: 'InvalidInput', field })
  })

  test('takes bytes of any realm and kind of memory', async () => {
    const bytes: [string, Body][] = [
      ['a Buffer', Buffer.from('abc')],
      ['an ArrayBuffer', new Uint8Array([97, 98, 99]).buffer],
      ['shared memory', new Uint8Array(new SharedArrayBuffer(3)).map((_, index) => 97 + index)],
      ['bytes of another realm', runInNewContext('new Uint8Array([97, 98, 99])') as Uint8Array],
      ['a buffer of another realm', runInNewContext('new Uint8Array([97, 98, 99]).buffer') as ArrayBuffer],
      ['the middle of a buffer', new Uint8Array([0, 97, 98, 99, 0]).subarray(1, 4)],
      ['no bytes', new Uint8Array(0)],
    ]
    for (const [name, body] of bytes) {
      const error = await Promise.resolve(send(body)).then(
        () => undefined,
        (reason: unknown) => reason,
      )
      // There is no such upload for a part.
      if (way !== 'uploadPart') expect(error, name).toBeUndefined()
      else expect(error, name).toMatchObject({ code: 'UploadNotFound' })
    }
  })
})

test('put refuses text that no encoding can carry, which would be stored as another text', async () => {
  const error = await failureOf(() => r2.objects.put({ ...object, body: 'cut in the middle of 😀'.slice(0, -1) }))
  expect(error).toMatchObject({ code: 'InvalidInput', field: 'body' })
  expect(error.hint).toMatch(/cut in the middle of an emoji/)
})

test('upload refuses text, which could be a path or the content', async () => {
  const error = await failureOf(() => r2.transfers.upload(wrong('./film.mp4'), object))
  expect(error.message).toContain('but it is the string "./film.mp4"')
  expect(error.hint).toBe('Pass { path: "./film.mp4" } for a file, or new TextEncoder().encode(text) for text.')
})

test.each<[string, () => unknown, RegExp]>([
  [
    'throws',
    () => {
      throw new Error('no such tape')
    },
    /body\.open\(\) failed: no such tape/,
  ],
  ['returns a number', () => 5, /must return a stream or an async iterable, but it returns a number/],
  ['returns a Promise', async () => new Blob(['abc']).stream(), /but it returns a Promise/],
])('a source whose open() %s is SourceFailed, not a broken connection', async (_, open, message) => {
  const error = await errorOf(r2.objects.put({ ...object, body: { size: 3, open: wrong(open) } }))
  expect(error).toMatchObject({ code: 'SourceFailed', field: 'body' })
  expect(error.message).toMatch(message)
})

test('put refuses a stream without its length, and names the way that needs none', async () => {
  const error = await failureOf(() => r2.objects.put({ ...object, body: new Blob(['abc']).stream() }))
  expect(error).toMatchObject({ code: 'LengthRequired', field: 'contentLength', hint: /transfers\.upload/ })
  expect(error).toBeInstanceOf(R2Error)
})

test('nothing of all this was stored', async () => {
  const { objects } = await r2.objects.list({ bucket })
  expect(objects.map(({ size }) => size).filter((size) => size !== 0 && size !== 3)).toEqual([])
})
