import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { detached } from './detached.js'

describe('a detached input', () => {
  test('a detached input shares only bodies and objects with methods with the original', () => {
    const body = new Uint8Array(3)
    const stream = new ReadableStream()
    const reopenable = { size: 1, open: () => stream }
    const key = new Uint8Array(32)
    const given = {
      bucket: 'photos',
      metadata: { owner: 'Ana' },
      parts: [{ partNumber: 1 }],
      ifModifiedSince: new Date(5),
      keys: new Set(['a']),
      ssec: { key },
      body,
      stream,
      reopenable,
    }
    const copy = detached(given)
    expect(copy).toEqual(given)
    for (const field of ['metadata', 'parts', 'ifModifiedSince', 'keys', 'ssec'] as const)
      expect(copy[field]).not.toBe(given[field])
    expect(copy.parts[0]).not.toBe(given.parts[0])
    expect(copy.ssec.key).not.toBe(key)
    for (const field of ['body', 'stream', 'reopenable'] as const) expect(copy[field]).toBe(given[field])
  })

  test('a detached input is of this realm where the original is a literal of another one', () => {
    const copy = detached(runInNewContext(`({ source: { key: 'k' }, at: new Date(5), parts: [1] })`))
    expect(copy).toEqual({ source: { key: 'k' }, at: new Date(5), parts: [1] })
  })

  test('a detached input of a class keeps accessors and methods not enumerable', () => {
    class Input {
      bucket = 'photos'
      #key = 'first'
      get key() {
        return this.#key
      }
      rename() {
        this.#key = 'second'
      }
    }
    const given = new Input()
    const copy = detached(given)
    given.rename()
    expect(copy.key).toBe('first')
    expect(Object.keys(copy)).toEqual(['bucket'])
    expect(typeof copy.rename).toBe('function')
  })

  test('a detached input keeps __proto__ as an ordinary field', () => {
    const copy: unknown = detached(JSON.parse('{"__proto__":{"a":1},"b":2}'))
    expect(Object.keys(copy as object)).toEqual(['__proto__', 'b'])
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype)
  })

  test('a detached input contains itself where the original does, and is copied once', () => {
    interface Cyclic {
      self?: Cyclic
      list: (Cyclic | undefined)[]
    }
    const given: Cyclic = { list: [] }
    given.self = given
    given.list.push(given, given)
    const copy = detached(given)
    expect(copy).not.toBe(given)
    expect(copy.self).toBe(copy)
    expect(copy.list[1]).toBe(copy)
  })

  test('copying an array ends at its first hole, however long the array is', () => {
    expect(detached({ keys: new Array(4_294_967_295) }).keys).toHaveLength(1)
    expect(detached({ keys: ['a', 'b'] }).keys).toEqual(['a', 'b'])
  })

  test('a value that is no object is detached unchanged', () => {
    for (const value of [undefined, null, 5, 'text', Symbol.iterator]) expect(detached(value)).toBe(value)
    const pending = Promise.resolve({ bucket: 'photos' })
    expect(detached(pending)).toBe(pending)
  })

  test.each<[string, () => unknown, string]>([
    [
      'a getter',
      () => ({
        source: {
          get key() {
            throw new Error('no')
          },
        },
      }),
      'source.key',
    ],
    [
      'an accessor of a class',
      () =>
        new (class {
          get key() {
            throw new Error('no')
          }
        })(),
      'key',
    ],
    [
      'an element',
      () => ({
        keys: Object.defineProperty(['a'], 0, {
          get() {
            throw new Error('no')
          },
        }),
      }),
      'keys[0]',
    ],
    [
      'a Proxy',
      () =>
        new Proxy(
          {},
          {
            ownKeys() {
              throw new Error('no')
            },
          },
        ),
      'input',
    ],
  ])('an error names %s that throws', (_, make, field) => {
    expect(() => detached(make())).toThrow(expect.objectContaining({ code: 'InvalidInput', field }))
  })

  test('the time to detach an input is proportional to its number of fields', () => {
    const many = Object.fromEntries(Array.from({ length: 200_000 }, (_, index) => [`k${index}`, { a: index }]))
    expect(Object.keys(detached({ metadata: many }).metadata)).toHaveLength(200_000)
  })
})
