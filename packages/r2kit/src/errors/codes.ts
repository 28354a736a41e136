import type { R2ErrorKind } from './base-error.js'
import { invalidPresign } from './presign-error.js'

/** What is known about a code, whoever raises it. */
export interface ErrorEntry {
  readonly kind: R2ErrorKind
  /** May the same request succeed later without a change? */
  readonly retryable: boolean
  /** S3 codes, as R2 sends them, that mean this. */
  readonly s3Codes?: readonly string[]
  /** R2's number, from its error-code page. */
  readonly r2Number?: number
  readonly meaning: string
  /** What the caller should do. */
  readonly hint?: string
}

const entry = (kind: R2ErrorKind, retryable: boolean, meaning: string, more: Partial<ErrorEntry> = {}): ErrorEntry => ({
  kind,
  retryable,
  meaning,
  ...more,
})

/**
 * Every error there is: our code, what it means, whether to try again, and what to do. `docs/errors.md` is made from this.
 * S3 codes and numbers: R2's error-code page, developers.cloudflare.com/r2/api/error-codes.
 */
export const errorTable = {
  // Before any I/O
  InvalidConfig: entry('Config', false, 'An option of the client is missing or wrong.'),
  InvalidInput: entry('Validation', false, 'A field of the request breaks a rule; nothing was sent.'),
  KeyNotSendable: entry(
    'Validation',
    false,
    'The transport cannot put this key on the wire unchanged; nothing was sent.',
    {
      hint: 'Use the undici transport (the default on Node), which sends keys byte for byte, or choose a key without "." and ".." segments.',
    },
  ),
  LengthRequired: entry('Validation', false, 'R2 needs the length of a body before it is sent.', {
    s3Codes: ['MissingContentLength'],
    r2Number: 10033,
    hint: 'Pass contentLength, or use r2.transfers.upload, which takes streams of unknown length.',
  }),
  // Who is asking
  Unauthorized: entry('Auth', false, 'R2 does not know this access key.', {
    s3Codes: ['Unauthorized'],
    r2Number: 10002,
    hint: 'Check the access key id, and that the endpoint is the one of the account (and jurisdiction) that issued it.',
  }),
  AccessDenied: entry('Auth', false, 'The key is known but may not do this.', {
    s3Codes: ['AccessDenied', 'Forbidden'],
    r2Number: 10003,
    hint: 'Check the permissions and the bucket scope of the API token; listing or creating buckets needs an Admin token.',
  }),
  SignatureDoesNotMatch: entry(
    'Auth',
    false,
    'The secret does not belong to the access key, or something changed the request on its way.',
    {
      s3Codes: ['SignatureDoesNotMatch'],
      r2Number: 10035,
      hint: 'Check the secret access key; if it is right, look for a proxy that rewrites headers or paths.',
    },
  ),
  ClockSkewed: entry('Auth', false, "This machine's clock and R2's differ by more than 15 minutes.", {
    s3Codes: ['RequestTimeTooSkewed'],
    hint: 'Set the clock of this machine (NTP).',
  }),
  ExpiredRequest: entry('Auth', false, 'The presigned URL has expired.', {
    s3Codes: ['ExpiredRequest'],
    r2Number: 10018,
    hint: 'Make a new URL.',
  }),
  InvalidCredentials: entry('Auth', false, 'The credentials are malformed or could not be obtained.', {
    hint: 'An R2 access key id has 32 characters, its secret 64; check that the two are not swapped.',
  }),
  NotEntitled: entry('Auth', false, 'The account has no R2 subscription.', {
    s3Codes: ['NotEntitled'],
    r2Number: 10042,
  }),
  // Buckets
  BucketNotFound: entry('Bucket', false, 'The bucket does not exist.', {
    s3Codes: ['NoSuchBucket'],
    r2Number: 10006,
    hint: 'Check the name and the jurisdiction: a bucket of the EU is seen only through the EU endpoint.',
  }),
  BucketExists: entry('Bucket', false, 'A bucket of this name exists.', {
    s3Codes: ['BucketConflict', 'BucketAlreadyOwnedByYou', 'BucketAlreadyExists'],
    r2Number: 10073,
  }),
  BucketNotEmpty: entry('Bucket', false, 'The bucket still holds objects.', {
    s3Codes: ['BucketNotEmpty'],
    r2Number: 10008,
    hint: 'Delete its objects first.',
  }),
  InvalidBucketName: entry('Bucket', false, 'R2 refuses this bucket name.', {
    s3Codes: ['InvalidBucketName'],
    r2Number: 10005,
  }),
  TooManyBuckets: entry('Bucket', false, 'The account has as many buckets as it may.', {
    s3Codes: ['TooManyBuckets'],
    r2Number: 10009,
  }),
  ConfigurationNotFound: entry('Bucket', false, 'The bucket has no such configuration.', {
    s3Codes: [
      'NoSuchCORSConfiguration',
      'NoSuchLifecycleConfiguration',
      'ServerSideEncryptionConfigurationNotFoundError',
    ],
  }),
  // Objects
  ObjectNotFound: entry('Object', false, 'There is no object with this key.', {
    s3Codes: ['NoSuchKey', 'NotFound'],
    r2Number: 10007,
    hint: 'Keys are compared byte by byte: check case, leading slashes and spaces.',
  }),
  NotModified: entry('Object', false, 'The object has not changed since the condition that was given.', {
    s3Codes: ['NotModified'],
  }),
  PreconditionFailed: entry('Conflict', false, 'A condition of the request does not hold.', {
    s3Codes: ['PreconditionFailed'],
    r2Number: 10031,
    hint: 'Read the object again and decide with its present ETag.',
  }),
  ObjectChanged: entry(
    'Conflict',
    false,
    'The object was overwritten or deleted while it was being read; what had arrived belongs to the earlier one.',
    { hint: 'Read it again from the start.' },
  ),
  LockConflict: entry('Conflict', false, 'Other writers won every attempt to update the object.', {
    hint: 'Allow more attempts (maxRetries), or write less often to this key.',
  }),
  InvalidRange: entry('Object', false, 'The range lies outside the object.', {
    s3Codes: ['InvalidRange'],
    r2Number: 10039,
  }),
  InvalidObjectName: entry('Object', false, 'R2 refuses this key.', {
    s3Codes: ['InvalidObjectName', 'KeyTooLongError'],
    r2Number: 10020,
  }),
  MetadataTooLarge: entry('Object', false, 'The metadata is over the limit.', {
    s3Codes: ['MetadataTooLarge'],
    r2Number: 10012,
  }),
  EntityTooLarge: entry('Object', false, 'The body is over what one request may carry (5 GiB less 5 MiB).', {
    s3Codes: ['EntityTooLarge'],
    r2Number: 100100,
    hint: 'Use r2.transfers.upload, which sends parts.',
  }),
  ObjectLocked: entry('Object', false, 'A bucket lock rule forbids to change this object.', {
    s3Codes: ['ObjectLockedByBucketPolicy'],
    r2Number: 10069,
  }),
  IntegrityMismatch: entry('Object', true, 'What arrived is not what was sent.', {
    s3Codes: ['BadDigest', 'XAmzContentSHA256Mismatch'],
    r2Number: 10037,
    hint: 'Send it again; if it happens again, the body changes while it is read, or a proxy changes it.',
  }),
  // Multipart
  UploadNotFound: entry(
    'Multipart',
    false,
    'There is no such unfinished upload: it was completed, aborted, or expired.',
    {
      s3Codes: ['NoSuchUpload'],
      r2Number: 10024,
    },
  ),
  InvalidPart: entry('Multipart', false, 'A part is missing, differs, or breaks the rule of equal sizes.', {
    s3Codes: ['InvalidPart', 'InvalidPartOrder'],
    r2Number: 10025,
    hint: 'All parts but the last must have the same size, and the last must not be larger.',
  }),
  PartTooSmall: entry('Multipart', false, 'A part that is not the last is smaller than 5 MiB.', {
    s3Codes: ['EntityTooSmall'],
    r2Number: 10011,
  }),
  // Transfers
  SourceChanged: entry(
    'Transfer',
    false,
    'The source of a transfer changed while it was read, or since an earlier run.',
    {
      hint: 'Stop the writer first, or transfer a copy.',
    },
  ),
  TargetExists: entry('Transfer', false, 'There is a file at the target, which was to be left alone.'),
  UnsafePath: entry(
    'Transfer',
    false,
    'The key is no path below the target folder, the name no key, or two keys would be one file.',
    { hint: 'Transfer this one by its name, to a name of your choice.' },
  ),
  FileUnavailable: entry(
    'Transfer',
    false,
    'The system refuses to read or write the file or folder; the cause says why.',
  ),
  // The way there and back
  ConnectionFailed: entry('Network', true, 'No connection could be made.', {
    hint: 'Check the endpoint, DNS, proxies and TLS.',
  }),
  TlsFailed: entry('Network', false, 'No trusted TLS connection could be made.', {
    hint: 'Check the endpoint name and the certificate; for a private authority pass it as connections.ca.',
  }),
  ConnectionReset: entry('Network', true, 'The connection broke before the answer was complete.'),
  StreamInterrupted: entry('Network', true, 'The connection broke while a body was on its way.', {
    s3Codes: ['IncompleteBody', 'ClientDisconnect'],
    r2Number: 10013,
  }),
  Timeout: entry('Network', true, 'No answer in the time allowed.', { s3Codes: ['RequestTimeout'] }),
  ResponseTooLarge: entry('Network', false, 'The answer is larger than the caller allows to be held in memory.', {
    hint: 'Use getStream or transfers.download for large objects, or raise maxBytes.',
  }),
  InvalidResponse: entry(
    'Server',
    true,
    'The answer is not what R2 sends: truncated, malformed, or from something in between.',
    {
      hint: 'If it persists, look for a proxy or a captive portal that answers in place of R2.',
    },
  ),
  Aborted: entry('Aborted', false, 'The caller aborted the call.'),
  ClientClosed: entry('Config', false, 'The client was disposed.', {
    hint: 'Make the call before dispose(), or use another client.',
  }),
  // The server's health
  InternalError: entry('Server', true, 'R2 had an internal error.', { s3Codes: ['InternalError'], r2Number: 10001 }),
  ServiceUnavailable: entry('Server', true, 'R2 is not available right now.', {
    s3Codes: ['ServiceUnavailable'],
    r2Number: 10043,
  }),
  SlowDown: entry('Server', true, 'Too many requests: R2 takes about one write a second to the same key.', {
    s3Codes: ['TooManyRequests', 'SlowDown', 'RequestLimitExceeded'],
    r2Number: 10058,
    hint: 'Write less often to the same key, or spread the load over more buckets.',
  }),
  CircuitOpen: entry(
    'CircuitOpen',
    true,
    'The server failed repeatedly, so calls fail at once until it has had time to recover.',
  ),
  // What R2 refuses
  BadRequest: entry('Server', false, 'R2 refuses the request.', {
    s3Codes: [
      'InvalidArgument',
      'InvalidRequest',
      'MalformedXML',
      'InvalidDigest',
      'InvalidRegionName',
      'InvalidMaxKeys',
    ],
  }),
  NotImplemented: entry('Server', false, 'R2 does not offer this operation or option.', {
    s3Codes: ['NotImplemented', 'RouteNotFound'],
  }),
  UnknownError: entry('Server', false, 'An answer that this version does not know.'),
  // Presigning
  InvalidPresign: { ...invalidPresign, meaning: 'The presigned URL that was asked for breaks a rule; none was made.' },
} satisfies Record<string, ErrorEntry>

export type ErrorCode = keyof typeof errorTable
