/**
 * The cost of parsing one ListObjectsV2 response of 1,000 objects: r2kit, fast-xml-parser and saxes. All parse the same
 * bytes into the same typed objects; r2kit in one piece and in pieces of 16 KiB, as a socket delivers them. The contenders
 * take turns, so that load on the machine affects all of them.
 *
 * node bench/xml.mjs
 */
import { deepStrictEqual } from 'node:assert/strict'
import { pathToFileURL } from 'node:url'
import { XMLParser } from 'fast-xml-parser'
import { ListObjectsReader, readListObjects } from 'r2kit/protocol'
import { SaxesParser } from 'saxes'

const objectCount = 1000

/** In R2's format: percent-encoded keys, quotes as entity references, and the paging fields last. */
const response = Buffer.from(
  `<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>photos</Name>${Array.from(
    { length: objectCount },
    (_, index) =>
      `<Contents><Key>albums%2F${2000 + (index % 25)}%2Fimage-${String(index).padStart(8, '0')}.jpeg</Key><Size>${1000 + index * 37}</Size>` +
      `<LastModified>2026-0${1 + (index % 9)}-12T11:22:33.${100 + (index % 900)}Z</LastModified>` +
      `<ETag>&quot;d41d8cd98f00b204e9800998ecf8${String(index).padStart(4, '0')}&quot;</ETag><StorageClass>STANDARD</StorageClass></Contents>`,
  ).join(
    '',
  )}<IsTruncated>false</IsTruncated><Prefix>albums%2F</Prefix><MaxKeys>1000</MaxKeys><KeyCount>1000</KeyCount><EncodingType>url</EncodingType></ListBucketResult>`,
)

const listed = (fields) => ({
  key: decodeURIComponent(fields.Key),
  size: Number(fields.Size),
  etag: fields.ETag.replaceAll('"', ''),
  lastModified: new Date(fields.LastModified),
  storageClass: fields.StorageClass,
})

const r2kitInPieces = () => {
  const reader = new ListObjectsReader()
  for (let at = 0; at < response.length; at += 16_384) reader.write(response.subarray(at, at + 16_384))
  return reader.end().objects
}

const fastXmlParser = () => {
  const parser = new XMLParser({ parseTagValue: false, isArray: (name) => name === 'Contents' })
  return parser.parse(response.toString()).ListBucketResult.Contents.map(listed)
}

const saxes = () => {
  const objects = []
  const parser = new SaxesParser()
  let fields = {}
  let text = ''
  parser.on('opentag', ({ name }) => {
    text = ''
    if (name === 'Contents') fields = {}
  })
  parser.on('text', (more) => {
    text += more
  })
  parser.on('closetag', ({ name }) => {
    if (name === 'Contents') objects.push(listed(fields))
    else fields[name] = text
  })
  parser.write(response.toString()).close()
  return objects
}

const contenders = [
  { name: 'r2kit', calls: 40, run: () => readListObjects(response).objects },
  { name: 'r2kit, pieces of 16 KiB', calls: 40, run: r2kitInPieces },
  { name: 'saxes', calls: 10, run: saxes },
  { name: 'fast-xml-parser', calls: 3, run: fastXmlParser },
]

/** CPU time, because load on the machine distorts wall time. */
const millisecondsPerCall = ({ calls, run }) => {
  const before = process.cpuUsage()
  for (let call = 0; call < calls; call++) run()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000 / calls
}

/**
 * Median and best of the rounds, in milliseconds per response of 1,000 objects.
 *
 * @returns {Promise<{ name: string, objects: number, bytes: number, medianMs: number, bestMs: number }[]>}
 */
export const benchXml = async ({ rounds = 9 } = {}) => {
  const expected = fastXmlParser()
  for (const { name, run } of contenders) deepStrictEqual(run(), expected, `${name} returns other objects`)
  for (let warmUp = 0; warmUp < 5; warmUp++) contenders.forEach(millisecondsPerCall)
  const times = new Map(contenders.map((contender) => [contender, []]))
  for (let round = 0; round < rounds; round++) {
    for (const contender of contenders) times.get(contender).push(millisecondsPerCall(contender))
  }
  return contenders.map((contender) => {
    const sorted = times.get(contender).toSorted((a, b) => a - b)
    const rounded = (time) => Number(time.toFixed(2))
    return {
      name: contender.name,
      objects: objectCount,
      bytes: response.length,
      medianMs: rounded(sorted[sorted.length >> 1]),
      bestMs: rounded(sorted[0]),
    }
  })
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) console.table(await benchXml())
