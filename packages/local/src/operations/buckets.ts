/** ListBuckets, HeadBucket, DeleteBucket, GetBucketLocation, and POST to a bucket. */
import { xmlDocument, xmlElement, xmlValue } from 'r2kit/protocol'
import { S3Error } from '../errors/s3-error.js'
import { emptyReply, type Reply, xmlReply } from '../http/reply.js'
import { decodeToken, encodeToken, isoTime, pageLimit, readMaxKeys } from '../objects/listing.js'
import { requireBucket } from '../objects/lookup.js'
import type { BucketRecord } from '../storage/index.js'
import type { BucketCall, Call } from './call.js'
import { ownerMarkup } from './list-objects.js'

/** R2 pages this list, by query parameters or by `cf-` headers, which take precedence. */
export const listBuckets = ({ server, query, headers }: Call): Reply => {
  const parameter = (name: string): string | undefined => headers[`cf-${name}`] ?? query.get(name)
  const maxKeys = readMaxKeys(parameter('max-keys'))
  const token = parameter('continuation-token') || undefined
  const startAfter = parameter('start-after')
  const lastName = token === undefined ? '' : decodeToken(token)
  const after = startAfter === undefined || lastName > startAfter ? lastName : startAfter
  const found: BucketRecord[] = []
  const limit = Math.min(maxKeys, pageLimit)
  const matching = server.storage.listBuckets({ prefix: parameter('prefix') ?? '', startAfter: after })
  for (const bucket of matching) {
    found.push(bucket)
    if (found.length > limit) break
  }
  const isTruncated = found.length > limit
  const shown = found.slice(0, limit)
  const next = isTruncated ? shown.at(-1)?.name : undefined
  const nextToken = next === undefined ? undefined : encodeToken(next)
  const markup = [
    xmlElement('Buckets', shown.map(bucketMarkup).join('')),
    ownerMarkup(server.accountId),
    xmlValue('StartAfter', startAfter),
    xmlValue('ContinuationToken', token),
    xmlValue('NextContinuationToken', nextToken),
    xmlValue('MaxKeys', maxKeys),
    xmlValue('KeyCount', shown.length),
    xmlValue('IsTruncated', isTruncated),
  ].join('')
  return xmlReply(xmlDocument('ListAllMyBucketsResult', markup), {
    'cf-is-truncated': String(isTruncated),
    ...(nextToken === undefined ? {} : { 'cf-next-continuation-token': nextToken }),
  })
}

const bucketMarkup = ({ name, createdMs }: BucketRecord): string =>
  xmlElement('Bucket', xmlValue('Name', name) + xmlValue('CreationDate', isoTime(createdMs)))

export const headBucket = ({ server, bucket }: BucketCall): Reply => {
  requireBucket(server.storage, bucket)
  return emptyReply(200, { 'x-amz-bucket-region': 'auto' })
}

export const deleteBucket = async ({ server, bucket }: BucketCall): Promise<Reply> => {
  const outcome = await server.storage.deleteBucket(bucket)
  if (outcome === 'missing') throw new S3Error('NoSuchBucket')
  if (outcome === 'not-empty') throw new S3Error('BucketNotEmpty')
  server.lifecycle.invalidate(bucket)
  return emptyReply(204)
}

export const getBucketLocation = ({ server, bucket }: BucketCall): Reply => {
  const { location } = requireBucket(server.storage, bucket)
  const text = location === 'AUTO' ? 'auto' : location
  return xmlReply(xmlDocument('LocationConstraint', text))
}

/** R2 returns 200 with an empty body for a signed POST to a bucket that is not one of its operations. */
export const postBucket = ({ server, bucket }: BucketCall): Reply => {
  requireBucket(server.storage, bucket)
  return emptyReply(200)
}
