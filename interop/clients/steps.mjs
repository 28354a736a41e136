/**
 * The steps that every third-party client runs against the local R2. A second client (`control`, the AWS SDK) prepares and
 * inspects the bucket, so that no client verifies itself.
 */
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { R2Client } from 'r2kit'

const KIBIBYTE = 1024
const MEBIBYTE = 1024 * KIBIBYTE

/** Keys that a shell, a URL, an XML document or a file system may alter. */
const unusualKeys = [
  'plain.txt',
  'spaces and+plus signs/a b  c.txt',
  'percent %2F and %25.txt',
  'question?hash#ampersand&equals=.txt',
  `quotes ' " and <angles>.txt`,
  'semi;colon,comma:at@dollar$.txt',
  'tilde~star*(round)[square]{curly}!.txt',
  'ünïcödé/日本語/العربية.txt',
  'emoji-🚀-👩‍👩‍👧.txt',
  'trailing dot./file.',
]

/** Keys for more than one page of 1,000. */
const manyKeys = Array.from({ length: 1050 }, (_, index) => `many/${String(index).padStart(5, '0')}`)

/** Path → size in bytes of the tree to synchronize: empty and small files, deep folders, names with spaces and accents. */
const tree = Object.fromEntries(
  Array.from({ length: 40 }, (_, index) => [
    `${['top', 'a folder/with spaces', 'deep/er/and/deeper', 'ünï'][index % 4]}/file ${index}.bin`,
    [0, 1, 1000, 70_000][index % 4] * (1 + (index % 7)),
  ]),
)

/** Deterministic bytes for a name. */
const bytesFor = (name, size) =>
  size === 0 ? Buffer.alloc(0) : createHash('shake256', { outputLength: size }).update(name).digest()

const digest = (bytes) => createHash('sha256').update(bytes).digest('hex')

const expectSame = (label, actual, expected) => {
  if (digest(actual) !== digest(expected)) {
    throw new Error(`${label}: ${actual.length} bytes differ from the ${expected.length} bytes expected`)
  }
}

const expectSameList = (label, actual, expected) => {
  const missing = expected.filter((key) => !actual.includes(key))
  const surplus = actual.filter((key) => !expected.includes(key))
  if (missing.length + surplus.length > 0 || actual.length !== expected.length) {
    throw new Error(
      `${label}: ${missing.length} missing ${JSON.stringify(missing.slice(0, 3))}, ${surplus.length} unexpected ${JSON.stringify(surplus.slice(0, 3))}`,
    )
  }
}

/** The AWS SDK, which prepares and inspects the bucket. */
export const openControl = ({ endpoint, region, credentials }) => {
  const s3 = new S3Client({ endpoint, region, credentials, forcePathStyle: true })
  const r2 = new R2Client({ endpoint, region, credentials, addressing: 'path' })
  return {
    /** Downloads with r2kit. Returns the bytes, and the stored value that has verified them. */
    download: (bucket, key) => r2.transfers.download({ bucket, key }, 'bytes'),
    makeBucket: (bucket) => s3.send(new CreateBucketCommand({ Bucket: bucket })),
    put: (bucket, key, bytes) => s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: bytes })),
    async get(bucket, key) {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }))
      return Buffer.from(await Body.transformToByteArray())
    },
    head: (bucket, key) => s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key })),
    count: async (bucket) => (await s3.send(new ListObjectsV2Command({ Bucket: bucket }))).KeyCount,
    close() {
      s3.destroy()
      return r2.dispose()
    },
  }
}

const filesUnder = async (folder) =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))

const writeTree = async (folder) => {
  for (const [path, size] of Object.entries(tree)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), bytesFor(path, size))
  }
}

/**
 * The steps, in order. Each receives the client, the control, the client's bucket and a working folder. A step that `needs`
 * a function is skipped for a client without it, after `otherwise` has prepared the state that later steps require.
 */
