import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { thrownBy } from '#test/support/results.js'
import type { R2Error } from '../errors/index.js'
import {
  abortSignal,
  anyText,
  bytes,
  callback,
  type Field,
  integer,
  listOf,
  objectOf,
  recordOf,
  refuseInput,
  required,
  returned,
  someOf,
} from './index.js'

interface Range {
  readonly offset?: number
  readonly length?: number
}

interface Put {
  readonly bucket: string
  readonly key: string
  readonly contentType?: string
  readonly cacheControl?: string
  readonly metadata?: Readonly<Record<string, string>>
  readonly range?: Range
  readonly keys?: readonly string[]
  readonly ssec?: { readonly key: Uint8Array }
  readonly onDone?: () => void
  readonly maxAttempts?: number
}

const putField = objectOf<Put>('PutObject', {
  bucket: required(anyText),
  key: required(anyText),
  contentType: anyText,
  cacheControl: anyText,
  metadata: recordOf(anyText),
  range: objectOf<Range>('a range', { offset: integer(0), length: integer(1) }),
  keys: listOf(anyText),
  ssec: objectOf<{ key: Uint8Array }>('a customer key', { key: required(bytes) }),
  onDone: callback(),
  maxAttempts: integer(1),
})

const put = { bucket: 'photos', key: 'cat.jpg' }
const read = (value: unknown): Put => putField.read(value, '', refuseInput)

const refusal = (value: unknown, field: Field<unknown> = putField): R2Error =>
  thrownBy(() => field.read(value, field === putField ? '' : 'field', refuseInput))

/** A value of another realm, as a test environment, an iframe or a worker makes them. */
const foreign = (code: string): unknown => runInNewContext(code)

const thrower = () => {
  throw new Error('not today')
}

describe('objectOf', () => {
  test('copies an object with the fields of the table', () => {
    const given = { ...put, metadata: { a: '1' }, keys: ['a'], range: { offset: 1 } }
    const taken = read(given)
    expect(taken).toEqual(given)
    given.key = 'other'
    given.metadata.a = '2'
    given.keys.push('b')
    given.range.offset = 2
    expect(taken).toEqual({ ...put, metadata: { a: '1' }, keys: ['a'], range: { offset: 1 } })
  })

  test('treats undefined as absent, for known and unknown fields', () => {
    expect(read({ ...put, contentType: undefined, tagging: undefined })).toEqual(put)
  })

  test('rejects null, which is a value', () => {
    expect(refusal({ ...put, contentType: null }).message).toBe('contentType must be a string, but it is null')
  })

  test.each([
    ['ContentType', 'contentType'],
    ['content-type', 'contentType'],
    ['content_type', 'contentType'],
    ['contenttype', 'contentType'],
    ['contentTyp', 'contentType'],
    ['contnetType', 'contentType'],
    ['CacheControl', 'cacheControl'],
    ['Bucket', 'bucket'],
    ['bucketName', 'bucket'],
    ['Key', 'key'],
    ['customMetadata', 'metadata'],
    ['retries', 'maxAttempts'],
    ['offset', 'range: { offset }'],
  ])('rejects the unknown field %s and suggests %s', (name, meant) => {
    const error = refusal({ ...put, [name]: 'x' })
    expect(error.message).toBe(`${name} is not a field of PutObject; did you mean ${meant}?`)
    expect(error).toMatchObject({ code: 'InvalidInput', field: name, hint: `Use ${meant}.` })
  })

  test('lists its fields for an unknown field that resembles none of them', () => {
    const error = refusal({ ...put, acl: 'public-read' })
    expect(error.message).toBe('acl is not a field of PutObject')
    expect(error.hint).toMatch(/^Its fields are bucket, key, contentType, /)
  })

  test('neither lists nor suggests a field that only results have', () => {
    const field = objectOf<{ uploadId?: string }>('an upload', { uploadId: anyText, ...{ requestId: returned } })
    expect(field.read({ uploadId: 'u', requestId: 5 }, '', refuseInput)).toEqual({ uploadId: 'u', requestId: 5 })
    expect(refusal({ zzz: 1 }, field).hint).toBe('Its fields are uploadId.')
    expect(refusal({ requestIdd: 1 }, field).message).not.toContain('did you mean requestId')
  })

  test('names a missing required field, and the values that it takes', () => {
    expect(refusal({ bucket: 'photos' })).toMatchObject({
      message: 'key is a required field',
      field: 'key',
      hint: 'Pass a string.',
    })
  })

  test('names nested fields by their path', () => {
    expect(refusal({ ...put, range: { offset: '1' } })).toMatchObject({ field: 'range.offset' })
    expect(refusal({ ...put, range: { start: 1 } })).toMatchObject({ field: 'range.start' })
    expect(refusal({ ...put, keys: ['a', 5] })).toMatchObject({ field: 'keys[1]' })
    expect(refusal({ ...put, metadata: { 'a b': 5 } })).toMatchObject({ field: 'metadata["a b"]' })
  })

  test('shortens and escapes the name of an unknown field', () => {
    const error = refusal({ ...put, [`a\n${'x'.repeat(1_000_000)}`]: 1 })
    expect(error.field?.length).toBeLessThan(70)
    expect(error.field).toMatch(/^"a\\nx+…"$/)
  })

  test.each<[string, unknown, string]>([
    ['undefined', undefined, 'undefined'],
    ['null', null, 'null'],
    ['a string', 'photos', 'a string'],
    ['a number', 5, 'a number'],
    ['a function', () => put, 'a function'],
    ['a symbol', Symbol('s'), 'a symbol'],
    ['an array', [put], 'an array'],
    ['a Map', new Map(Object.entries(put)), 'a Map'],
    ['a Promise', Promise.resolve(put), 'a Promise'],
    ['a Date', new Date(), 'a Date'],
    ['a String', new String('photos'), 'a String'],
    ['bytes', new Uint8Array(4), 'a Uint8Array'],
    ['an array of another realm', foreign('[1]'), 'an array'],
    ['a Map of another realm', foreign('new Map()'), 'a Map'],
  ])('rejects %s in place of an object', (_, value, name) => {
    expect(refusal(value)).toMatchObject({
      message: `input must be an object (PutObject), but it is ${name}`,
      field: 'input',
      code: 'InvalidInput',
      hint:
        name === 'a Promise' ? 'Await the promise first.' : expect.stringMatching(/^Pass an object with bucket, key, /),
    })
  })

  test('rejects a Promise, Map or signal even if all fields are optional, because its content would be lost', () => {
    const options = objectOf<{ signal?: AbortSignal }>(
      "a call's options",
      { signal: abortSignal },
      { argument: 'options' },
    )
    const refused = (value: unknown) => thrownBy(() => options.read(value, '', refuseInput))
    expect(refused(Promise.resolve({}))).toMatchObject({ field: 'options', hint: 'Await the promise first.' })
    expect(refused(new Map())).toMatchObject({ field: 'options' })
    expect(refused(new AbortController().signal)).toMatchObject({ field: 'options', hint: 'Pass it as { signal }.' })
    expect(options.read({}, '', refuseInput)).toEqual({})
  })

  test('never shows a value that was passed in place of an object: it may be a key or a token', () => {
    const secret = 'c2VjcmV0LWtleS1zZWNyZXQta2V5LXNlY3JldC1rZXk='
    for (const value of [
      secret,
      { ...put, ssec: secret },
      { ...put, ssec: { key: secret } },
      { ...put, metadata: secret },
    ]) {
      const error = refusal(value)
      expect(JSON.stringify([error.message, error.hint, error])).not.toContain(secret.slice(0, 8))
    }
  })
})

