import { createReadStream, createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'

/** Loading the package throws if its native module is missing or cannot be linked. */
const loaded = await import('opendal').catch((error) => ({ error }))

/** The reason why the client cannot run, or `undefined`. */
export const unavailable = () => {
  if (loaded.error === undefined) return undefined
  const { message } = loaded.error.cause?.at?.(-1) ?? loaded.error
  return `its native module cannot be loaded: ${message.split('\n')[0]}`
}

const partBytes = 8n * 1024n * 1024n

/** Apache OpenDAL's Node binding: a native module written in Rust. It sends streams of known length in parts only. */
export const connect = ({ endpoint, bucket, credentials }) => {
  const { accessKeyId: access_key_id, secretAccessKey: secret_access_key } = credentials
  const settings = { endpoint, region: 'auto', bucket, access_key_id, secret_access_key }
  const operator = new loaded.Operator('s3', settings)
  return {
    get: async (key) => (await operator.read(key)).byteLength,
    put: (key, body) => operator.write(key, body),
    async getStream(key) {
      let bytes = 0
      for await (const chunk of (await operator.reader(key)).createReadStream()) bytes += chunk.byteLength
      return bytes
    },
    async uploadFile(key, path) {
      const writer = await operator.writer(key, { chunk: partBytes, concurrent: 4 })
      await pipeline(createReadStream(path), writer.createWriteStream())
    },
    async downloadFile(key, path) {
      const reader = await operator.reader(key)
      await pipeline(reader.createReadStream(), createWriteStream(path))
    },
  }
}
