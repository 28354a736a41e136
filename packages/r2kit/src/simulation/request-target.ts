/** What a request is about, read from its method, path, query and headers: what faults and recordings are matched by. */
import { type HeaderFields, type HttpMethod, type HttpRequest, headerOf } from '../http/index.js'

export interface RequestTarget {
  /** S3's name of the operation: `PutObject`. */
  readonly operation: string
  readonly bucket?: string | undefined
  readonly key?: string | undefined
  readonly partNumber?: number | undefined
  /** Distinguishes requests of one operation for one key that may be concurrent: a range, or the parameters of a list. */
  readonly detail?: string | undefined
}

/** Where the bucket is: in the path, or in the host before the endpoint's own. */
export type Addressing = 'path' | 'virtual-host'

type Names = Readonly<Partial<Record<HttpMethod, string>>>

/** Sub-resources of a bucket, by parameter. */
const bucketOperations: Readonly<Record<string, Names>> = {
  acl: { GET: 'GetBucketAcl' },
  cors: { GET: 'GetBucketCors', PUT: 'PutBucketCors', DELETE: 'DeleteBucketCors' },
  delete: { POST: 'DeleteObjects' },
  encryption: { GET: 'GetBucketEncryption', PUT: 'PutBucketEncryption', DELETE: 'DeleteBucketEncryption' },
  lifecycle: {
    GET: 'GetBucketLifecycleConfiguration',
    PUT: 'PutBucketLifecycleConfiguration',
    DELETE: 'DeleteBucketLifecycle',
  },
  location: { GET: 'GetBucketLocation' },
  'object-lock': { GET: 'GetObjectLockConfiguration' },
  replication: { GET: 'GetBucketReplication' },
  tagging: { GET: 'GetBucketTagging' },
  uploads: { GET: 'ListMultipartUploads' },
  versioning: { GET: 'GetBucketVersioning' },
}
const plainBucketOperations: Names = {
  GET: 'ListObjects',
  HEAD: 'HeadBucket',
  PUT: 'CreateBucket',
  DELETE: 'DeleteBucket',
}

const uploadOperations: Names = {
  GET: 'ListParts',
  HEAD: 'HeadObject',
  PUT: 'UploadPart',
  POST: 'CompleteMultipartUpload',
  DELETE: 'AbortMultipartUpload',
}
const plainObjectOperations: Names = {
  GET: 'GetObject',
  HEAD: 'HeadObject',
  PUT: 'PutObject',
  // R2 stores the body.
  POST: 'PutObject',
  DELETE: 'DeleteObject',
}

/** The copying form of an operation that takes its bytes from another object. */
const copies: Readonly<Record<string, string>> = { PutObject: 'CopyObject', UploadPart: 'UploadPartCopy' }

/**
 * @param addressing where the bucket is. @defaultValue 'path'
 * @returns the target; `Unknown` as operation for a request that no S3 operation makes
 */
export const targetOf = (
  { method, origin, path, query, headers }: Pick<HttpRequest, 'method' | 'origin' | 'path' | 'query' | 'headers'>,
  addressing: Addressing = 'path',
): RequestTarget => {
  const detail = requestDetail(query, headers)
  const [bucket, encodedKey] = addressing === 'path' ? splitPath(path) : [bucketOfHost(origin), path.slice(1)]
  const parameters = new Map(query.split('&').map((pair) => splitOnce(pair, '=')))
  if (bucket === '') return { operation: method === 'GET' ? 'ListBuckets' : 'Unknown', ...detail }
  if (encodedKey === '') return { operation: bucketOperation(method, parameters), bucket, ...detail }
  const key = decoded(encodedKey)
  const isCopy = method === 'PUT' && headerOf(headers, 'x-amz-copy-source') !== undefined
  const operation = objectOperation(method, parameters)
  const partNumber = Number(parameters.get('partNumber') ?? Number.NaN)
  return {
    operation: (isCopy ? copies[operation] : undefined) ?? operation,
    bucket,
    key,
    ...(operation === 'UploadPart' && Number.isInteger(partNumber) ? { partNumber } : {}),
    ...detail,
  }
}

const detailHeaders = ['range', 'x-amz-copy-source-range', 'content-md5']
/** Parameters that differ between two runs, or that name the part. */
const noDetail = /^(?:x-amz-.*|uploadid|partnumber)$/i

/** The `detail` of a request, as long as it has one. */
export const requestDetail = (query: string, headers: Readonly<HeaderFields>): { detail?: string } => {
  const parameters = query.split('&').filter((pair) => pair !== '' && !noDetail.test(splitOnce(pair, '=')[0]))
  const fields = detailHeaders.flatMap((name) => headerOf(headers, name) ?? [])
  return parameters.length + fields.length === 0 ? {} : { detail: [...parameters.sort(), ...fields].join('\n') }
}

const bucketOperation = (method: HttpMethod, parameters: ReadonlyMap<string, string>): string => {
  if (method === 'HEAD') return 'HeadBucket'
  for (const [parameter, names] of Object.entries(bucketOperations)) {
    if (parameters.has(parameter)) return names[method] ?? 'Unknown'
  }
  if (method === 'GET' && parameters.get('list-type') === '2') return 'ListObjectsV2'
  return plainBucketOperations[method] ?? 'Unknown'
}

const objectOperation = (method: HttpMethod, parameters: ReadonlyMap<string, string>): string => {
  if (parameters.has('uploads') && method === 'POST') return 'CreateMultipartUpload'
  if (parameters.has('uploads') && method === 'GET') return 'ListMultipartUploads'
  // Without a part number R2 ignores the upload ID of a PUT.
  const isOfUpload = parameters.has('uploadId') && (method !== 'PUT' || parameters.has('partNumber'))
  return (isOfUpload ? uploadOperations : plainObjectOperations)[method] ?? 'Unknown'
}

/** A name that is not percent-encoded UTF-8 stays as it is: the server rejects it. */
const decoded = (encoded: string): string => {
  try {
    return decodeURIComponent(encoded)
  } catch {
    return encoded
  }
}

const splitPath = (path: string): [bucket: string, key: string] => {
  const [bucket, key] = splitOnce(path.slice(1), '/')
  return [decoded(bucket), key]
}

const bucketOfHost = (origin: string): string => {
  const [, host = ''] = splitOnce(origin, '//')
  return splitOnce(host, '.')[0]
}

const splitOnce = (text: string, separator: string): [before: string, after: string] => {
  const index = text.indexOf(separator)
  return index < 0 ? [text, ''] : [text.slice(0, index), text.slice(index + separator.length)]
}
