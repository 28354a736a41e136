/** ListObjects in both versions: order, prefixes, delimiters, paging, and R2's interpretation of every parameter. */
import { strict as assert } from 'node:assert'
import { type Context, defineSuite, expectError, expectStatus } from '../case.js'
import { elementText, elementTexts } from '../raw.js'

const badMaxKeys = 'MaxKeys params must be positive integer <= 1000.'

const seed = async ({ r2, bucket, key }: Context, names: readonly string[]) => {
  await Promise.all(names.map((name) => r2.objects.put({ bucket, key: key(name), body: name })))
}

/** Lists the keys below this case's prefix with a raw request. */
const list = ({ raw, bucket, key }: Context, parameters: Readonly<Record<string, string>>, version = '2') =>
  raw({
    path: `/${bucket}`,
    query: Object.entries({ ...(version === '' ? {} : { 'list-type': version }), prefix: key(''), ...parameters }),
  })

const names = ['a', 'b/1', 'b/2', 'b/c/3', 'b0', 'd/4', 'e']

export const listSuite = defineSuite('lists', '5.3', {
  fields: {
    sentence: 'a list returns the key, size, ETag, date and storage class of each object',
    async run(context) {
      const { r2, bucket, key, nowMs } = context
      const { etag } = await r2.objects.put({ bucket, key: key(), body: 'hello' })
      const { objects, isTruncated, keyCount } = await r2.objects.list({ bucket, prefix: key('') })
      const [object] = objects
      assert.deepEqual([object?.key, object?.size, object?.etag, object?.storageClass], [key(), 5, etag, 'STANDARD'])
      assert.equal(Math.abs((object?.lastModified.getTime() ?? 0) - nowMs()) < 900_000, true)
      assert.deepEqual([objects.length, isTruncated, keyCount], [1, false, 1])
    },
  },
  order: {
    sentence: 'a list is sorted by the UTF-8 bytes of the keys',
    async run(context) {
      // U+FF5E sorts before U+1F600 in UTF-8 and after it in UTF-16.
      const inOrder = ['!', '-', '0', 'A', 'Z', '_', 'a', 'aa', 'b', '~', 'é', '日', '～', '😀']
      await seed(context, [...inOrder].reverse())
      const { objects } = await context.r2.objects.list({ bucket: context.bucket, prefix: context.key('') })
      assert.deepEqual(
        objects.map((object) => object.key),
        inOrder.map((name) => context.key(name)),
      )
    },
  },
  delimiter: {
    sentence: 'a delimiter groups keys into common prefixes, which count toward KeyCount',
    async run(context) {
      await seed(context, names)
      const { r2, bucket, key } = context
      const top = await r2.objects.list({ bucket, prefix: key(''), delimiter: '/' })
      assert.deepEqual(
        top.objects.map((object) => object.key),
        [key('a'), key('b0'), key('e')],
      )
      assert.deepEqual(top.commonPrefixes, [key('b/'), key('d/')])
      assert.equal(top.keyCount, 5)
      const below = await r2.objects.list({ bucket, prefix: key('b/'), delimiter: '/' })
      assert.deepEqual(below.commonPrefixes, [key('b/c/')])
      assert.deepEqual(
        below.objects.map((object) => object.key),
        [key('b/1'), key('b/2')],
      )
    },
  },
  'long-delimiter': {
    sentence: 'a delimiter may be any string, and an empty one is ignored',
    async run(context) {
      await seed(context, ['x--1', 'x--2', 'x-3', 'y'])
      const { r2, bucket, key } = context
      const { commonPrefixes, objects } = await r2.objects.list({ bucket, prefix: key(''), delimiter: '--' })
      assert.deepEqual([commonPrefixes, objects.length], [[key('x--')], 2])
      const response = expectStatus(await list(context, { delimiter: '' }), 200)
      assert.equal(elementTexts(response.text, 'Key').length, 4)
    },
  },
  'pages-of-every-size': {
    sentence: 'pages of any size return every key and every common prefix exactly once',
    async run(context) {
      await seed(context, names)
      const { r2, bucket, key } = context
      for (let maxKeys = 1; maxKeys <= 6; maxKeys++) {
        const seen: string[] = []
        let continuationToken: string | undefined
        do {
          const page = await r2.objects.list({
            ...{ bucket, prefix: key(''), delimiter: '/', maxKeys },
            ...(continuationToken === undefined ? {} : { continuationToken }),
          })
          assert.equal(page.objects.length + page.commonPrefixes.length <= maxKeys, true)
          seen.push(...page.objects.map((object) => object.key), ...page.commonPrefixes)
          continuationToken = page.nextContinuationToken
          assert.equal(page.isTruncated, continuationToken !== undefined)
        } while (continuationToken !== undefined)
        assert.deepEqual(
          seen.sort(),
          ['a', 'b/', 'b0', 'd/', 'e'].map((name) => key(name)).sort(),
          `pages of ${maxKeys}`,
        )
      }
    },
  },
  'start-after': {
    sentence: 'start-after is exclusive, need not be an existing key, and may lie inside a common prefix',
    async run(context) {
      await seed(context, names)
      const { r2, bucket, key } = context
      const after = async (startAfter: string, delimiter?: string) => {
        const page = await r2.objects.list({
          ...{ bucket, prefix: key(''), startAfter: key(startAfter) },
          ...(delimiter === undefined ? {} : { delimiter }),
        })
        return [...page.objects.map((object) => object.key), ...page.commonPrefixes].map((each) =>
          each.slice(key('').length),
        )
      }
      assert.deepEqual(await after('b/2'), ['b/c/3', 'b0', 'd/4', 'e'])
      assert.deepEqual(await after('c'), ['d/4', 'e'])
      assert.deepEqual(await after('zzz'), [])
      assert.deepEqual(await after('b/1', '/'), ['b0', 'e', 'b/', 'd/'])
    },
  },
  'over-a-thousand': {
    sentence: 'a list of more than 1,000 keys is split into pages of at most 1,000, each key once and in order',
    async run(context) {
      const { r2, bucket, key } = context
      const keys = Array.from({ length: 1010 }, (_, index) => key(`k${String(index).padStart(4, '0')}`))
      const waiting = [...keys]
      const worker = async () => {
        for (let each = waiting.pop(); each !== undefined; each = waiting.pop()) {
          await r2.objects.put({ bucket, key: each, body: '' })
        }
      }
      await Promise.all(Array.from({ length: 16 }, worker))
      const first = await r2.objects.list({ bucket, prefix: key(''), maxKeys: 1000 })
      assert.deepEqual([first.objects.length, first.isTruncated], [1000, true])
      const seen: string[] = []
      for await (const object of r2.objects.listAll({ bucket, prefix: key('') })) seen.push(object.key)
      assert.deepEqual(seen, keys)
      assert.equal((await r2.objects.listAll({ bucket, prefix: key('') }).collect(17)).length, 17)
    },
  },
  'max-keys-rejected': {
    sentence: 'a max-keys that is empty, negative or not a number returns InvalidMaxKeys',
    async run(context) {
      for (const value of ['', '-1', 'many', 'NaN', 'Infinity']) {
        expectError(await list(context, { 'max-keys': value }), 400, 'InvalidMaxKeys', badMaxKeys)
      }
    },
  },
  'max-keys-accepted': {
    sentence: 'a max-keys over 1,000 is echoed but capped, and a fraction is rounded down',
    async run(context) {
      await seed(context, ['1', '2', '3'])
      const large = expectStatus(await list(context, { 'max-keys': '5000' }), 200)
      assert.deepEqual([elementText(large.text, 'MaxKeys'), elementText(large.text, 'KeyCount')], ['5000', '3'])
      const fraction = expectStatus(await list(context, { 'max-keys': '2.9' }), 200)
      assert.equal(elementTexts(fraction.text, 'Key').length, 2)
    },
  },
  'max-keys-zero': {
    sentence: 'max-keys=0 returns no keys and no token, and IsTruncated is true if any key matches',
    async run(context) {
      await seed(context, ['1'])
      const { text } = expectStatus(await list(context, { 'max-keys': '0' }), 200)
      assert.deepEqual(
        [elementTexts(text, 'Key'), elementText(text, 'IsTruncated'), elementText(text, 'NextContinuationToken')],
        [[], 'true', undefined],
      )
    },
  },
  'encoding-type': {
    sentence: 'encoding-type=url encodes keys and prefixes including slashes, and any other type returns 501',
    async run(context) {
      await seed(context, ['a b/ü&<c>', 'd+e'])
      const { text } = expectStatus(await list(context, { 'encoding-type': 'url' }), 200)
      assert.deepEqual(
        elementTexts(text, 'Key'),
        ['a b/ü&<c>', 'd+e'].map((name) => encodeURIComponent(context.key(name))),
      )
      assert.equal(elementText(text, 'EncodingType'), 'url')
      const message = 'Unrecognized encoding-type "base64" not implemented'
      expectError(await list(context, { 'encoding-type': 'base64' }), 501, 'NotImplemented', message)
    },
  },
  'keys-in-xml': {
    sentence: 'a list returns keys with markup and quotes unchanged',
    async run(context) {
      const odd = [`<&>"'`, '&amp;', ']]>', 'a\tb', '  two  spaces  ']
      await seed(context, odd)
      const found = await context.r2.objects.listAll({ bucket: context.bucket, prefix: context.key('') }).collect(100)
      assert.deepEqual(found.map((object) => object.key).sort(), odd.map((name) => context.key(name)).sort())
    },
  },
  'unknown-parameter': {
    sentence: 'an unknown list parameter returns 501, naming the list version and the parameter',
    async run(context) {
      const message = (version: number) => `ListObjectsV${version} search parameter colour not implemented`
      expectError(await list(context, { colour: 'red' }), 501, 'NotImplemented', message(2))
      expectError(await list(context, { colour: 'red' }, ''), 501, 'NotImplemented', message(1))
      expectError(await list(context, {}, '3'), 501, 'NotImplemented', 'ListObjectsV3 not implemented')
    },
  },
  'ignored-parameters': {
    sentence: 'ListObjectsV2 ignores x-id and x-purpose',
    async run(context) {
      expectStatus(await list(context, { 'x-id': 'ListObjectsV2', 'x-purpose': 'test' }), 200)
    },
  },
  'version-1': {
    sentence: 'ListObjects version 1 returns NextMarker exactly if truncated, and NextMarker may be a common prefix',
    async run(context) {
      await seed(context, names)
      const seen: string[] = []
      let marker = ''
      for (let page = 0; page < 10; page++) {
        const { text } = expectStatus(await list(context, { delimiter: '/', 'max-keys': '2', marker }, ''), 200)
        assert.equal(elementText(text, 'Marker'), marker)
        const prefixes = [...text.matchAll(/<CommonPrefixes>.*?<\/CommonPrefixes>/gs)].flatMap(([element]) =>
          elementTexts(element, 'Prefix'),
        )
        seen.push(...elementTexts(text, 'Key'), ...prefixes)
        const next = elementText(text, 'NextMarker')
        assert.equal(elementText(text, 'IsTruncated'), String(next !== undefined))
        if (next === undefined) break
        marker = next
      }
      assert.deepEqual(seen.sort(), ['a', 'b/', 'b0', 'd/', 'e'].map((name) => context.key(name)).sort())
    },
  },
  'version-1-token': {
    sentence: 'ListObjects version 1 rejects a continuation token',
    async run(context) {
      const response = await list(context, { 'continuation-token': 'x' }, '')
      expectError(response, 400, 'InvalidArgument', 'continuation-token not supported in ListObjects')
    },
  },
  'fetch-owner': {
    sentence: 'fetch-owner returns the owner of each object',
    async run(context) {
      await seed(context, ['1'])
      const { objects } = await context.r2.objects.list({
        ...{ bucket: context.bucket, prefix: context.key(''), fetchOwner: true },
      })
      assert.notEqual(objects[0]?.owner, undefined)
    },
  },
  'echoed-parameters': {
    sentence: 'a list response echoes prefix, delimiter and start-after',
    async run(context) {
      await seed(context, ['1'])
      const { text } = expectStatus(await list(context, { delimiter: '/', 'start-after': context.key('0') }), 200)
      assert.equal(elementText(text, 'Name'), context.bucket)
      assert.equal(elementText(text, 'Prefix'), context.key(''))
      assert.equal(elementText(text, 'Delimiter'), '/')
      assert.equal(elementText(text, 'StartAfter'), context.key('0'))
    },
  },
})