describe('objectOf, given an object that is not a literal,', () => {
  test.each<[string, () => unknown]>([
    ['frozen', () => Object.freeze({ ...put })],
    ['sealed', () => Object.seal({ ...put })],
    ['without a prototype', () => Object.assign(Object.create(null), put)],
    ['that inherits from another', () => Object.create(put)],
    ['of another realm', () => foreign(`(${JSON.stringify(put)})`)],
    ['behind a Proxy', () => new Proxy({ ...put }, {})],
    [
      'of a class',
      () =>
        new (class {
          bucket = put.bucket
          key = put.key
        })(),
    ],
    [
      'of a class with accessors, which no enumeration shows',
      () =>
        new (class {
          #key = put.key
          bucket = put.bucket
          get key() {
            return this.#key
          }
          get size() {
            return 5
          }
        })(),
    ],
    [
      'of a class of another realm',
      () => foreign(`new (class { bucket = 'photos'; get key() { return 'cat.jpg' } })()`),
    ],
    ['with symbols', () => ({ ...put, [Symbol('mark')]: 1 })],
    ['of a module', () => Object.freeze(Object.assign(Object.create(null), put, { [Symbol.toStringTag]: 'Module' }))],
  ])('reads an object %s like a literal', (_, make) => {
    expect(read(make())).toEqual(put)
  })

  test('rejects an unknown field of an instance of a class', () => {
    const instance = new (class {
      bucket = 'photos'
      key = 'cat.jpg'
      Tagging = 'a=b'
    })()
    expect(refusal(instance)).toMatchObject({ field: 'Tagging' })
  })

  test('ignores properties that a library added to Object.prototype', () => {
    const added = { contentType: 'text/html', clone: thrower }
    const taken: Put[] = []
    Object.assign(Object.prototype, added)
    try {
      taken.push(read({ ...put }), read(Object.create(put)))
    } finally {
      for (const name of Object.keys(added)) Reflect.deleteProperty(Object.prototype, name)
    }
    expect(taken).toEqual([put, put])
  })

  test.each(['__proto__', 'constructor', 'hasOwnProperty', 'toString'])('rejects %s as an own property', (name) => {
    expect(refusal(JSON.parse(`{"bucket":"photos","key":"k","${name}":{"contentType":"text/html"}}`))).toMatchObject({
      field: name,
    })
  })

  test('keeps __proto__ as an ordinary name in a record', () => {
    const metadata: unknown = JSON.parse('{"__proto__":"x","a":"1"}')
    const taken = read({ ...put, metadata }).metadata ?? {}
    expect(Object.entries(taken)).toEqual([
      ['__proto__', 'x'],
      ['a', '1'],
    ])
    expect(Object.getPrototypeOf(taken)).toBe(Object.prototype)
  })
})

