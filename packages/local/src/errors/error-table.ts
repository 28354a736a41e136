/**
 * The errors that R2 returns: S3's code, the HTTP status and the default message. Callers pass a message of their own only
 * where R2's message depends on the request. Source: R2's error-code page, and responses captured from real buckets.
 */
interface ErrorRow {
  readonly status: number
  readonly message: string
}

const row = (status: number, message: string): ErrorRow => ({ status, message })

export const errorTable = {
  // Authentication
  Unauthorized: row(401, 'Unauthorized'),
  SignatureDoesNotMatch: row(
    403,
    'The request signature we calculated does not match the signature you provided. Check your secret access key and signing method.',
  ),
  RequestTimeTooSkewed: row(403, "The difference between the request time and the server's time is too large."),
  ExpiredRequest: row(403, 'Request has expired'),
  InvalidRegionName: row(400, 'The region name is not valid.'),
  // Request syntax
  InvalidArgument: row(400, 'Invalid Argument'),
  InvalidRequest: row(400, 'Invalid Request'),
  InvalidURI: row(400, "Couldn't parse the specified URI."),
  MalformedXML: row(400, 'The XML you provided was not well formed or did not validate against our published schema.'),
  MaxMessageLengthExceeded: row(400, 'Your request was too big.'),
  RequestHeaderSectionTooLarge: row(400, 'Your request header and metadata section exceeds the maximum allowed size.'),
  RequestTimeout: row(
    400,
    'Your socket connection to the server was not read from or written to within the timeout period.',
  ),
  NotImplemented: row(501, 'Not implemented'),
  RouteNotFound: row(404, 'No route matches this url.'),
  // Bodies
  MissingContentLength: row(411, 'You must provide the Content-Length HTTP header.'),
  IncompleteBody: row(400, 'You did not provide the number of bytes specified by the Content-Length HTTP header.'),
  EntityTooLarge: row(400, 'Your proposed upload exceeds the maximum allowed object size.'),
  EntityTooSmall: row(400, 'Your proposed upload is smaller than the minimum allowed object size.'),
  XAmzContentSHA256Mismatch: row(400, "The provided 'x-amz-content-sha256' header does not match what was computed."),
  BadDigest: row(400, 'The checksum you specified did not match what we received.'),
  InvalidDigest: row(400, 'The checksum or Content-MD5 you specified is not valid.'),
  // Buckets
  InvalidBucketName: row(400, 'The specified bucket name is not valid.'),
  NoSuchBucket: row(404, 'The specified bucket does not exist.'),
  // R2's error list names it BucketConflict (10073), but the S3 API returns S3's name, which rclone and others rely on.
  BucketAlreadyOwnedByYou: row(409, 'The bucket you tried to create already exists, and you own it.'),
  BucketNotEmpty: row(409, 'The bucket you tried to delete is not empty.'),
  InvalidLocationConstraint: row(400, 'The specified location constraint is not valid.'),
  NoSuchTagSet: row(404, 'The TagSet does not exist.'),
  ObjectLockConfigurationNotFoundError: row(404, 'Object Lock configuration does not exist for this bucket.'),
  ReplicationConfigurationNotFoundError: row(404, 'The replication configuration was not found.'),
  NoSuchCORSConfiguration: row(404, 'The CORS configuration does not exist.'),
  NoSuchLifecycleConfiguration: row(404, 'The lifecycle configuration does not exist.'),
  // Objects
  NoSuchKey: row(404, 'The specified key does not exist.'),
  InvalidObjectName: row(400, 'The specified object name is not valid.'),
  MetadataTooLarge: row(400, 'Your metadata headers exceed the maximum allowed metadata size.'),
  InvalidStorageClass: row(400, 'The storage class specified is not valid.'),
  InvalidEncryptionAlgorithmError: row(
    400,
    'The encryption request that you specified is not valid. The valid value is AES256.',
  ),
  PreconditionFailed: row(412, 'At least one of the pre-conditions you specified did not hold.'),
  InvalidRange: row(416, 'The requested range is not satisfiable'),
  InvalidMaxKeys: row(400, 'MaxKeys params must be positive integer <= 1000.'),
  AccessDenied: row(403, 'Access Denied'),
  // Multipart
  NoSuchUpload: row(404, 'The specified multipart upload does not exist.'),
  InvalidPart: row(400, 'One or more of the specified parts could not be found.'),
  InvalidPartNumber: row(416, 'The requested partnumber is not satisfiable'),
  // Server state
  TooManyRequests: row(429, 'Reduce your concurrent request rate for the same object'),
  InternalError: row(500, 'We encountered an internal error. Please try again.'),
} as const satisfies Record<string, ErrorRow>

export type S3ErrorCode = keyof typeof errorTable
