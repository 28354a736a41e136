import fc from 'fast-check'
import { XMLParser } from 'fast-xml-parser'
import { describe, expect, test } from 'vitest'
import { utf8Bytes } from '../base/bytes.js'
import { encodeQueryValue } from '../base/encode.js'
import { type ListedObject, ListObjectsReader, readListObjects } from './list-objects.js'
import { escapeXml, xmlCanCarry, xmlDocument, xmlElement, xmlValue } from './writer.js'

const listed = fc.record({
  key: fc.string({ unit: 'grapheme', minLength: 1 }),
  size: fc.nat({ max: 5 * 2 ** 40 }),
  etag: fc.stringMatching(/^[0-9a-f]{32}(-[1-9][0-9]{0,3})?$/),
  lastModified: fc.date({ min: new Date('2022-01-01'), max: new Date('2100-01-01'), noInvalidDate: true }),
  storageClass: fc.constantFrom('STANDARD', 'STANDARD_IA'),
})

type Encoding = 'first' | 'last' | 'none'

/** A page as R2 writes it (`EncodingType` last), or as AWS does (first). */
const pageDocument = (objects: readonly ListedObject[], prefixes: readonly string[], encoding: Encoding): string => {
  const written = (key: string) => escapeXml(encoding === 'none' ? key : encodeQueryValue(key))
  const encodingType = xmlValue('EncodingType', 'url')
  return xmlDocument(
    'ListBucketResult',
    [
      xmlValue('Name', 'photos'),
      encoding === 'first' ? encodingType : '',
      ...objects.map((object) =>
        xmlElement(
          'Contents',
          xmlElement('Key', written(object.key)) +
            xmlValue('Size', object.size) +
            xmlValue('LastModified', object.lastModified.toISOString()) +
            xmlValue('ETag', `"${object.etag}"`) +
            xmlValue('StorageClass', object.storageClass),
        ),
      ),
      xmlValue('IsTruncated', false),
      ...prefixes.map((prefix) => xmlElement('CommonPrefixes', xmlElement('Prefix', written(prefix)))),
      xmlValue('KeyCount', objects.length + prefixes.length),
      encoding === 'last' ? encodingType : '',
    ].join(''),
  )
}

const small = (fields: string): Uint8Array => utf8Bytes(`<ListBucketResult>${fields}</ListBucketResult>`)
const contents = (fields: Partial<Record<'Key' | 'Size' | 'ETag' | 'LastModified', string>>): string => {
  const all = { Key: 'a', Size: '1', ETag: '&quot;e&quot;', LastModified: '2026-01-31T12:00:00.000Z', ...fields }
  return xmlElement(
    'Contents',
    Object.entries(all)
      .map(([name, value]) => xmlElement(name, value))
      .join(''),
  )
}
const rest = '<IsTruncated>false</IsTruncated>'

test('ListObjectsReader reads a page with any keys, in any encoding, from chunks of any length', () => {
  fc.assert(
    fc.property(
      fc.array(listed, { maxLength: 5 }),
      fc.array(fc.string({ unit: 'grapheme', minLength: 1 }), { maxLength: 3 }),
      fc.constantFrom<Encoding>('first', 'last', 'none'),
      fc.integer({ min: 1, max: 40 }),
      (objects, commonPrefixes, encoding, chunkBytes) => {
        fc.pre(encoding !== 'none' || [...objects.map(({ key }) => key), ...commonPrefixes].every(xmlCanCarry))
        const bytes = utf8Bytes(pageDocument(objects, commonPrefixes, encoding))
        const emitted: ListedObject[] = []
        const reader = new ListObjectsReader({
          onObject: (object) => emitted.push(object),
          urlEncoded: encoding !== 'none',
        })
        for (let at = 0; at < bytes.length; at += chunkBytes) reader.write(bytes.subarray(at, at + chunkBytes))
        const page = reader.end()
        expect(page).toMatchObject({
          objects,
          commonPrefixes,
          isTruncated: false,
          keyCount: objects.length + commonPrefixes.length,
        })
        expect(emitted).toEqual(objects)
        expect(readListObjects(bytes)).toEqual(page)
      },
    ),
  )
})

test('readListObjects reads the same objects as another parser', () => {
  const parser = new XMLParser({ parseTagValue: false, trimValues: false, isArray: (name) => name === 'Contents' })
  fc.assert(
    fc.property(fc.array(listed, { minLength: 1, maxLength: 5 }), (objects) => {
      const document = pageDocument(objects, [], 'last')
      const theirs = parser.parse(document).ListBucketResult.Contents.map((object: Record<string, string>) => ({
        key: decodeURIComponent(object.Key ?? ''),
        size: Number(object.Size),
        etag: object.ETag?.replaceAll('"', ''),
        lastModified: new Date(object.LastModified ?? ''),
        storageClass: object.StorageClass,
      }))
      expect(readListObjects(utf8Bytes(document)).objects).toEqual(theirs)
    }),
  )
})

test('ListObjectsReader emits objects before the response has ended', () => {
  const emitted: string[] = []
  const reader = new ListObjectsReader({ onObject: ({ key }) => emitted.push(key) })
  reader.write(utf8Bytes(`<ListBucketResult>${contents({ Key: 'a' })}${contents({ Key: 'b' })}<Contents><Key>c</Key>`))
  expect(emitted).toEqual(['a', 'b'])
})

