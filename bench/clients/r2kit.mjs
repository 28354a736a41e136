import { importR2kit } from '../support/builds.mjs'

/**
 * r2kit with its defaults. Options: `build` selects the build of another checkout; the others are those of the client, such as
 * `integrity: 'none'`, which switches verification off.
 */
export const connect = async ({ endpoint, bucket, credentials, options = {} }) => {
  const { build, R2Client = (await importR2kit(build)).R2Client, ...settings } = options
  const r2 = new R2Client({ endpoint, credentials, allowInsecureEndpoint: true, ...settings })
  return {
    get: async (key) => (await r2.objects.get({ bucket, key })).body.byteLength,
    put: async (key, body) => {
      await r2.objects.put({ bucket, key, body })
    },
    async getStream(key) {
      const { body } = await r2.objects.getStream({ bucket, key })
      let bytes = 0
      for await (const chunk of body) bytes += chunk.byteLength
      return bytes
    },
    putStream: async (key, body, contentLength) => {
      await r2.objects.put({ bucket, key, body, contentLength })
    },
    makeBucket: () => r2.buckets.create({ bucket }),
    uploadFile: async (key, path, { signal } = {}) => {
      await r2.transfers.upload({ path }, { bucket, key }, { signal })
    },
    uploadStream: async (key, stream, { signal } = {}) => {
      await r2.transfers.upload(stream, { bucket, key }, { signal })
    },
    downloadFile: async (key, path, { signal } = {}) => {
      await r2.transfers.download({ bucket, key }, { path }, { signal })
    },
    downloadStream: (key) => r2.transfers.download({ bucket, key }, 'stream').body,
  }
}
