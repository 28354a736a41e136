import { describe, expect, test } from 'vitest'
import { bucket, startServer, testMistakes, untyped } from '../../support/inputs/mistake-suite.js'

const server = await startServer()
const { r2 } = server

describe('deleteObjects', () => {
  const remove = (keys: unknown) => () => r2.objects.deleteObjects({ bucket, keys: untyped(keys) })
  const array = /Pass an array of keys/

  testMistakes(server, [
    ['a string as keys, whose characters would be deleted', remove('abc'), 'keys', /but it is a string/, array],
    ['a String object as keys', remove(new String('abc')), 'keys', /but it is a String/, array],
    ['a Map as keys', remove(new Map([['a', 1]])), 'keys', /but it is a Map/, array],
    ['bytes as keys', remove(new Uint8Array(2)), 'keys', /but it is a Uint8Array/, array],
    ['a Promise of keys', remove(Promise.resolve(['a'])), 'keys', /but it is a Promise/, array],
    [
      'an object whose iterator is not a function as keys',
      remove({ [Symbol.iterator]: 5 }),
      'keys',
      /but it is an object/,
      array,
    ],
    ['undefined in the array of keys', remove([undefined]), 'keys[0]', /but it is undefined/, array],
    ['an array of keys with a hole', remove(new Array(2)), 'keys[0]', /but it is undefined/, array],
    ['a number in a Set of keys', remove(new Set(['a', 5])), 'keys[1]', /but it is 5/, /Pass a string/],
    ['an empty key as the only one', remove(['']), 'keys[0]', /1 to 1024 bytes/, /Pass a key/],
    [
      'listed objects instead of their keys',
      remove(
        (function* () {
          yield { key: 'a' }
        })(),
      ),
      'keys[0]',
      /must be a string, but it is an object/,
      /Pass a string/,
    ],
    [
      'DeleteObjects input in the shape of AWS',
      () => r2.objects.deleteObjects(untyped({ Bucket: bucket, Delete: { Objects: [{ Key: 'a' }] } })),
      'Bucket',
      /did you mean bucket/,
      'Use bucket.',
    ],
    ['an array of objects in the shape of AWS', remove([{ Key: 'a' }]), 'keys[0]', /but it is an object/, array],
  ])

  test('deleteObjects accepts a Set and a generator of keys', async () => {
    const keys = function* () {
      yield 'c'
    }
    expect(await r2.objects.deleteObjects({ bucket, keys: new Set(['a', 'b']) })).toEqual({
      deleted: ['a', 'b'],
      failed: [],
    })
    expect(await r2.objects.deleteObjects({ bucket, keys: keys() })).toEqual({ deleted: ['c'], failed: [] })
  })
})