describe('percent-encoded keys', () => {
  test('are decoded with + as a space, as AWS writes it, and %2B as a plus', () => {
    const page = readListObjects(
      small(`${contents({ Key: 'a+b%2Bc%20d%2Fe%00' })}${rest}<EncodingType>url</EncodingType>`),
    )
    expect(page.objects[0]?.key).toBe('a b+c d/e\0')
  })

  test('are not decoded unless the response declares the encoding', () => {
    expect(readListObjects(small(`${contents({ Key: '100%+%2F' })}${rest}`)).objects[0]?.key).toBe('100%+%2F')
  })

  test('cause InvalidResponse if they cannot be decoded', () => {
    expect(() => readListObjects(small(`${contents({ Key: '100%' })}${rest}<EncodingType>url</EncodingType>`))).toThrow(
      expect.objectContaining({ code: 'InvalidResponse', message: expect.stringContaining('"100%"') }),
    )
  })

  test('cause InvalidResponse if the response contradicts the encoding of the emitted keys', () => {
    const reader = new ListObjectsReader({ onObject: () => undefined, urlEncoded: true })
    reader.write(small(`${contents({ Key: '100%25' })}${rest}`))
    expect(() => reader.end()).toThrow(expect.objectContaining({ code: 'InvalidResponse' }))
  })

  test('are decoded together with the paging fields, but not with tokens', () => {
    const page = readListObjects(
      small(
        '<Prefix>a%2F</Prefix><Delimiter>%2F</Delimiter><StartAfter>%2B</StartAfter><ContinuationToken>a%2F</ContinuationToken>' +
          `<NextContinuationToken>b+c%2F</NextContinuationToken>${rest}<EncodingType>url</EncodingType>`,
      ),
    )
    expect(page).toEqual({
      objects: [],
      commonPrefixes: [],
      keyCount: 0,
      isTruncated: false,
      prefix: 'a/',
      delimiter: '/',
      startAfter: '+',
      continuationToken: 'a%2F',
      nextContinuationToken: 'b+c%2F',
    })
  })
})

describe('readListObjects', () => {
  test('reads the markers of the first version', () => {
    const page = readListObjects(
      small(`<Marker/>${contents({})}<NextMarker>a</NextMarker><IsTruncated>true</IsTruncated>`),
    )
    expect(page).toMatchObject({ marker: '', nextMarker: 'a', isTruncated: true, keyCount: 1 })
  })

  test('reads owners, and ignores unknown elements', () => {
    const object = contents({}).replace(
      '</Contents>',
      '<Owner xsi:type="U"><ID>i</ID><DisplayName>d</DisplayName></Owner><ChecksumType>X</ChecksumType><Future><a/></Future></Contents>',
    )
    expect(readListObjects(small(object + rest)).objects).toEqual([
      {
        key: 'a',
        size: 1,
        etag: 'e',
        lastModified: new Date('2026-01-31T12:00:00.000Z'),
        owner: { id: 'i', displayName: 'd' },
      },
    ])
  })

  test('rejects a truncated page without a token, which would end a list too early', () => {
    expect(() => readListObjects(small(`${contents({})}<IsTruncated>true</IsTruncated>`))).toThrow(
      /NextContinuationToken/,
    )
  })

  test('accepts a truncated page without keys, as R2 sends it for max-keys=0', () => {
    expect(readListObjects(small('<IsTruncated>true</IsTruncated>')).isTruncated).toBe(true)
  })

  const broken: [string, string][] = [
    ['a page without IsTruncated', contents({})],
    ['an IsTruncated that is neither true nor false', '<IsTruncated>yes</IsTruncated>'],
    ['an object without a key', rest + contents({}).replace('<Key>a</Key>', '')],
    ['an object with an empty key', rest + contents({ Key: '' })],
    ['an object without a size', rest + contents({}).replace('<Size>1</Size>', '')],
    ['an object without an ETag', rest + contents({}).replace(/<ETag>.*<\/ETag>/, '')],
    ['an object without a date', rest + contents({}).replace(/<LastModified>.*<\/LastModified>/, '')],
    ['a negative size', rest + contents({ Size: '-1' })],
    ['a size with a fraction', rest + contents({ Size: '1.5' })],
    ['an empty size', rest + contents({ Size: '' })],
    ['a size beyond the safe integers', rest + contents({ Size: '9007199254740993' })],
    ['a date in words', rest + contents({ LastModified: 'Sat, 31 Jan 2026 12:00:00 GMT' })],
    ['a day that no month has', rest + contents({ LastModified: '2026-01-32T12:00:00.000Z' })],
    ['a day that this month does not have', rest + contents({ LastModified: '2026-02-30T12:00:00.000Z' })],
    ['an hour that no day has', rest + contents({ LastModified: '2026-02-01T25:00:00.000Z' })],
  ]
  test.each(broken)('rejects %s', (_, fields) => {
    expect(() => readListObjects(small(fields))).toThrow(expect.objectContaining({ code: 'InvalidResponse' }))
  })

  test.each(['2026-01-31T12:00:00Z', '2024-02-29T12:00:00.123456Z', '2026-01-31T12:00:00.000+02:00'])(
    'accepts the date %s',
    (date) => {
      expect(readListObjects(small(contents({ LastModified: date }) + rest)).objects[0]?.lastModified).toEqual(
        new Date(date),
      )
    },
  )

  test('rejects an error document in place of a page', () => {
    expect(() => readListObjects(utf8Bytes('<Error><Code>NoSuchBucket</Code></Error>'))).toThrow(
      /its root is <Error>, not <ListBucketResult>/,
    )
  })
})
