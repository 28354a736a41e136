import { S3Error } from '../errors/s3-error.js'
import type { StorageClass } from '../storage/storage.js'

/** @throws S3Error InvalidStorageClass */
export const readStorageClass = (text: string | undefined): StorageClass | undefined => {
  if (text === undefined || text === 'STANDARD' || text === 'STANDARD_IA') return text
  throw new S3Error('InvalidStorageClass')
}
