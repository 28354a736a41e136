/** Bun's own client, a native module of the runtime. */

export const unavailable = () => (typeof Bun === 'undefined' ? 'is part of Bun' : undefined)

export const connect = ({ endpoint, bucket, credentials }) => {
  const s3 = new Bun.S3Client({ endpoint, bucket, region: 'auto', ...credentials })
  return {
    get: async (key) => (await s3.file(key).arrayBuffer()).byteLength,
    put: async (key, body) => {
      await s3.write(key, body)
    },
    async getStream(key) {
      let bytes = 0
      for await (const chunk of s3.file(key).stream()) bytes += chunk.byteLength
      return bytes
    },
  }
}
