import fc from 'fast-check'
import { SaxesParser } from 'saxes'
import { describe, expect, test } from 'vitest'
import { utf8Bytes } from '../base/bytes.js'
import { XmlScanner } from './scanner.js'
import { readTree, type XmlNode } from './tree.js'
import { escapeXml, xmlCanCarry } from './writer.js'

type Event = ['open', string] | ['close', string]

const scan = (chunks: readonly Uint8Array[]): Event[] => {
  const events: Event[] = []
  const scanner = new XmlScanner({
    open: (name) => events.push(['open', name]),
    close: (text) => events.push(['close', text]),
  })
  for (const chunk of chunks) scanner.write(chunk)
  scanner.end()
  return events
}

/** The same events from another parser. */
const scanWithSaxes = (document: string): Event[] => {
  const events: Event[] = []
  const parser = new SaxesParser()
  let text = ''
  const add = (more: string) => {
    text += more
  }
  parser.on('opentag', ({ name }) => {
    text = ''
    events.push(['open', name.slice(name.indexOf(':') + 1)])
  })
  parser.on('text', add)
  parser.on('cdata', add)
  parser.on('closetag', () => {
    events.push(['close', text])
    text = ''
  })
  parser.on('error', (error) => {
    throw error
  })
  parser.write(document).close()
  return events
}

const carried = fc.string({ unit: 'grapheme' }).filter((text) => xmlCanCarry(text) && !text.includes(']]>'))
const space = fc.constantFrom('', ' ', '\n', '\r\n', '\t \r')
const elementName = fc.constantFrom('Key', 'Size', 's3:ETag', 'A', 'Content-s_1', 'é', '键')
const attribute = fc
  .tuple(fc.constantFrom('xmlns:s3', 'xsi:type', 'a'), fc.constantFrom('"', "'"), carried)
  .map(([name, quote, value]) => {
    return ` ${name}=${quote}${escapeXml(value)}${quote}`
  })
const text = fc.oneof(
  carried.map(escapeXml),
  carried.map((value) => value.replaceAll('&', '&#38;').replaceAll('<', '&#x3C;').replaceAll('>', '&gt;')),
  carried.map((value) => `<![CDATA[${value}]]>`),
  fc.constantFrom('<![CDATA[]]>', '<![CDATA[]]]]>', '<![CDATA[a\r\n]]>', '&#13;\r\n\r', '&#x1F600;', '  '),
)
const aside = fc.oneof(
  carried.filter((value) => !value.includes('--') && !value.endsWith('-')).map((value) => `<!--${value}-->`),
  fc.constantFrom('<?target some > data?>', '<!-- <a> -->'),
)
const { element } = fc.letrec<{ element: string; content: string }>((tie) => ({
  element: fc
    .tuple(elementName, fc.option(attribute, { nil: '' }), space, tie('content'))
    .map(([name, attributes, gap, content]) =>
      content === '' ? `<${name}${attributes}${gap}/>` : `<${name}${attributes}${gap}>${content}</${name}${gap}>`,
    ),
  content: fc.oneof(
    { maxDepth: 4 },
    text,
    fc.array(fc.oneof(text, aside, tie('element')), { maxLength: 4 }).map((all) => all.join('')),
  ),
}))
const xmlDocumentText = fc
  .tuple(fc.constantFrom('', '<?xml version="1.0" encoding="UTF-8"?>', "<?xml version='1.0'?>"), space, element, space)
  .map(([declaration, before, root, after]) => declaration + (declaration === '' ? '' : before) + root + after)
  // saxes rejects two attributes of one name; this scanner ignores attributes.
  .filter((document) => !/xmlns:s3[^>]*xmlns:s3/.test(document))

