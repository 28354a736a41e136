import fc from 'fast-check'
import { compareUtf8, encodeKeyPath } from 'r2kit/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { elementsOf, openRawR2, type RawR2 } from '#test/support/raw-r2.js'

const keys = ['a', 'b/1', 'b/2', 'b/c/3', 'd', 'e e', 'ü', '\u{ffee}', '\u{1f600}']
let r2: RawR2

beforeAll(async () => {
  r2 = await openRawR2()
  await r2.send('PUT', '/bucket')
  await r2.send('PUT', '/empty')
  for (const key of keys) await r2.send('PUT', `/bucket/${encodeKeyPath(key)}`, { body: key })
})
afterAll(() => r2[Symbol.asyncDispose]())

const list = (query: string, bucket = 'bucket') => r2.send('GET', `/${bucket}`, { query })
const v2 = (query = '') => list(`list-type=2${query === '' ? '' : `&${query}`}`)

describe('ListObjects and ListObjectsV2 with max-keys', () => {
  test.each([
    ['2', '2', 2],
    ['2.9', '2', 2],
    ['1000', '1000', keys.length],
    ['5000', '5000', keys.length],
    ['1e3', '1000', keys.length],
  ])('%s echo %s and return %i keys', async (maxKeys, echoed, count) => {
    for (const reply of [await v2(`max-keys=${maxKeys}`), await list(`max-keys=${maxKeys}`)]) {
      expect(elementsOf(reply.text, 'MaxKeys')).toEqual([echoed])
      expect(elementsOf(reply.text, 'Key')).toHaveLength(count)
    }
  })

  test.each(['', '-1', 'many', 'NaN', 'Infinity'])('"%s" reject it', async (maxKeys) => {
    const reply = await v2(`max-keys=${maxKeys}`)
    expect([reply.status, reply.code, reply.message]).toEqual([
      400,
      'InvalidMaxKeys',
      'MaxKeys params must be positive integer <= 1000.',
    ])
  })

  test('0 return no keys, and show in IsTruncated whether there are any', async () => {
    const some = (await v2('max-keys=0')).text
    expect(elementsOf(some, 'IsTruncated')).toEqual(['true'])
    expect([...elementsOf(some, 'Key'), ...elementsOf(some, 'NextContinuationToken')]).toEqual([])
    expect(elementsOf((await list('list-type=2&max-keys=0', 'empty')).text, 'IsTruncated')).toEqual(['false'])
  })
})