describe('objectOf, reading the fields,', () => {
  test('reads each field once, so that a getter cannot return another value after the check', () => {
    const reads: string[] = []
    const counted = new Proxy(
      { ...put, contentType: 'text/plain', range: { offset: 1 } },
      {
        get(target, name, receiver) {
          if (typeof name === 'string' && name in target) reads.push(name)
          const value: unknown = Reflect.get(target, name, receiver)
          return reads.filter((read) => read === name).length > 1 ? '../other' : value
        },
      },
    )
    expect(read(counted)).toMatchObject({ ...put, contentType: 'text/plain' })
    expect(reads.sort()).toEqual(['bucket', 'contentType', 'key', 'range'])
  })

  test('reads each accessor of a class once, even one that returns undefined first', () => {
    let reads = 0
    const instance = new (class {
      bucket = 'photos'
      key = 'k'
      get contentType() {
        return reads++ === 0 ? undefined : 'text/html'
      }
    })()
    expect(read(instance)).toEqual({ bucket: 'photos', key: 'k' })
    expect(reads).toBe(1)
  })

  test.each<[string, () => unknown, string]>([
    [
      'a getter',
      () => Object.defineProperty({ ...put }, 'contentType', { get: thrower, enumerable: true }),
      'contentType',
    ],
    [
      'a getter of an unknown field',
      () => ({
        ...put,
        get tagging() {
          return thrower()
        },
      }),
      'tagging',
    ],
    [
      'an accessor of a class',
      () =>
        new (class {
          bucket = 'b'
          get key() {
            return thrower()
          }
        })(),
      'key',
    ],
    [
      'a nested getter',
      () => ({
        ...put,
        range: {
          get offset() {
            return thrower()
          },
        },
      }),
      'range.offset',
    ],
    [
      'a getter in a record',
      () => ({
        ...put,
        metadata: {
          get owner() {
            return thrower()
          },
        },
      }),
      'metadata["owner"]',
    ],
    [
      'a getter in an array',
      () => ({ ...put, keys: Object.defineProperty(['a', 'b'], 1, { get: thrower }) }),
      'keys[1]',
    ],
    ['a Proxy whose names cannot be read', () => new Proxy({}, { ownKeys: thrower }), 'input'],
    ['a Proxy whose prototype cannot be read', () => new Proxy({}, { getPrototypeOf: thrower }), 'input'],
    ['a Proxy whose values cannot be read', () => new Proxy(put, { get: thrower }), 'bucket'],
    [
      'an object whose tag cannot be read',
      () =>
        new (class {
          get [Symbol.toStringTag]() {
            return thrower()
          }
        })(),
      'bucket',
    ],
    [
      'a getter of a Uint8Array in disguise',
      () => ({
        ...put,
        ssec: {
          get key() {
            return thrower()
          },
        },
      }),
      'ssec.key',
    ],
  ])('names the field of %s that throws, with the thrown error as the cause', (_, make, field) => {
    const error = refusal(make())
    expect(error).toMatchObject({ code: 'InvalidInput', field })
    if (error.cause !== undefined) expect(error.cause).toMatchObject({ message: 'not today' })
  })

  test.each([['a Proxy'], ['an array behind a Proxy']])('rejects %s that was revoked', (kind) => {
    const { proxy, revoke } = Proxy.revocable(kind === 'a Proxy' ? {} : [], {})
    revoke()
    expect(refusal(proxy)).toMatchObject({ code: 'InvalidInput', field: 'input' })
    expect(refusal({ ...put, range: proxy })).toMatchObject({ code: 'InvalidInput', field: 'range' })
    expect(refusal({ ...put, keys: proxy })).toMatchObject({ code: 'InvalidInput', field: 'keys' })
    expect(refusal({ ...put, contentType: proxy })).toMatchObject({ code: 'InvalidInput', field: 'contentType' })
  })

  test('names the field of a getter that throws a value other than an error', () => {
    for (const thrown of [undefined, null, 'text', 5, Symbol('s')]) {
      const given = {
        ...put,
        get contentType() {
          throw thrown
        },
      }
      expect(refusal(given)).toMatchObject({ code: 'InvalidInput', field: 'contentType' })
    }
  })

  test('rejects an object that refers to itself', () => {
    const cyclic: Record<string, unknown> = { ...put }
    cyclic.range = cyclic
    expect(refusal(cyclic)).toMatchObject({ field: 'range.bucket' })
    cyclic.range = { offset: cyclic }
    expect(refusal(cyclic).message).toBe('range.offset must be a whole number from 0, but it is an object')
  })
})