describe('XmlScanner, given any document,', () => {
  test('emits the same events as another parser', () => {
    fc.assert(
      fc.property(xmlDocumentText, (document) => {
        expect(scan([utf8Bytes(document)])).toEqual(scanWithSaxes(document))
      }),
      { numRuns: 500 },
    )
  })

  test('emits the same events wherever the document is split', () => {
    fc.assert(
      fc.property(xmlDocumentText, (document) => {
        const bytes = utf8Bytes(document)
        const whole = scan([bytes])
        expect(scan(Array.from(bytes, (byte) => Uint8Array.of(byte)))).toEqual(whole)
        for (let cut = 1; cut < bytes.length; cut++) {
          expect(scan([bytes.subarray(0, cut), new Uint8Array(), bytes.subarray(cut)])).toEqual(whole)
        }
      }),
      { numRuns: 60 },
    )
  })

  test('rejects the document if it ends too early, at any byte', () => {
    fc.assert(
      fc.property(element, (document) => {
        const bytes = utf8Bytes(document)
        for (let end = 0; end < bytes.length; end++) {
          expect(() => scan([bytes.subarray(0, end)])).toThrow(expect.objectContaining({ code: 'InvalidResponse' }))
        }
      }),
      { numRuns: 60 },
    )
  })

  test('emits events or throws InvalidResponse for any bytes, and never another error', () => {
    const hostile = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc
        .array(
          fc.constantFrom(
            '<',
            '>',
            '/',
            '&',
            ';',
            '!',
            '[CDATA[',
            ']]>',
            '--',
            '?',
            'a',
            '"',
            '=',
            ' ',
            '\r',
            '<a>',
            '</a>',
            '&amp',
          ),
          { maxLength: 40 },
        )
        .map((all) => utf8Bytes(all.join(''))),
    )
    fc.assert(
      fc.property(hostile, (bytes) => {
        const outcome = (chunks: Uint8Array[]) => {
          try {
            return scan(chunks)
          } catch (error) {
            expect(error).toMatchObject({ code: 'InvalidResponse' })
            return 'invalid'
          }
        }
        expect(outcome(Array.from(bytes, (byte) => Uint8Array.of(byte)))).toEqual(outcome([bytes]))
      }),
      { numRuns: 2000 },
    )
  })
})

describe('XmlScanner rejects', () => {
  const bomb = '<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;">]><a>&c;</a>'
  const latin1 = Uint8Array.of(...utf8Bytes('<a>'), 0xe9, ...utf8Bytes('</a>'))
  const utf16 = new Uint8Array(Buffer.from('\ufeff<a>text</a>', 'utf16le'))
  const cases: [string, string | Uint8Array, RegExp][] = [
    ['an empty body', '', /the body is empty/],
    ['white space only', ' \n', /no element/],
    ['plain text', 'upstream connect error', /does not start with a tag.*upstream connect error/],
    ['JSON', '{"error":"no"}', /does not start with a tag/],
    [
      'an HTML page',
      '<!DOCTYPE html><html><body>Bad gateway</body></html>',
      /document types are not permitted.*DOCTYPE html/,
    ],
    ['an entity bomb', bomb, /document types are not permitted/],
    ['an entity that is not declared', '<a>&nbsp;</a>', /reference &nbsp is unknown/],
    ['an ampersand alone', '<a>a & b</a>', /is unknown/],
    ['a NUL by reference', '<a>&#0;</a>', /&#0 is unknown/],
    ['half of a surrogate pair by reference', '<a>&#xD800;</a>', /&#xD800 is unknown/],
    ['a character beyond Unicode', '<a>&#x110000;</a>', /is unknown/],
    ['tags that do not match', '<a><b></a></b>', /<b> is closed by <\/a>/],
    ['a tag that is not closed', '<a><b>text</b>', /ends inside <a>/],
    ['an end before a start', '</a>', /end tag has no start/],
    ['a second root', '<a></a><b></b>', /<b> follows the document/],
    ['text after the end', '<a></a>x', /text follows/],
    ['an attribute without quotes', '<a b=c></a>', /is not a tag/],
    ['bytes that are not UTF-8', latin1, /not UTF-8/],
    ['bytes that end inside a character', utf8Bytes('<a>é').subarray(0, 4), /not UTF-8/],
    ['UTF-16', utf16, /not UTF-8/],
    ['another declared encoding', '<?xml version="1.0" encoding="ISO-8859-1"?><a/>', /declared as ISO-8859-1/],
    ['elements without end, each of 4 bytes', `<a>${'<b/>'.repeat(300_000)}</a>`, /more than 262144 elements/],
    ['depth without end', '<a>'.repeat(1000), /nested deeper than 16/],
    ['a text without end', `<a>${'x'.repeat(300_000)}`, /longer than 262144 characters/],
    ['CDATA without end', `<a><![CDATA[${'x'.repeat(300_000)}`, /longer than 262144 characters/],
    ['a tag without end', `<a ${'x'.repeat(20_000)}`, /a tag or comment is longer/],
    ['a comment without end', `<a><!--${'x'.repeat(20_000)}`, /a tag or comment is longer/],
  ]
  test.each(cases)('%s', (_, document, message) => {
    const bytes = typeof document === 'string' ? utf8Bytes(document) : document
    expect(() => readTree(bytes)).toThrow(
      expect.objectContaining({ code: 'InvalidResponse', message: expect.stringMatching(message) }),
    )
  })

  test('an endless document when it exceeds the limit', () => {
    const scanner = new XmlScanner({ open: () => undefined, close: () => undefined }, { documentBytes: 1000 })
    scanner.write(utf8Bytes('<a>'))
    const chunk = utf8Bytes('<b></b>')
    expect(() => {
      for (;;) scanner.write(chunk)
    }).toThrow(/longer than 1000 bytes/)
  })

  test('a document with an error that shows only its start', () => {
    const scanner = new XmlScanner({ open: () => undefined, close: () => undefined })
    expect(() => scanner.write(utf8Bytes(`<a>${'secret '.repeat(1000)}&nope;`))).toThrow(
      expect.objectContaining({ message: expect.stringMatching(/^.{0,250}$/s) }),
    )
  })
})

describe('XmlScanner accepts the differences between servers:', () => {
  const rootOf = (document: string): XmlNode => readTree(utf8Bytes(document))

  test('a byte order mark is skipped', () => {
    expect(rootOf('\ufeff<a>x</a>').text).toBe('x')
  })

  test('namespace prefixes and attributes are skipped, even a ">" in an attribute', () => {
    const document = '<s3:Owner xmlns:s3="http://s3" xsi:type=\'Canonical>User\'><s3:ID>1</s3:ID></s3:Owner>'
    expect(rootOf(document)).toEqual({ name: 'Owner', text: '', children: [{ name: 'ID', text: '1', children: [] }] })
  })

  test('white space in a text is kept, and white space between elements is not', () => {
    expect(rootOf('<a>\n  <b> x </b>\n</a>')).toEqual({
      name: 'a',
      text: '',
      children: [{ name: 'b', text: ' x ', children: [] }],
    })
  })

  test('control characters are read from references, as AWS writes them', () => {
    expect(rootOf('<Key>&#1;&#x1F;</Key>').text).toBe('\u0001\u001f')
  })

  test('a carriage return is kept as a reference, and becomes a line feed as a character', () => {
    expect(rootOf('<a>1&#13;\r\n2\r3<![CDATA[\r\n]]></a>').text).toBe('1\r\n2\n3\n')
  })
})

test('the scanner and another parser restore every text that the writer escaped', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }).filter(xmlCanCarry), (value) => {
      const document = `<a>${escapeXml(value)}</a>`
      expect(scan([utf8Bytes(document)])).toEqual([
        ['open', 'a'],
        ['close', value],
      ])
      expect(scanWithSaxes(document)).toEqual([
        ['open', 'a'],
        ['close', value],
      ])
    }),
  )
})

