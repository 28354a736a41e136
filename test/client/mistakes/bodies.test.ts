/** Values that are not bodies are rejected with a hint about the conversion, and never stored as something else. */
import { runInNewContext } from 'node:vm'
import { type Body, R2Error } from 'r2kit'
import { describe, expect, test } from 'vitest'
import { bucket, object, startServer, untyped } from '../../support/inputs/mistake-suite.js'
import { errorOf } from '../../support/results.js'

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

const asJson = 'Encode an object first, for example as JSON.'
const transferredHint = /has transferred its memory/

/** Description, factory, name in the error, and hint. */
const invalidBodies: [string, () => unknown, string, RegExp | string][] = [
  ['a number', () => 5, 'a number', asJson],
  ['an object', () => ({ a: 1 }), 'an object', asJson],
  ['null', () => null, 'null', asJson],
  ['an array', () => [1, 2], 'an array', asJson],
  ['a Map', () => new Map(), 'a Map', asJson],
  ['a function', () => () => 'x', 'a function', asJson],
  ['a Promise', () => Promise.resolve('x'), 'a Promise', 'Await the promise first.'],
  ['a Response', () => new Response('x'), 'a Response', /Pass response\.body, .*contentLength/],
  [
    'a Request',
    () => new Request('http://host', { method: 'POST', body: 'x' }),
    'a Request',
    /Pass request\.body, .*contentLength/,
  ],
  ['URLSearchParams', () => new URLSearchParams('a=1'), 'a URLSearchParams', /String\(parameters\)/],
  ['a FormData', () => new FormData(), 'a FormData', /new Response\(form\)\.blob\(\)/],
  ['a URL', () => new URL('file:///etc/hosts'), 'a URL', /\{ path: fileURLToPath\(url\) \}/],
  ['a Uint8Array behind a Proxy', () => new Proxy(new Uint8Array(3), {}), 'an object', asJson],
  ['an ArrayBuffer behind a Proxy', () => new Proxy(new ArrayBuffer(3), {}), 'an ArrayBuffer', asJson],
  ['bytes whose memory was transferred', transferredView, 'a Uint8Array whose memory was transferred', transferredHint],
  [
    'a buffer whose memory was transferred',
    transferredBuffer,
    'an ArrayBuffer whose memory was transferred',
    transferredHint,
  ],
  ['a String object', () => new String('x'), 'a String', asJson],
]

const methods: [string, string, (value: unknown) => PromiseLike<unknown>][] = [
  ['put', 'body', (value) => r2.objects.put({ ...object, body: untyped(value) })],
  ['uploadPart', 'body', (value) => r2.multipart.uploadPart({ ...part, body: untyped(value) })],
  ['upload', 'source', (value) => r2.transfers.upload(untyped(value), object)],
]

const failureOf = async (work: () => PromiseLike<unknown>): Promise<R2Error> => {
  const before = sent()
  const error = await errorOf(Promise.resolve(work()))
  expect(sent()).toBe(before)
  return error
}

describe.each(methods)('%s', (method, field, send) => {
  test.each(invalidBodies)(`${method} rejects %s as a body`, async (_, make, name, hint) => {
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
  ])(`${method} rejects a file with a path %s`, async (_, path, message) => {
    const error = await failureOf(() => send({ path }))
    expect(error).toMatchObject({ code: 'InvalidInput', field: `${field}.path` })
    expect(error.message).toMatch(message)
  })

  test(`${method} rejects a re-openable source without a size`, async () => {
    const open = () => new Blob(['abc']).stream()
    expect(await failureOf(() => send({ open }))).toMatchObject({ code: 'InvalidInput', field: `${field}.size` })
  })

  test(`${method} rejects a source whose properties cannot be read, naming the field`, async () => {
    const hostile = new Proxy(
      {},
      {
        has() {
          throw new Error('the trap throws')
        },
      },
    )
    expect(await failureOf(() => send(hostile))).toMatchObject({ code: 'InvalidInput', field })
  })

  test(`${method} accepts bytes of any realm and kind of memory`, async () => {
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
      // The upload of the part does not exist.
      if (method !== 'uploadPart') expect(error, name).toBeUndefined()
      else expect(error, name).toMatchObject({ code: 'UploadNotFound' })
    }
  })
})

test('put rejects text that is not well-formed Unicode, which would be stored as different text', async () => {
  const error = await failureOf(() => r2.objects.put({ ...object, body: 'cut in the middle of 😀'.slice(0, -1) }))
  expect(error).toMatchObject({ code: 'InvalidInput', field: 'body' })
  expect(error.hint).toMatch(/cut in the middle of an emoji/)
})

test('upload rejects a string, which could be a path or the content', async () => {
  const error = await failureOf(() => r2.transfers.upload(untyped('./film.mp4'), object))
  expect(error.message).toContain('but it is the string "./film.mp4"')
  expect(error.hint).toBe('Pass { path: "./film.mp4" } for a file, or new TextEncoder().encode(text) for text.')
})

test.each<[string, () => unknown, RegExp]>([
  [
    'throws',
    () => {
      throw new Error('no such file')
    },
    /body\.open\(\) failed: no such file/,
  ],
  ['returns a number', () => 5, /must return a stream or an async iterable, but it returns a number/],
  ['returns a Promise', async () => new Blob(['abc']).stream(), /but it returns a Promise/],
])('put fails with SourceFailed, not with a network error, if open() %s', async (_, open, message) => {
  const error = await errorOf(r2.objects.put({ ...object, body: { size: 3, open: untyped(open) } }))
  expect(error).toMatchObject({ code: 'SourceFailed', field: 'body' })
  expect(error.message).toMatch(message)
})

test('put rejects a stream without contentLength, and its hint names transfers.upload', async () => {
  const error = await failureOf(() => r2.objects.put({ ...object, body: new Blob(['abc']).stream() }))
  expect(error).toMatchObject({ code: 'LengthRequired', field: 'contentLength', hint: /transfers\.upload/ })
  expect(error).toBeInstanceOf(R2Error)
})

test('no rejected body was stored', async () => {
  const { objects } = await r2.objects.list({ bucket })
  expect(objects.map(({ size }) => size).filter((size) => size !== 0 && size !== 3)).toEqual([])
})