describe('list documents', () => {
  test('of ListObjectsV2 contain only elements for given parameters', async () => {
    const { text } = await v2()
    expect(text).toMatch(
      /^<\?xml version="1.0" encoding="UTF-8"\?><ListBucketResult xmlns="http:\/\/s3.amazonaws.com\/doc\/2006-03-01\/"><Name>bucket<\/Name>/,
    )
    for (const name of [
      'Delimiter',
      'StartAfter',
      'ContinuationToken',
      'NextContinuationToken',
      'EncodingType',
      'Owner',
      'Marker',
    ]) {
      expect(text).not.toContain(`<${name}>`)
    }
    expect(elementsOf(text, 'KeyCount')).toEqual([String(keys.length)])
    expect(elementsOf(text, 'LastModified')[0]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    expect(elementsOf(text, 'ETag')[0]).toBe('&quot;0cc175b9c0f1b6a831c399e269772661&quot;')
  })

  test('of ListObjects always contain Marker, and NextMarker only if the list is truncated', async () => {
    const all = (await list('')).text
    expect(elementsOf(all, 'Marker')).toEqual([''])
    expect(all).not.toContain('<NextMarker>')
    expect(all).not.toContain('<KeyCount>')
    const some = (await list('max-keys=1')).text
    expect(elementsOf(some, 'NextMarker')).toEqual(['a'])
  })

  test('of ListObjectsV2 contain owners if fetch-owner is true', async () => {
    expect(elementsOf((await v2('fetch-owner=true&max-keys=1')).text, 'ID')[0]).toMatch(/^[0-9a-f]{32}$/)
  })

  test('with encoding-type=url encode slashes too', async () => {
    const { text } = await v2('encoding-type=url&delimiter=/&prefix=b/&start-after=b/1')
    expect(elementsOf(text, 'Key')).toEqual(['b%2F2'])
    expect(elementsOf(text, 'Prefix')).toEqual(['b%2Fc%2F', 'b%2F'])
    expect([elementsOf(text, 'Delimiter'), elementsOf(text, 'StartAfter'), elementsOf(text, 'EncodingType')]).toEqual([
      ['%2F'],
      ['b%2F1'],
      ['url'],
    ])
  })

  test('with another encoding-type are NotImplemented', async () => {
    const reply = await v2('encoding-type=base64')
    expect([reply.status, reply.message]).toEqual([501, 'Unrecognized encoding-type "base64" not implemented'])
  })
})

describe('list positions:', () => {
  test('start-after is exclusive, and the later of token and start-after wins', async () => {
    const page = (await v2('max-keys=3')).text
    const token = elementsOf(page, 'NextContinuationToken')[0] ?? ''
    const first = async (query: string) => elementsOf((await v2(query)).text, 'Key')[0]
    expect(await first('start-after=b/1')).toBe('b/2')
    expect(await first(`continuation-token=${token}&start-after=a`)).toBe('b/c/3')
    expect(await first(`continuation-token=${token}&start-after=d`)).toBe('e e')
  })

  test.each(['continuation-token', 'start-after', 'prefix', 'delimiter'])('an empty %s is ignored', async (name) => {
    const { status, text } = await v2(`${name}=`)
    expect([status, elementsOf(text, 'Key')]).toEqual([200, elementsOf((await v2()).text, 'Key')])
    expect(elementsOf(text, 'ContinuationToken')).toEqual([])
  })

  test('an empty marker of ListObjects is ignored', async () => {
    expect(elementsOf((await list('marker=')).text, 'Key')).toEqual(elementsOf((await list('')).text, 'Key'))
  })

  test('an unknown continuation token is InvalidArgument', async () => {
    for (const token of ['no%20token', '%25%25']) {
      expect((await v2(`continuation-token=${token}`)).code).toBe('InvalidArgument')
    }
  })

  test('an empty delimiter returns all keys', async () => {
    expect(elementsOf((await v2('delimiter=')).text, 'Key')).toHaveLength(keys.length)
  })

  test('keys are sorted by their UTF-8 bytes, not by UTF-16 code units', async () => {
    expect(elementsOf((await v2()).text, 'Key')).toEqual([...keys].sort(compareUtf8))
  })

  test('a common prefix is returned once, and its token skips all keys under it', async () => {
    const prefixes: string[] = []
    const found: string[] = []
    let token: string | undefined
    do {
      const { text } = await v2(`delimiter=/&max-keys=1${token === undefined ? '' : `&continuation-token=${token}`}`)
      found.push(...elementsOf(text, 'Key'))
      prefixes.push(...[...text.matchAll(/<CommonPrefixes><Prefix>([^<]*)/g)].map((match) => match[1] ?? ''))
      token = elementsOf(text, 'NextContinuationToken')[0]
    } while (token !== undefined)
    expect(prefixes).toEqual(['b/'])
    expect(found).toEqual([...keys].filter((key) => !key.includes('/')).sort(compareUtf8))
  })
})

test('pages of any size, with any prefix and delimiter, add up to the complete list', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('', 'b', 'b/', 'b/c', 'x'),
      fc.constantFrom('', '/', 'c'),
      fc.integer({ min: 1, max: 4 }),
      async (prefix, delimiter, size) => {
        const expected = new Set<string>()
        for (const key of [...keys].sort(compareUtf8)) {
          if (!key.startsWith(prefix)) continue
          const at = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length)
          expected.add(at < 0 ? key : key.slice(0, at + delimiter.length))
        }
        const found: string[] = []
        let marker = ''
        for (;;) {
          const query = new URLSearchParams({ prefix, delimiter, 'max-keys': String(size), marker })
          const { text } = await list(query.toString())
          const page = [
            ...elementsOf(text, 'Key'),
            ...[...text.matchAll(/<CommonPrefixes><Prefix>([^<]*)/g)].map((match) => match[1] ?? ''),
          ]
          expect(page.length).toBeLessThanOrEqual(size)
          found.push(...page)
          const next = elementsOf(text, 'NextMarker')[0]
          if (next === undefined) break
          marker = next
        }
        expect(found.sort(compareUtf8)).toEqual([...expected].sort(compareUtf8))
      },
    ),
    { numRuns: 40 },
  )
})
