/** Real Cloudflare R2, if the environment has credentials. Every run uses a new prefix. */
import { randomUUID } from 'node:crypto'

const needed = ['R2_ACCOUNT_ID', 'R2_ACCESS_KEY_ID', 'R2_SECRET_ACCESS_KEY', 'R2_TEST_BUCKET']

export const r2 = {
  name: 'r2',
  async unavailable() {
    const absent = needed.filter((name) => !process.env[name])
    return absent.length === 0 ? undefined : `not set: ${absent.join(', ')}`
  },
  async start() {
    const [accountId, accessKeyId, secretAccessKey, bucket] = needed.map((name) => process.env[name])
    return {
      name: 'r2',
      endpoint: `https://${accountId}.r2.cloudflarestorage.com`,
      dialect: 'r2',
      region: 'auto',
      credentials: { accessKeyId, secretAccessKey },
      capabilities: { createBucket: false, sharedBucket: { bucket, prefix: `r2kit-${randomUUID()}/` } },
      stop: async () => undefined,
    }
  },
}
