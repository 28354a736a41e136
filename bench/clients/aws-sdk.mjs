import { Readable } from 'node:stream'
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
  }
}
