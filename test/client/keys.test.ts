/** Keys are bytes: every operation addresses exactly the object of its key. */
import { type LocalR2, startLocalR2 } from '@r2kit/local'
import fc from 'fast-check'
import { R2Client } from 'r2kit'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { errorOf } from '../support/results.js'

let local: LocalR2
let r2: R2Client
let virtualHostClient: R2Client
const bucket = 'keys'

beforeAll(async () => {
  local = await startLocalR2({ memory: true })
  const { credentials, endpoint, port } = local
  r2 = new R2Client({ endpoint, credentials })
  virtualHostClient = new R2Client({ endpoint: `http://localhost:${port}`, credentials, addressing: 'virtual-host' })
  await r2.buckets.create({ bucket })
})

// A failed test must not leave objects for the next one.
afterEach(async () => {
  await r2.objects.deleteObjects({ bucket, keys: await all() })
})

afterAll(async () => {
  await Promise.all([r2.dispose(), virtualHostClient.dispose()])
  await local.close()
})

/** Strings that are special in URLs, XML, headers or file systems. */
const hostile = [
  '..',
  '.',
  '/',
  '//',
  '\\',
  '%',
  '%2F',
  '%2e%2e',
  '%00',
  '%25',
  '+',
  ' ',
  '  ',
  '\t',
  '\n',
  '\r\n',
  '?',
  '#',
  '&',
  '=',
  ';',
  ':',
  '@',
  '"',
  "'",
  '`',
  '<',
  '>',
  ']]>',
  '&amp;',
  '*',
  '|',
  '~',
  '^',
  '{}',
  '[]',
  '$(x)',
  '\u0001',
  '\u001f',
  '\u007f',
  '\u0085',
  '\u00a0',
  '\u2028',
  '\u200b',
  '\ufeff',
  '\ufffd',
  '\uffff',
  'é',
  'ß',
  '日本',
  'עברית',
  '😀',
  '👩‍👩‍👧‍👦',
  '\u{10ffff}',
  'a',
  'A',
  '0',
  'con',
  'uploads',
  'x-id=GetObject',
]

const keys = fc
  .oneof(
    fc.array(fc.constantFrom(...hostile), { minLength: 1, maxLength: 8 }).map((pieces) => pieces.join('')),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }),
  )
  .filter((key) => !key.includes('\0') && Buffer.byteLength(key) <= 1024)
  // R2 treats keys that differ only in their Unicode normalization form as equal, so only one form is generated.
  .map((key) => key.normalize('NFC'))

const all = async (prefix?: string): Promise<string[]> => {
  const list = r2.objects.listAll({ bucket, ...(prefix === undefined ? {} : { prefix }), pageSize: 7 })
  return (await list.collect(1000)).map(({ key }) => key)
}

/** The body as text, with its byte order mark, which `text()` drops as `fetch` does. */
const exact = ({ body }: { body: Uint8Array }): string => Buffer.from(body).toString()

const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))

