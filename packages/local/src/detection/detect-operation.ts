/** Finds the operation of a request by method, path and query, with R2's precedence and R2's errors for unsupported ones. */
import { invalidArgument, notImplemented, S3Error } from '../errors/s3-error.js'
import type { QueryParameters } from '../routing/query.js'
import type { BucketOperationName, ObjectOperationName, OperationName } from './operation-name.js'
import {
  bucketSubResources,
  bucketSubResourcesNotImplemented,
  objectSubResourcesNotImplemented,
} from './sub-resources.js'

interface Detectable {
  readonly method: string
  readonly bucket: string | undefined
  readonly key: string | undefined
  readonly query: QueryParameters
  readonly headers: Readonly<Record<string, string | undefined>>
}

/** @throws S3Error `RouteNotFound`, `NotImplemented`, `InvalidArgument` */
export const detectOperation = (request: Detectable): OperationName => {
  if (request.bucket === undefined) return detectAccountOperation(request)
  return request.key === undefined ? detectBucketOperation(request) : detectObjectOperation(request)
}

const listBucketsParameters = new Set(['prefix', 'start-after', 'continuation-token', 'max-keys'])

const detectAccountOperation = ({ method, query }: Detectable): OperationName => {
  if (method !== 'GET') throw new S3Error('RouteNotFound')
  rejectUnknownParameters(query, listBucketsParameters, 'ListBuckets')
  return 'ListBuckets'
}

const detectBucketOperation = ({ method, query }: Detectable): BucketOperationName => {
  switch (method) {
    case 'HEAD':
      return 'HeadBucket'
    case 'GET':
      return detectBucketRead(query)
    case 'PUT':
      return detectBucketWrite(method, query, 'CreateBucket')
    case 'DELETE':
      return detectBucketWrite(method, query, 'DeleteBucket')
    case 'POST':
      return query.has('delete') ? 'DeleteObjects' : 'PostBucket'
    default:
      throw new S3Error('RouteNotFound')
  }
}

const detectBucketRead = (query: QueryParameters): BucketOperationName => {
  if (query.has('uploads')) return 'ListMultipartUploads'
  if (query.has('location')) {
    const extra = query.significantNames().find((name) => name !== 'location')
    if (extra !== undefined) throw invalidArgument(`Search param ${extra} is unsupported for bucket location`)
    return 'GetBucketLocation'
  }
  return detectBucketSubResource('GET', query) ?? detectList(query)
}

/** The first recognised sub-resource determines the operation; unknown parameters before it are ignored. */
const detectBucketSubResource = (method: string, query: QueryParameters): BucketOperationName | undefined => {
  for (const [name] of query.entries) {
    const operation = bucketSubResources.get(method)?.get(name)
    if (operation !== undefined) return operation
    const missing = bucketSubResourcesNotImplemented.get(method)?.get(name)
    if (missing !== undefined) throw notImplemented(missing)
  }
  return undefined
}

const detectBucketWrite = (
  method: string,
  query: QueryParameters,
  bareOperation: BucketOperationName,
): BucketOperationName => {
  const operation = detectBucketSubResource(method, query)
  if (operation !== undefined) return operation
  const unknown = query.significantNames()
  if (unknown.length === 0) return bareOperation
  const names = unknown.map((name) => `"${name}"`).join(', ')
  throw invalidArgument(`Unsupported search param(s) ${names} on a ${method} bucket route`)
}

const listParameters = new Set(['prefix', 'delimiter', 'marker', 'max-keys', 'encoding-type'])
const listV2Parameters = new Set([
  'list-type',
  'prefix',
  'delimiter',
  'continuation-token',
  'start-after',
  'max-keys',
  'encoding-type',
  'fetch-owner',
])

const detectList = (query: QueryParameters): BucketOperationName => {
  const listType = query.get('list-type')
  if (listType === '2') {
    rejectUnknownParameters(query, listV2Parameters, 'ListObjectsV2')
    return 'ListObjectsV2'
  }
  if (listType !== undefined) throw notImplemented(`ListObjectsV${listType}`)
  if (query.has('continuation-token')) throw invalidArgument('continuation-token not supported in ListObjects')
  rejectUnknownParameters(query, listParameters, 'ListObjectsV1')
  return 'ListObjects'
}

const rejectUnknownParameters = (query: QueryParameters, known: ReadonlySet<string>, operation: string): void => {
  const unknown = query.significantNames().find((name) => !known.has(name))
  if (unknown !== undefined) throw notImplemented(`${operation} search parameter ${unknown}`)
}

const detectObjectOperation = ({ method, query, headers }: Detectable): OperationName => {
  if (query.entries.length > 0) {
    const operation = detectMultipartOperation(method, query, headers)
    if (operation !== undefined) return operation
    rejectObjectSubResource(method, query)
  }
  switch (method) {
    case 'GET':
      return 'GetObject'
    case 'HEAD':
      return 'HeadObject'
    case 'PUT':
      return headers['x-amz-copy-source'] === undefined ? 'PutObject' : 'CopyObject'
    case 'POST':
      // R2 stores the body and ignores sub-resources and `x-amz-copy-source`; s3cmd relies on it.
      return 'PutObject'
    case 'DELETE':
      return 'DeleteObject'
    default:
      throw new S3Error('RouteNotFound')
  }
}

/** R2's routes for parts match integers with padding or a sign; the operation checks the range. */
const looksLikeInteger = /^ *[+-]?\d*$/

const detectMultipartOperation = (
  method: string,
  query: QueryParameters,
  headers: Detectable['headers'],
): ObjectOperationName | 'ListMultipartUploads' | undefined => {
  if (query.has('uploadId')) {
    const partNumber = query.get('partNumber')
    if (partNumber !== undefined && !looksLikeInteger.test(partNumber)) throw new S3Error('RouteNotFound')
    switch (method) {
      case 'GET':
        return 'ListParts'
      case 'HEAD':
        return 'HeadObject'
      case 'POST':
        return 'CompleteMultipartUpload'
      case 'DELETE':
        return 'AbortMultipartUpload'
      case 'PUT':
        // Without a part number, R2 ignores the upload ID and handles the request as a PutObject or CopyObject.
        if (partNumber === undefined) break
        return headers['x-amz-copy-source'] === undefined ? 'UploadPart' : 'UploadPartCopy'
      default:
        throw new S3Error('RouteNotFound')
    }
  }
  if (query.has('uploads')) {
    if (method === 'POST') return 'CreateMultipartUpload'
    if (method === 'GET') return 'ListMultipartUploads'
  }
  return undefined
}

const rejectObjectSubResource = (method: string, query: QueryParameters): void => {
  const missing = objectSubResourcesNotImplemented.get(method)
  if (missing === undefined) return
  for (const [name] of query.entries) {
    const operation = missing.get(name)
    if (operation !== undefined) throw notImplemented(operation)
  }
}
