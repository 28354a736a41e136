import { R2Client as ShippedClient } from 'r2kit'

/** r2kit with its defaults; `verify: false` sends streams without hashing them. */
export const connect = ({ endpoint, bucket, credentials, options = {} }) => {
  const { verify = true, connections = {}, transfers = {}, onEvent, R2Client = ShippedClient } = options
  const r2 = new R2Client({ endpoint, credentials, connections, transfers, onEvent, allowInsecureEndpoint: true })
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
    makeBucket: () => r2.buckets.create({ bucket }),
    uploadFile: async (key, path, { signal } = {}) => {
      await r2.transfers.upload({ path }, { bucket, key }, { signal })
    },
    uploadStream: async (key, stream, { signal } = {}) => {
      await r2.transfers.upload(stream, { bucket, key }, { signal })
    },
    downloadFile: async (key, path, { signal } = {}) => {
      await r2.transfers.download({ bucket, key }, { path }, { signal, verify })
    },
    downloadStream: (key) => r2.transfers.download({ bucket, key }, 'stream', { verify }).body,
  }
}