describe('listOf', () => {
  const keys = listOf(anyText)

  test('copies an array that is frozen or of another realm', () => {
    expect(keys.read(foreign(`['a', 'b']`), 'keys', refuseInput)).toEqual(['a', 'b'])
    expect(keys.read(Object.freeze(['a']), 'keys', refuseInput)).toEqual(['a'])
    expect(keys.read([], 'keys', refuseInput)).toEqual([])
  })

  test.each<[string, unknown, string]>([
    ['a string, which is an iterable of its characters', 'abc', 'field must be an array, but it is "abc"'],
    ['a Set', new Set(['a']), 'field must be an array, but it is a Set'],
    ['an object of numbered names', { 0: 'a', length: 1 }, 'field must be an array, but it is an object'],
    ['bytes', new Uint8Array(2), 'field must be an array, but it is a Uint8Array'],
  ])('rejects %s in place of an array', (_, value, message) => {
    expect(refusal(value, keys)).toMatchObject({ message, hint: 'Pass an array.' })
  })

  test('rejects an array with a hole at the hole, however long the array is', () => {
    // biome-ignore lint/suspicious/noSparseArray: the test needs a hole
    expect(refusal(['a', , 'b'], keys)).toMatchObject({ field: 'field[1]' })
    expect(refusal(new Array(4_294_967_295), keys)).toMatchObject({ field: 'field[0]' })
  })

  test('reads an array by its indices, not by an endless iterator', () => {
    const list = ['a', 'b']
    list[Symbol.iterator] = function* () {
      for (;;) yield 'x'
    }
    expect(keys.read(list, 'keys', refuseInput)).toEqual(['a', 'b'])
  })

  test('rejects an empty array if at least one element is required', () => {
    const rules = someOf(anyText, 'To remove all rules, call delete().')
    expect(rules.read(['a'], 'rules', refuseInput)).toEqual(['a'])
    expect(refusal([], rules)).toMatchObject({
      message: 'field must have at least one element, but it is empty',
      hint: 'To remove all rules, call delete().',
    })
  })
})

describe('recordOf', () => {
  const metadata = recordOf(anyText)

  test.each<[string, () => unknown]>([
    ['of another realm', () => foreign(`({ owner: 'Ana' })`)],
    ['without a prototype', () => Object.assign(Object.create(null), { owner: 'Ana' })],
    [
      'of a class',
      () =>
        new (class {
          owner = 'Ana'
        })(),
    ],
  ])('copies a record %s', (_, make) => {
    expect(metadata.read(make(), 'metadata', refuseInput)).toEqual({ owner: 'Ana' })
  })

  test.each<[string, unknown, string, RegExp]>([
    ['a Map', new Map([['owner', 'Ana']]), 'a Map', /Object\.fromEntries/],
    ['a Headers', new Headers({ owner: 'Ana' }), 'a Headers', /Object\.fromEntries/],
    ['a URLSearchParams', new URLSearchParams('owner=Ana'), 'a URLSearchParams', /Object\.fromEntries/],
    ['a Promise', Promise.resolve({ owner: 'Ana' }), 'a Promise', /Pass an object/],
    ['an array of pairs', [['owner', 'Ana']], 'an array', /Pass an object/],
    ['a Date', new Date(), 'a Date', /Pass an object/],
    [
      'an instance that shows nothing of its own',
      new (class {
        get owner() {
          return 'Ana'
        }
      })(),
      'an object',
      /Pass an/,
    ],
  ])('rejects %s, which would be stored as an empty record', (_, value, name, hint) => {
    expect(refusal(value, metadata)).toMatchObject({
      message: `field must be an object of names and values, but it is ${name}`,
      hint: expect.stringMatching(hint),
    })
  })

  test('rejects undefined as a value, because the entry would be lost silently', () => {
    expect(refusal({ owner: undefined }, metadata)).toMatchObject({ field: 'field["owner"]' })
  })
})
