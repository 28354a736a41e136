/** Keys are bytes: each of these keys addresses its own object, and a list returns it unchanged. */
import { strict as assert } from 'node:assert'
import { type Case, type Context, defineSuite, expectError } from '../case.js'
import { elementText } from '../raw.js'

/** Name → key. All of them are stored in one bucket, which exposes a server that maps two of them to one object. */
const hostileKeys: Readonly<Record<string, string>> = {
  'one-dot': '.',
  'two-dots': '..',
  'dot-segment': 'a/./b',
  'dot-dot-segment': 'a/../b',
  'leading-dot-dot': '../../etc/passwd',
  'trailing-dot-dot': 'a/..',
  'target-of-dots': 'b',
  'double-slash': 'a//b',
  'single-slash': 'a/b',
  'leading-slash': '/a/b',
  'only-slash': '/',
  'trailing-slash': 'a/b/',
  'trailing-slashes': 'a/b//',
  backslash: 'a\\b',
  'backslash-dots': '..\\..\\c',
  'percent-slash': 'a%2Fb',
  'percent-lower': 'a%2fb',
  'percent-percent': 'a%252Fb',
  'percent-dots': '%2e%2e/b',
  'lone-percent': '100%',
  plus: 'a+b',
  space: 'a b',
  'leading-and-trailing-spaces': '  a  ',
  tab: 'a\tb',
  newline: 'a\nb',
  'carriage-return': 'a\rb',
  'control-character': 'a\u0001b',
  delete: 'a\u007fb',
  quotes: `'"\``,
  markup: '<key>&amp;</key>',
  question: 'a?b=c&d',
  hash: 'a#b',
  'query-like': 'a?uploads',
  'colon-at': 'user:secret@host',
  brackets: '[a]{b}(c)|^',
  commas: 'a,b;c=d$e!f*g',
  umlaut: 'ä',
  chinese: '文件/名.txt',
  arabic: 'ملف',
  emoji: '🚀',
  'emoji-family': '👩‍👩‍👧',
  'zero-width': 'a\u200bb',
  'right-to-left': 'a\u202eb',
  'byte-order-mark': '\ufeffa',
  'longest-ascii': 'k'.repeat(1024),
  'longest-unicode': '日'.repeat(341),
  number: '0012',
  'negative-number': '-1',
  'constructor-word': '__proto__',
  'null-word': 'null',
  'reserved-name': 'CON.txt',
  'upper-case': 'A/B',
}

const entries = Object.entries(hostileKeys)

const contentOf = (name: string) => `content of ${name}`

/** The keys that each session has stored so far, by name. A key that the server rejects fails only its own case. */
const stored = new WeakMap<Context['r2'], Map<string, string>>()

const storedIn = ({ r2 }: Context): Map<string, string> => {
  const known = stored.get(r2) ?? new Map<string, string>()
  stored.set(r2, known)
  return known
}

const roundTrip = (name: string, key: string) => ({
  sentence: `the key ${JSON.stringify(key.length > 40 ? `${key.slice(0, 10)}… (${key.length} characters)` : key)} addresses its own object`,
  async run(context: Context) {
    const { r2, bucket, prefix } = context
    const full = prefix + key
    if (Buffer.byteLength(full) > 1024) return
    await r2.objects.put({ bucket, key: full, body: contentOf(name) })
    for (const [otherName, otherKey] of storedIn(context)) {
      const head = await r2.objects.head({ bucket, key: otherKey })
      assert.equal(head.size, contentOf(otherName).length, `putting it changed ${JSON.stringify(otherKey)}`)
    }
    storedIn(context).set(name, full)
    assert.equal((await r2.objects.get({ bucket, key: full })).text(), contentOf(name))
    const { objects } = await r2.objects.list({ bucket, prefix: full, maxKeys: 1 })
    assert.equal(objects[0]?.key, full)
    const { url } = await r2.presign.get({ bucket, key: full, expiresInSeconds: 60 })
    assert.equal((await context.sendUrl(url)).text, contentOf(name))
  },
})