describe('generated keys', () => {
  test('put, list, get, head, copy and delete of a generated key affect only its own object', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(keys, { minLength: 1, maxLength: 12 }), async (set) => {
        const bodyOf = (key: string) => `body of ${JSON.stringify(key)}`
        await Promise.all(set.map((key) => r2.objects.put({ bucket, key, body: bodyOf(key) })))
        const sorted = [...set].sort(byBytes)
        expect(await all()).toEqual(sorted)
        for (const key of set) {
          expect((await r2.objects.get({ bucket, key })).text()).toBe(bodyOf(key))
          expect((await r2.objects.head({ bucket, key })).size).toBe(Buffer.byteLength(bodyOf(key)))
          const { url } = await r2.presign.get({ bucket, key })
          // `fetch` resolves dot segments although the URL is correct.
          if (!/(^|\/)\.{1,2}(\/|$)/.test(key)) expect(await (await fetch(url)).text()).toBe(bodyOf(key))
          expect(await all(key)).toEqual(sorted.filter((other) => other.startsWith(key)))
        }
        const [source = '', target = source] = set
        await r2.objects.copy({ bucket, key: target, source: { bucket, key: source } })
        expect((await r2.objects.get({ bucket, key: target })).text()).toBe(bodyOf(source))
        expect(await all()).toEqual(sorted)
        const [first = '', ...rest] = set
        await r2.objects.delete({ bucket, key: first })
        expect(await errorOf(r2.objects.get({ bucket, key: first }))).toMatchObject({
          code: 'ObjectNotFound',
          key: first,
        })
        expect(await all()).toEqual(sorted.filter((key) => key !== first))
        const { deleted, failed } = await r2.objects.deleteObjects({ bucket, keys: rest })
        expect(failed).toEqual([])
        expect([...deleted].sort(byBytes)).toEqual([...rest].sort(byBytes))
        expect(await all()).toEqual([])
      }),
      { numRuns: 30 },
    )
  })

  test('virtual-host addressing and path addressing reach the same object', async () => {
    // A separate bucket, so that objects of other tests cannot interfere.
    const bucket = 'virtual-host'
    await r2.buckets.create({ bucket })
    await fc.assert(
      fc.asyncProperty(keys, async (key) => {
        await virtualHostClient.objects.put({ bucket, key, body: key })
        expect(exact(await r2.objects.get({ bucket, key }))).toBe(key)
        expect(exact(await virtualHostClient.objects.get({ bucket, key }))).toBe(key)
        expect((await virtualHostClient.objects.list({ bucket })).objects).toMatchObject([{ key }])
        await virtualHostClient.objects.delete({ bucket, key })
        expect((await r2.objects.list({ bucket })).objects).toEqual([])
      }),
      { numRuns: 60 },
    )
  })

  test('keys of 1,024 bytes work for characters of 1 to 4 bytes', async () => {
    for (const unit of ['a', 'é', '日', '😀']) {
      const key = unit.repeat(1024 / Buffer.byteLength(unit)).padEnd(unit === '日' ? 342 : 0, 'x')
      expect(Buffer.byteLength(key)).toBe(1024)
      await r2.objects.put({ bucket, key, body: unit })
      expect(await all()).toEqual([key])
      expect((await r2.objects.get({ bucket, key })).text()).toBe(unit)
      await r2.objects.deleteObjects({ bucket, keys: [key] })
    }
  })

  test('listUploads returns the exact key of a multipart upload', async () => {
    for (const key of hostile.filter((key) => key !== '')) {
      const { uploadId } = await r2.multipart.create({ bucket, key })
      const { uploads } = await r2.multipart.listUploads({ bucket })
      expect(uploads).toMatchObject([{ key, uploadId }])
      await r2.multipart.abort({ bucket, key, uploadId })
    }
  })

  test('common prefixes end at the delimiter, whatever characters surround it', async () => {
    const set = ['../a', '../b', './a', '//', '/a', 'a b/+', 'a b/%', '😀/x', '😀/y', 'z']
    await Promise.all(set.map((key) => r2.objects.put({ bucket, key, body: '' })))
    const page = await r2.objects.list({ bucket, delimiter: '/' })
    expect(page.commonPrefixes).toEqual(['../', './', '/', 'a b/', '😀/'])
    expect(page.objects.map(({ key }) => key)).toEqual(['z'])
    await r2.objects.deleteObjects({ bucket, keys: set })
  })

  test('a body keeps its byte order mark, which text() drops as fetch does', async () => {
    await r2.objects.put({ bucket, key: '\ufeff0:', body: '\ufeff{}' })
    const object = await r2.objects.get({ bucket, key: '\ufeff0:' })
    expect(exact(object)).toBe('\ufeff{}')
    expect(object.text()).toBe('{}')
    expect(object.json()).toEqual({})
  })
})
