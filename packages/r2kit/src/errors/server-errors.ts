/**
 * The errors that responses describe, and the outcome that no response shows. The first such response loads these rows; the errors
 * of transfers and of other code around requests are in `error-table.ts`.
 */
import { clientErrorRows } from './client-errors.js'
import type { ErrorEntry } from './error-entry.js'

const cloudflareStatus = 'If it persists, see cloudflarestatus.com.'

/** As in `error-table.ts`: the comment of a row is its meaning in `docs/errors.md`, and a row without `hint` has the reason. */
const serverErrorRows = {
  // Credentials and permissions

  /** R2 does not know this access key. */
  Unauthorized: {
    kind: 'Auth',
    retryable: false,
    s3Codes: ['Unauthorized'],
    r2Number: 10002,
    hint: 'Check the access key id, and that the endpoint belongs to the account and jurisdiction that issued it.',
  },
  /** The access key is valid, but its token does not permit this operation. */
  AccessDenied: {
    kind: 'Auth',
    retryable: false,
    s3Codes: ['AccessDenied', 'Forbidden'],
    r2Number: 10003,
    hint: 'Check the permissions and the bucket scope of the API token (listing or creating buckets needs an Admin token), and the jurisdiction of the endpoint.',
  },
  /** The secret access key is wrong, or something changed the request on its way to R2. */
  SignatureDoesNotMatch: {
    kind: 'Auth',
    retryable: false,
    s3Codes: ['SignatureDoesNotMatch'],
    r2Number: 10035,
    hint: 'Check the secret access key. If it is right, look for a proxy that rewrites headers or paths.',
  },
  /** The clocks of this machine and of R2 differ by more than 15 minutes. */
  ClockSkewed: {
    kind: 'Auth',
    retryable: false,
    s3Codes: ['RequestTimeTooSkewed'],
    hint: 'Set the clock of this machine (NTP). The client has corrected for the difference once, without success.',
  },
  /** The presigned URL has expired. */
  ExpiredRequest: {
    kind: 'Auth',
    retryable: false,
    s3Codes: ['ExpiredRequest'],
    r2Number: 10018,
    hint: 'Make a new URL.',
  },
  /** The account has no R2 subscription. */
  NotEntitled: {
    kind: 'Auth',
    retryable: false,
    s3Codes: ['NotEntitled'],
    r2Number: 10042,
    hint: 'Enable R2 for the account in the Cloudflare dashboard.',
  },

  // Buckets

  /** The bucket does not exist, or is not visible through this endpoint. */
  BucketNotFound: {
    kind: 'Bucket',
    retryable: false,
    s3Codes: ['NoSuchBucket'],
    r2Number: 10006,
    hint: 'Check the name and the jurisdiction: a bucket of the EU is visible only through the EU endpoint.',
  },
  /** A bucket with this name exists already. */
  BucketExists: {
    kind: 'Bucket',
    retryable: false,
    s3Codes: ['BucketConflict', 'BucketAlreadyOwnedByYou', 'BucketAlreadyExists'],
    r2Number: 10073,
    hint: 'Use the existing bucket, or choose another name.',
  },
  /** The bucket still contains objects. */
  BucketNotEmpty: {
    kind: 'Bucket',
    retryable: false,
    s3Codes: ['BucketNotEmpty'],
    r2Number: 10008,
    hint: 'Delete its objects first.',
  },
  /** R2 rejected the bucket name. */
  InvalidBucketName: {
    kind: 'Bucket',
    retryable: false,
    s3Codes: ['InvalidBucketName'],
    r2Number: 10005,
    hint: 'Use 3 to 63 lower-case letters, digits and inner hyphens.',
  },
  /** The account has reached its limit of buckets. */
  TooManyBuckets: {
    kind: 'Bucket',
    retryable: false,
    s3Codes: ['TooManyBuckets'],
    r2Number: 10009,
    hint: 'Delete a bucket, or ask Cloudflare for a higher limit.',
  },
  /** The bucket has no configuration of this kind. */
  ConfigurationNotFound: {
    kind: 'Bucket',
    retryable: false,
    s3Codes: [
      'NoSuchCORSConfiguration',
      'NoSuchLifecycleConfiguration',
      'ServerSideEncryptionConfigurationNotFoundError',
    ],
    hint: 'Set a configuration first, or treat this error as an empty one.',
  },

  // Objects

  /** No object has this key. */
  ObjectNotFound: {
    kind: 'Object',
    retryable: false,
    s3Codes: ['NoSuchKey', 'NotFound'],
    r2Number: 10007,
    hint: 'Keys are compared byte by byte: check case, leading slashes and spaces.',
  },
  /**
   * The object has not changed since the version that the condition names.
   * @noAdvice This is the expected result of a conditional read: the copy of the caller is current.
   */
  NotModified: { kind: 'Object', retryable: false, s3Codes: ['NotModified'] },
  /** A condition of the request does not hold. */
  PreconditionFailed: {
    kind: 'Conflict',
    retryable: false,
    s3Codes: ['PreconditionFailed'],
    r2Number: 10031,
    hint: 'Read the object again and decide with its present ETag.',
  },
  /**
   * The response to a conditional write, or to the completion of an upload, was lost, and the state of the object does not prove
   * whether R2 carried out the request.
   */
  OutcomeUnknown: {
    kind: 'Conflict',
    retryable: false,
    hint: 'Look at the object before you write again: this write may have been stored.',
  },
  /** The requested range begins after the end of the object. */
  InvalidRange: {
    kind: 'Object',
    retryable: false,
    s3Codes: ['InvalidRange'],
    r2Number: 10039,
    hint: 'Request bytes within the size of the object.',
  },
  /** R2 rejected the key. */
  InvalidObjectName: {
    kind: 'Object',
    retryable: false,
    s3Codes: ['InvalidObjectName', 'KeyTooLongError'],
    r2Number: 10020,
    hint: 'Use a key of at most 1,024 bytes in UTF-8.',
  },
  /** The metadata exceeds R2's limit. */
  MetadataTooLarge: {
    kind: 'Object',
    retryable: false,
    s3Codes: ['MetadataTooLarge'],
    r2Number: 10012,
    hint: 'Shorten the metadata to 8,192 bytes, names and values together.',
  },
  /** The body exceeds the limit of one request (5 GiB less 5 MiB). */
  EntityTooLarge: {
    kind: 'Object',
    retryable: false,
    s3Codes: ['EntityTooLarge'],
    r2Number: 100100,
    hint: 'Use r2.transfers.upload, which sends parts.',
  },
  /** A bucket lock rule forbids changes to this object. */
  ObjectLocked: {
    kind: 'Object',
    retryable: false,
    s3Codes: ['ObjectLockedByBucketPolicy'],
    r2Number: 10069,
    hint: 'Wait until its retention ends, or change the lock rule of the bucket.',
  },

  // Uploads in parts

  /** No unfinished upload has this ID: the upload was completed or aborted, or it expired. */
  UploadNotFound: {
    kind: 'Multipart',
    retryable: false,
    s3Codes: ['NoSuchUpload'],
    r2Number: 10024,
    hint: 'Check whether the object exists; if it does not, start a new upload.',
  },
  /** A part is missing, has another ETag, or breaks the rule of equal sizes. */
  InvalidPart: {
    kind: 'Multipart',
    retryable: false,
    s3Codes: ['InvalidPart', 'InvalidPartOrder'],
    r2Number: 10025,
    hint: 'All parts but the last must have the same size, and the last must not be larger.',
  },
  /** A part other than the last is smaller than 5 MiB. */
  PartTooSmall: {
    kind: 'Multipart',
    retryable: false,
    s3Codes: ['EntityTooSmall'],
    r2Number: 10011,
    hint: 'Send parts of at least 5 MiB; only the last may be smaller.',
  },

  // The health of the server

  /** R2 had an internal error. */
  InternalError: {
    kind: 'Server',
    retryable: true,
    mayHaveActed: true,
    s3Codes: ['InternalError'],
    r2Number: 10001,
    hint: cloudflareStatus,
  },
  /** R2 is not available at the moment. */
  ServiceUnavailable: {
    kind: 'Server',
    retryable: true,
    mayHaveActed: true,
    s3Codes: ['ServiceUnavailable'],
    r2Number: 10043,
    hint: cloudflareStatus,
  },
  /** Too many requests: R2 accepts about one write per second to the same key. */
  SlowDown: {
    kind: 'Server',
    retryable: true,
    s3Codes: ['TooManyRequests', 'SlowDown', 'RequestLimitExceeded'],
    r2Number: 10058,
    hint: 'Write less often to the same key, or spread the load over more buckets.',
  },
  /** Cloudflare's edge could not get a valid response from R2 (status 520 and above). */
  EdgeError: {
    kind: 'Server',
    retryable: true,
    mayHaveActed: true,
    hint: cloudflareStatus,
  },

  // Rejected by the server

  /** The server redirects to another address, which the client does not follow. */
  Redirected: {
    kind: 'Config',
    retryable: false,
    hint: 'If the address is right, use it as the endpoint: requests with credentials do not follow redirects.',
  },
  /** R2 rejected the request as malformed. */
  BadRequest: {
    kind: 'Server',
    retryable: false,
    s3Codes: [
      'InvalidArgument',
      'InvalidRequest',
      'MalformedXML',
      'InvalidDigest',
      'InvalidRegionName',
      'InvalidMaxKeys',
    ],
    hint: 'See the message of R2, and correct the request.',
  },
  /** R2 does not offer this operation or option. */
  NotImplemented: {
    kind: 'Server',
    retryable: false,
    s3Codes: ['NotImplemented', 'RouteNotFound'],
    hint: 'See developers.cloudflare.com/r2/api/s3/api for the operations of R2.',
  },
  /** The server sent an error code that this version of the package does not know. */
  UnknownError: {
    kind: 'Server',
    retryable: false,
    hint: 'See the message and the code of the server.',
  },
} as const satisfies Record<string, ErrorEntry>

/** The errors that a response may become. Some of them the client makes, too. */
export type ResponseErrorCode = keyof typeof responseErrorRows

/** The rows of these errors, those that the client makes with the codes that servers have for them. */
export const responseErrorRows = {
  ...clientErrorRows,
  LengthRequired: { ...clientErrorRows.LengthRequired, s3Codes: ['MissingContentLength'] },
  ExpiredToken: { ...clientErrorRows.ExpiredToken, s3Codes: ['ExpiredToken', 'TokenRefreshRequired'] },
  IntegrityMismatch: { ...clientErrorRows.IntegrityMismatch, s3Codes: ['BadDigest', 'XAmzContentSHA256Mismatch'] },
  StreamInterrupted: { ...clientErrorRows.StreamInterrupted, s3Codes: ['IncompleteBody', 'ClientDisconnect'] },
  Timeout: { ...clientErrorRows.Timeout, s3Codes: ['RequestTimeout'] },
  ...serverErrorRows,
}