const roundTrips: Readonly<Record<string, Omit<Case, 'id' | 'requirement'>>> = Object.fromEntries(
  entries.map(([name, key]) => [name, roundTrip(name, key)]),
)

/** Decodes `! ' ( ) *` in a strictly encoded path: many clients send these characters raw. */
const withRawMarks = (path: string): string => path.replace(/%(?:21|27|28|29|2A)/g, decodeURIComponent)

export const keySuite = defineSuite('keys', '5.2', {
  ...roundTrips,
  'all-listed': {
    sentence: 'ListObjectsV2 returns every hostile key unchanged',
    async run(context) {
      const { r2, bucket, prefix } = context
      const listed = await r2.objects.listAll({ bucket, ...(prefix === '' ? {} : { prefix }) }).collect(1000)
      assert.deepEqual(listed.map((object) => object.key).sort(), [...storedIn(context).values()].sort())
    },
  },
  'copied-and-deleted': {
    sentence: 'each hostile key can be copied and deleted without affecting another object',
    async run(context) {
      const { r2, bucket, prefix } = context
      const left = storedIn(context)
      const copy = `${prefix}copy`
      for (const [name, key] of [...left]) {
        await r2.objects.copy({ bucket, key: copy, source: { bucket, key } })
        assert.equal((await r2.objects.get({ bucket, key: copy })).text(), contentOf(name))
        await r2.objects.delete({ bucket, key })
        left.delete(name)
        const { keyCount } = await r2.objects.list({ bucket, ...(prefix === '' ? {} : { prefix }) })
        assert.equal(keyCount, left.size + 1, `after deleting ${JSON.stringify(key)}`)
      }
      await r2.objects.delete({ bucket, key: copy })
    },
  },
  'normal-forms': {
    sentence:
      'the composed and the decomposed form of a key address one object, which is listed under the form last written',
    async run({ r2, bucket, key }) {
      const [composed, decomposed] = ['é', 'é'].map((name, index) =>
        key(index === 0 ? name.normalize('NFC') : name.normalize('NFD')),
      )
      await r2.objects.put({ bucket, key: composed ?? '', body: 'first' })
      await r2.objects.put({ bucket, key: decomposed ?? '', body: 'second' })
      assert.equal((await r2.objects.get({ bucket, key: composed ?? '' })).text(), 'second')
      const { objects } = await r2.objects.list({ bucket, prefix: key('') })
      assert.deepEqual(
        objects.map((object) => object.key),
        [decomposed],
      )
    },
  },
  'raw-on-the-wire': {
    sentence: "a path sent with raw ! ' ( ) * is accepted if the signature covers the encoded path",
    async run({ r2, raw, bucket, key, path }) {
      const body = 'raw on the wire'
      const name = key("a!b'(c)*d")
      const sentPath = withRawMarks(path(name))
      assert.equal((await raw({ method: 'PUT', path: path(name), sentPath, body })).status, 200)
      assert.equal((await r2.objects.get({ bucket, key: name })).text(), body)
    },
  },
  'raw-in-the-signature': {
    sentence: "a path sent and signed with raw ! ' ( ) * returns SignatureDoesNotMatch",
    async run({ raw, key, path }) {
      const sentPath = withRawMarks(path(key("a!b'(c)*d")))
      const response = await raw({ path: sentPath })
      expectError(response, 403, 'SignatureDoesNotMatch')
      if (response.dialect === 'r2') {
        assert.match(elementText(response.text, 'CanonicalRequest') ?? '', /a%21b%27%28c%29%2Ad\n/)
      }
    },
  },
  'too-long': {
    sentence: 'a key over 1,024 bytes returns InvalidObjectName',
    async run({ raw, bucket }) {
      const response = await raw({ method: 'PUT', path: `/${bucket}/${'k'.repeat(1025)}`, body: 'x' })
      expectError(response, 400, 'InvalidObjectName', 'The specified object name is not valid.')
    },
  },
})
