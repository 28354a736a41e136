/**
 * Apache OpenDAL's Node binding, a native module written in Rust. Version 0.49.2 is pinned: from 0.49.3 on, the module for
 * Linux needs glibc 2.38, which Debian 12 does not have.
 */
import { createReadStream, createWriteStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'

const partSize = 8n * 1024n * 1024n

/** Loading the package throws if its native module is missing or cannot be linked. */
const loadOperator = async () => (await import('opendal')).Operator

export const opendal = {
  name: 'opendal',
  cannot: {
    makeBucket: 'has no call for buckets: an operator needs an existing one',
    syncUp: 'has no sync: files are uploaded one by one',
    syncDown: 'as syncUp',
  },
  async unavailable() {
    try {
      await loadOperator()
      return undefined
    } catch (error) {
      const { message } = error.cause?.at?.(-1) ?? error
      return `its native module cannot be loaded: ${message.split('\n')[0]}`
    }
  },
  async open({ endpoint, region, credentials }) {
    const Operator = await loadOperator()
    const operators = new Map()
    const operatorOf = (bucket) => {
      const { accessKeyId: access_key_id, secretAccessKey: secret_access_key } = credentials
      if (!operators.has(bucket)) {
        operators.set(bucket, new Operator('s3', { endpoint, region, bucket, access_key_id, secret_access_key }))
      }
      return operators.get(bucket)
    }
    return {
      put: async (bucket, key, file) => operatorOf(bucket).write(key, await readFile(file)),
      async putMultipart(bucket, key, file) {
        const writer = await operatorOf(bucket).writer(key, { chunk: partSize, concurrent: 4 })
        await pipeline(createReadStream(file), writer.createWriteStream())
      },
      async get(bucket, key, file) {
        const reader = await operatorOf(bucket).reader(key)
        await pipeline(reader.createReadStream(), createWriteStream(file))
      },
      getRange: (bucket, key, offset, length) =>
        operatorOf(bucket).read(key, { offset: BigInt(offset), size: BigInt(length) }),
      list: async (bucket) => (await operatorOf(bucket).list('', { recursive: true })).map((entry) => entry.path()),
      copy: (bucket, from, to) => operatorOf(bucket).copy(from, to),
      removeAll: (bucket, keys) => operatorOf(bucket).remove(keys),
      presignGet: async (bucket, key) => (await operatorOf(bucket).presignRead(key, 300)).url,
      presignPut: async (bucket, key) => (await operatorOf(bucket).presignWrite(key, 300)).url,
      close: async () => undefined,
    }
  },
}