test('a byte order mark is skipped at the start and kept anywhere else, wherever the document is split', () => {
  const document = utf8Bytes('\uFEFF<a>x\uFEFFy\uFEFF</a>')
  for (let first = 0; first <= document.length; first++) {
    for (let second = first; second <= document.length; second++) {
      const chunks = [document.subarray(0, first), document.subarray(first, second), document.subarray(second)]
      expect(scan(chunks)).toEqual([
        ['open', 'a'],
        ['close', 'x\uFEFFy\uFEFF'],
      ])
    }
  }
})

test.each([
  [22, true],
  [23, false],
])('a reference with %i zeros is read or rejected, wherever the document is split', (zeros, isRead) => {
  const document = utf8Bytes(`<a>&#x${'0'.repeat(zeros)}10FFFF;</a>`)
  for (let at = 0; at <= document.length; at++) {
    const read = () => scan([document.subarray(0, at), document.subarray(at)])
    if (isRead)
      expect(read()).toEqual([
        ['open', 'a'],
        ['close', '\u{10FFFF}'],
      ])
    else expect(read).toThrow('unknown')
  }
})

test('a text of many kilobytes keeps characters of every length, whole or in two chunks', () => {
  const value = 'aé€😀'.repeat(10_000)
  const document = utf8Bytes(`<a>${value}</a>`)
  const expected = [
    ['open', 'a'],
    ['close', value],
  ]
  expect(scan([document])).toEqual(expected)
  for (let at = 20_000; at < 20_010; at++) {
    expect(scan([document.subarray(0, at), document.subarray(at)])).toEqual(expected)
  }
})

test('a document that ends inside a character is rejected', () => {
  const document = utf8Bytes('<a>é</a>')
  expect(() => scan([document.subarray(0, 4)])).toThrow('not UTF-8')
  expect(() => scan([document.subarray(0, 3), document.subarray(3, 4)])).toThrow('not UTF-8')
})