export const steps = [
  {
    name: 'create a bucket',
    needs: 'makeBucket',
    otherwise: ({ control, bucket }) => control.makeBucket(bucket),
    async run({ client, control, bucket }) {
      await client.makeBucket(bucket)
      if ((await control.count(bucket)) !== 0) throw new Error('the new bucket is not empty')
    },
  },
  {
    name: 'put and get: 0 B, 1 KB, unusual keys',
    async run({ client, control, bucket, folder }) {
      const [source, target] = [join(folder, 'source'), join(folder, 'target')]
      for (const key of ['empty.bin', ...unusualKeys]) {
        const bytes = bytesFor(key, key === 'empty.bin' ? 0 : KIBIBYTE)
        await writeFile(source, bytes)
        await client.put(bucket, key, source)
        expectSame(`stored as ${key}`, await control.get(bucket, key), bytes)
        await client.get(bucket, key, target)
        expectSame(`read ${key}`, await readFile(target), bytes)
      }
    },
  },
  {
    name: '64 MB multipart upload and download',
    async run({ client, control, bucket, folder }) {
      const [source, target] = [join(folder, 'large'), join(folder, 'large-again')]
      await writeFile(source, bytesFor('large', 64 * MEBIBYTE))
      await client.putMultipart(bucket, 'large.bin', source)
      const { ETag, ContentLength } = await control.head(bucket, 'large.bin')
      if (!/-\d+"$/.test(ETag)) throw new Error(`ETag ${ETag} is not the ETag of a multipart upload`)
      if (ContentLength !== 64 * MEBIBYTE) throw new Error(`stored ${ContentLength} bytes`)
      await client.get(bucket, 'large.bin', target)
      expectSame('the large object', await readFile(target), await readFile(source))
      return `ETag ends in ${ETag.slice(ETag.indexOf('-'), -1)}`
    },
  },
  {
    name: 'r2kit verifies downloads by what the client stored',
    async run({ control, bucket }) {
      const found = []
      const expected = { 'plain.txt': bytesFor('plain.txt', KIBIBYTE), 'large.bin': bytesFor('large', 64 * MEBIBYTE) }
      for (const [key, bytes] of Object.entries(expected)) {
        const { body, verifiedBy } = await control.download(bucket, key)
        expectSame(key, body, bytes)
        if (verifiedBy === undefined) throw new Error(`nothing has verified ${key}`)
        found.push(`${key} by ${verifiedBy}`)
      }
      return found.join(', ')
    },
  },
  {
    name: 'ranged get',
    async run({ client, bucket }) {
      const whole = bytesFor('large', 64 * MEBIBYTE)
      const [offset, length] = [17 * MEBIBYTE + 3, 100_001]
      expectSame(
        'the range',
        await client.getRange(bucket, 'large.bin', offset, length),
        whole.subarray(offset, offset + length),
      )
    },
  },
  {
    name: 'copy',
    async run({ client, control, bucket, cannot }) {
      const from = 'spaces and+plus signs/a b  c.txt'
      await control.put(bucket, from, bytesFor(from, KIBIBYTE))
      await client.copy(bucket, from, 'copies/ünï copy.txt')
      expectSame('the copy', await control.get(bucket, 'copies/ünï copy.txt'), bytesFor(from, KIBIBYTE))
      return cannot.serverSideCopy
    },
  },
  {
    name: 'upload a tree',
    async run({ client, control, bucket, folder, cannot }) {
      const source = join(folder, 'tree')
      await writeTree(source)
      if (client.syncUp) await client.syncUp(source, bucket, 'tree')
      else for (const path of Object.keys(tree)) await client.put(bucket, `tree/${path}`, join(source, path))
      for (const [path, size] of Object.entries(tree)) {
        expectSame(`stored ${path}`, await control.get(bucket, `tree/${path}`), bytesFor(path, size))
      }
      return client.syncUp ? '' : cannot.syncUp
    },
  },
  {
    name: 'download a tree',
    async run({ client, bucket, folder }) {
      const target = join(folder, 'tree-again')
      await mkdir(target)
      if (client.syncDown) await client.syncDown(bucket, 'tree', target)
      else {
        for (const path of Object.keys(tree)) {
          await mkdir(dirname(join(target, path)), { recursive: true })
          await client.get(bucket, `tree/${path}`, join(target, path))
        }
      }
      expectSameList('files', await filesUnder(target), Object.keys(tree))
      for (const [path, size] of Object.entries(tree)) {
        expectSame(path, await readFile(join(target, path)), bytesFor(path, size))
      }
    },
  },
  {
    name: 'presigned GET, fetched with plain HTTP',
    needs: 'presignGet',
    async run({ client, control, bucket }) {
      const key = 'signed/get ü+%.txt'
      await control.put(bucket, key, bytesFor(key, KIBIBYTE))
      const response = await fetch(await client.presignGet(bucket, key))
      if (!response.ok) throw new Error(`${response.status} ${(await response.text()).slice(0, 300)}`)
      expectSame('the body', Buffer.from(await response.arrayBuffer()), bytesFor(key, KIBIBYTE))
    },
  },
  {
    name: 'presigned PUT, sent with plain HTTP',
    needs: 'presignPut',
    async run({ client, control, bucket }) {
      const key = 'signed/put ü+%.txt'
      const url = await client.presignPut(bucket, key)
      const response = await fetch(url, { method: 'PUT', body: bytesFor(key, KIBIBYTE) })
      if (!response.ok) throw new Error(`${response.status} ${(await response.text()).slice(0, 300)}`)
      expectSame('the stored object', await control.get(bucket, key), bytesFor(key, KIBIBYTE))
    },
  },
  {
    name: 'presigned PUT with the checksum of an empty body is rejected',
    needs: 'presignPutWithEmptyChecksum',
    optional: true,
    async run({ client, bucket }) {
      const url = await client.presignPutWithEmptyChecksum(bucket, 'signed/refused.txt')
      const response = await fetch(url, { method: 'PUT', body: bytesFor('refused', KIBIBYTE) })
      const text = await response.text()
      if (response.status !== 400 || !text.includes('BadDigest'))
        throw new Error(`${response.status} ${text.slice(0, 300)}`)
    },
  },
  {
    name: 'list over 1,000 keys',
    async run({ client, control, bucket }) {
      const many = `${bucket}-many`
      await control.makeBucket(many)
      const waiting = [...manyKeys]
      const worker = async () => {
        for (let key = waiting.pop(); key !== undefined; key = waiting.pop())
          await control.put(many, key, Buffer.from('x'))
      }
      await Promise.all(Array.from({ length: 16 }, worker))
      expectSameList('keys', await client.list(many), manyKeys)
    },
  },
  {
    name: 'delete many keys',
    async run({ client, control, bucket }) {
      await client.removeAll(`${bucket}-many`, manyKeys)
      const left = await control.count(`${bucket}-many`)
      if (left !== 0) throw new Error(`${left} of ${manyKeys.length} keys were not deleted`)
    },
  },
]
