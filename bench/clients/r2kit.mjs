import { R2Client } from 'r2kit'

/** Ours with its defaults; `verify: false` sends streams without hashing them. */
export const connect = ({ endpoint, bucket, credentials, options = {} }) => {
  const { verify = true, connections = {} } = options
  const r2 = new R2Client({ endpoint, credentials, connections })
  return {
    get: async (key) => (await r2.objects.get({ bucket, key })).body.byteLength,
    put: async (key, body) => {
      await r2.objects.put({ bucket, key, body, verify })
    },
    async getStream(key) {
      const { body } = await r2.objects.getStream({ bucket, key })
      let bytes = 0
      for await (const chunk of body) bytes += chunk.byteLength
      return bytes
    },
    putStream: async (key, body, contentLength) => {
      await r2.objects.put({ bucket, key, body, contentLength, verify })
    },
  }
}
