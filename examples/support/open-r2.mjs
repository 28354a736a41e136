// The R2 that the examples use: R2 itself if the environment has credentials and R2_BUCKET, otherwise a local R2 in memory.
import { startLocalR2 } from '@r2kit/local'
import { R2Client } from 'r2kit'

export const openR2 = async () => {
  const { R2_BUCKET, R2_ACCESS_KEY_ID } = process.env
  if (R2_ACCESS_KEY_ID && R2_BUCKET) {
    const r2 = R2Client.fromEnv()
    return { r2, bucket: R2_BUCKET, close: () => r2.dispose() }
  }
  const local = await startLocalR2({ memory: true })
  const r2 = new R2Client({ endpoint: local.endpoint, credentials: local.credentials })
  await r2.buckets.create({ bucket: 'examples' })
  const close = async () => {
    await r2.dispose()
    await local.close()
  }
  return { r2, bucket: 'examples', close }
}

/** The same as options of a client, for programs that create their own. */
export const openOptions = async () => {
  const { R2_BUCKET, R2_ACCOUNT_ID, R2_ACCESS_KEY_ID, R2_SECRET_ACCESS_KEY } = process.env
  if (R2_ACCESS_KEY_ID && R2_BUCKET) {
    const credentials = { accessKeyId: R2_ACCESS_KEY_ID, secretAccessKey: R2_SECRET_ACCESS_KEY }
    return { options: { accountId: R2_ACCOUNT_ID, credentials }, bucket: R2_BUCKET, close: async () => undefined }
  }
  const local = await startLocalR2({ memory: true })
  const { endpoint, credentials } = local
  return { options: { endpoint, credentials }, bucket: 'examples', close: () => local.close() }
}
