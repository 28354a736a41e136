import { S3mini } from 's3mini'

export const connect = ({ endpoint, bucket, credentials }) => {
  const s3 = new S3mini({ ...credentials, endpoint: `${endpoint}/${bucket}`, region: 'auto' })
  return {
    get: async (key) => (await s3.getObjectArrayBuffer(key)).byteLength,
    put: async (key, body) => {
      await s3.putObject(key, body)
    },
    async getStream(key) {
      let bytes = 0
      for await (const chunk of (await s3.getObjectResponse(key)).body) bytes += chunk.byteLength
      return bytes
    },
  }
}
