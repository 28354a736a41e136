/**
 * Operations that return the same for every bucket, because R2 has neither versions, tags, object lock, replication nor ACLs.
 */
import { xmlDocument, xmlElement } from 'r2kit/protocol'
import type { S3ErrorCode } from '../errors/error-table.js'
import { S3Error } from '../errors/s3-error.js'
import { type Reply, xmlReply } from '../http/reply.js'
import { requireBucket } from '../objects/lookup.js'
import type { BucketCall } from './call.js'
import { ownerMarkup } from './list-objects.js'

const alwaysFails =
  (code: S3ErrorCode) =>
  ({ server, bucket }: BucketCall): Reply => {
    requireBucket(server.storage, bucket)
    throw new S3Error(code)
  }

export const getBucketTagging = alwaysFails('NoSuchTagSet')
export const getObjectLockConfiguration = alwaysFails('ObjectLockConfigurationNotFoundError')
export const getBucketReplication = alwaysFails('ReplicationConfigurationNotFoundError')

export const getBucketVersioning = ({ server, bucket }: BucketCall): Reply => {
  requireBucket(server.storage, bucket)
  return xmlReply(xmlDocument('VersioningConfiguration', ''))
}

export const getBucketAcl = ({ server, bucket }: BucketCall): Reply => {
  requireBucket(server.storage, bucket)
  const grantee = `<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"><ID>${server.accountId}</ID><DisplayName>${server.accountId}</DisplayName></Grantee>`
  const grant = xmlElement('Grant', grantee + xmlElement('Permission', 'FULL_CONTROL'))
  const markup = ownerMarkup(server.accountId) + xmlElement('AccessControlList', grant)
  return xmlReply(xmlDocument('AccessControlPolicy', markup))
}
