import { describe, expect, test } from 'vitest'
import { S3Error } from '../errors/s3-error.js'
import { QueryParameters } from '../routing/query.js'
import { parseTarget } from '../routing/target.js'
import { detectOperation } from './detect-operation.js'

const detect = (request: string, headers: Record<string, string> = {}): string => {
  const [method = '', requestTarget = ''] = request.split(' ')
  const { bucket, key, rawQuery } = parseTarget(requestTarget, undefined)
  try {
    return detectOperation({ method, bucket, key, query: new QueryParameters(rawQuery), headers })
  } catch (error) {
    if (error instanceof S3Error) return `${error.status} ${error.code}: ${error.message}`
    throw error
  }
}

const noRoute = '404 RouteNotFound: No route matches this url.'

describe('detection by method, path and query:', () => {
  test.each([
    ['GET /', 'ListBuckets'],
    ['GET /?x-id=ListBuckets&prefix=a&max-keys=1', 'ListBuckets'],
    ['HEAD /b', 'HeadBucket'],
    ['HEAD /b?anything', 'HeadBucket'],
    ['PUT /b', 'CreateBucket'],
    ['PUT /b/', 'CreateBucket'],
    ['PUT /b?x-id=CreateBucket&X-Amz-Date=1', 'CreateBucket'],
    ['DELETE /b', 'DeleteBucket'],
    ['GET /b', 'ListObjects'],
    ['GET /b?list-type=2&prefix=a&fetch-owner=true', 'ListObjectsV2'],
    ['GET /b?x-purpose=test', 'ListObjects'],
    ['GET /b?location', 'GetBucketLocation'],
    ['GET /b?location&x-id=GetBucketLocation', 'GetBucketLocation'],
    ['GET /b?cors', 'GetBucketCors'],
    ['GET /b?junk&cors', 'GetBucketCors'],
    ['GET /b?acl', 'GetBucketAcl'],
    ['GET /b?versioning', 'GetBucketVersioning'],
    ['GET /b?tagging', 'GetBucketTagging'],
    ['GET /b?object-lock', 'GetObjectLockConfiguration'],
    ['GET /b?replication', 'GetBucketReplication'],
    ['GET /b?uploads', 'ListMultipartUploads'],
    ['PUT /b?lifecycle', 'PutBucketLifecycleConfiguration'],
    ['PUT /b?encryption', 'PutBucketEncryption'],
    ['DELETE /b?cors', 'DeleteBucketCors'],
    ['DELETE /b?lifecycle', 'DeleteBucketLifecycle'],
    ['POST /b?delete', 'DeleteObjects'],
    ['POST /b', 'PostBucket'],
    ['POST /b?uploads', 'PostBucket'],
    ['GET /b/k', 'GetObject'],
    ['GET /b/k?partNumber=1', 'GetObject'],
    ['HEAD /b/k?tagging', 'HeadObject'],
    ['PUT /b/k', 'PutObject'],
    ['POST /b/k', 'PutObject'],
    ['POST /b/k?tagging', 'PutObject'],
    ['DELETE /b/k', 'DeleteObject'],
    ['DELETE /b/k?tagging', 'DeleteObject'],
    ['POST /b/k?uploads', 'CreateMultipartUpload'],
    ['PUT /b/k?uploadId=u', 'PutObject'],
    ['PUT /b/k?uploadId=u&partNumber=1', 'UploadPart'],
    ['PUT /b/k?uploadId=u&partNumber=%20-1', 'UploadPart'],
    ['PUT /b/k?uploadId=u&partNumber=', 'UploadPart'],
    ['POST /b/k?uploadId=u', 'CompleteMultipartUpload'],
    ['DELETE /b/k?uploadId=u', 'AbortMultipartUpload'],
    ['GET /b/k?uploadId=u', 'ListParts'],
    ['GET /b/k?uploads', 'ListMultipartUploads'],
    ['HEAD /b/k?uploadId=u', 'HeadObject'],
  ])('%s is %s', (request, operation) => {
    expect(detect(request)).toBe(operation)
  })

  test.each([
    ['PUT /b/k', 'CopyObject'],
    ['PUT /b/k?uploadId=u', 'CopyObject'],
    ['PUT /b/k?uploadId=u&partNumber=1', 'UploadPartCopy'],
    ['POST /b/k', 'PutObject'],
  ])('%s with a copy source is %s', (request, operation) => {
    expect(detect(request, { 'x-amz-copy-source': '/b/source' })).toBe(operation)
  })
})

describe("detection rejects unsupported requests with R2's messages:", () => {
  test.each([
    ['POST /', noRoute],
    ['HEAD /', noRoute],
    ['PATCH /b', noRoute],
    ['PATCH /b/k', noRoute],
    ['PATCH /b/k?uploadId=u', noRoute],
    ['PUT /b/k?uploadId=u&partNumber=1.0', noRoute],
    ['PUT /b/k?uploadId=u&partNumber=one', noRoute],
    ['GET /?junk', '501 NotImplemented: ListBuckets search parameter junk not implemented'],
    ['GET /b?junk', '501 NotImplemented: ListObjectsV1 search parameter junk not implemented'],
    ['GET /b?list-type=2&junk=1', '501 NotImplemented: ListObjectsV2 search parameter junk not implemented'],
    ['GET /b?list-type=3', '501 NotImplemented: ListObjectsV3 not implemented'],
    ['GET /b?continuation-token=t', '400 InvalidArgument: continuation-token not supported in ListObjects'],
    ['GET /b?versions', '501 NotImplemented: ListObjectVersions not implemented'],
    ['GET /b?junk&policyStatus', '501 NotImplemented: GetGetBucketPolicyStatus not implemented'],
    ['GET /b?location&prefix=a', '400 InvalidArgument: Search param prefix is unsupported for bucket location'],
    ['PUT /b?junk&tagging', '501 NotImplemented: PutBucketTagging not implemented'],
    ['PUT /b?versioning', '501 NotImplemented: PutBucketVersioning not implemented'],
    ['PUT /b?a&b=1', '400 InvalidArgument: Unsupported search param(s) "a", "b" on a PUT bucket route'],
    ['DELETE /b?versioning', '400 InvalidArgument: Unsupported search param(s) "versioning" on a DELETE bucket route'],
    ['DELETE /b?website', '501 NotImplemented: DeleteBucketWebsite not implemented'],
    ['GET /b/k?acl', '501 NotImplemented: GetObjectAcl not implemented'],
    ['GET /b/k?junk&legal-hold', '501 NotImplemented: GetObjectLegalHold not implemented'],
    ['PUT /b/k?tagging', '501 NotImplemented: PutObjectTagging not implemented'],
  ])('%s: %s', (request, error) => {
    expect(detect(request)).toBe(error)
  })
})
