import { describe, expect, test } from 'vitest'
import { bucket, refuses, startServer, wrong } from '../../support/inputs/mistakes.js'

const server = await startServer()
const { r2 } = server

describe('deleteObjects', () => {
  const remove = (keys: unknown) => () => r2.objects.deleteObjects({ bucket, keys: wrong(keys) })
  const array = /Pass an array of keys/

  refuses(server, [
    ['a string, of which every character would be deleted', remove('abc'), 'keys', /but it is a string/, array],
    ['a String object', remove(new String('abc')), 'keys', /but it is a String/, array],
    ['a Map', remove(new Map([['a', 1]])), 'keys', /but it is a Map/, array],
    ['bytes', remove(new Uint8Array(2)), 'keys', /but it is a Uint8Array/, array],
    ['a Promise of keys', remove(Promise.resolve(['a'])), 'keys', /but it is a Promise/, array],
    [
      'an object that only claims to be iterable',
      remove({ [Symbol.iterator]: 5 }),
      'keys',
      /but it is an object/,
      array,
    ],
    ['undefined in an array', remove([undefined]), 'keys[0]', /but it is undefined/, array],
    ['an array with a hole', remove(new Array(2)), 'keys[0]', /but it is undefined/, array],
    ['a number in a Set', remove(new Set(['a', 5])), 'keys[1]', /but it is 5/, /Pass a string/],
    ['an empty key, where it is the only one', remove(['']), 'keys[0]', /1 to 1024 bytes/, /Pass a key/],
    [
      'listed objects in place of their keys',
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
      'the shape of AWS',
      () => r2.objects.deleteObjects(wrong({ Bucket: bucket, Delete: { Objects: [{ Key: 'a' }] } })),
      'Bucket',
      /did you mean bucket/,
      'Use bucket.',
    ],
    ['objects of AWS in an array', remove([{ Key: 'a' }]), 'keys[0]', /but it is an object/, array],
  ])

  test('takes a Set and a generator of keys', async () => {
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
