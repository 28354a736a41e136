import { createReadStream, createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'

/** The AWS SDK v3 with its default settings. */
export const connect = ({ endpoint, bucket, credentials }) => {
  const s3 = new S3Client({ endpoint, region: 'auto', credentials, forcePathStyle: true })
  return {
    async get(key) {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }))
      return (await Body.transformToByteArray()).byteLength
    },
    put: async (key, body) => {
      await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }))
    },
    async getStream(key) {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }))
      let bytes = 0
      for await (const chunk of Body) bytes += chunk.byteLength
      return bytes
    },
    putStream: async (key, body, contentLength) => {
      const Body = Readable.from(body, { objectMode: false })
      await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body, ContentLength: contentLength }))
    },
    /** `onBytes` receives the number of bytes moved so far, if the SDK reports it. */
    async uploadFile(key, path, { signal, onBytes = () => undefined } = {}) {
      // Imported here, so that benches without uploads do not pay for its memory.
      const { Upload } = await import('@aws-sdk/lib-storage')
      const upload = new Upload({ client: s3, params: { Bucket: bucket, Key: key, Body: createReadStream(path) } })
      upload.on('httpUploadProgress', ({ loaded }) => onBytes(loaded))
      signal?.addEventListener('abort', () => upload.abort(), { once: true })
      await upload.done()
    },
    async downloadFile(key, path, { signal, onBytes = () => undefined } = {}) {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }))
      const file = createWriteStream(path)
      const progress = setInterval(() => onBytes(file.bytesWritten), 100)
      await pipeline(Body, file, { signal }).finally(() => clearInterval(progress))
    },
  }
}
