import { type ErrorEntry, invalidPresign, type R2ErrorKind } from './entry.js'

const entry = (kind: R2ErrorKind, retryable: boolean, more: Partial<ErrorEntry> = {}): ErrorEntry => ({
  kind,
  retryable,
  ...more,
})

/**
 * Every error there is: our code, whether to try again, and what to do. What each code means stands in `meanings.ts`, which no
 * program has to load; `docs/errors.md` is made from both.
 * S3 codes and numbers: R2's error-code page, developers.cloudflare.com/r2/api/error-codes.
 */
export const errorTable = {
  // Before any I/O
  InvalidConfig: entry('Config', false),
  InvalidInput: entry('Validation', false),
  KeyNotSendable: entry('Validation', false, {
    hint: 'Use the undici transport (the default on Node), which sends keys byte for byte, or choose a key without "." and ".." segments.',
  }),
  LengthRequired: entry('Validation', false, {
    s3Codes: ['MissingContentLength'],
    r2Number: 10033,
    hint: 'Pass contentLength, or use r2.transfers.upload, which takes streams of unknown length.',
  }),
  // Who is asking
  Unauthorized: entry('Auth', false, {
    s3Codes: ['Unauthorized'],
    r2Number: 10002,
    hint: 'Check the access key id, and that the endpoint is the one of the account (and jurisdiction) that issued it.',
  }),
  AccessDenied: entry('Auth', false, {
    s3Codes: ['AccessDenied', 'Forbidden'],
    r2Number: 10003,
    hint: 'Check the permissions and the bucket scope of the API token (listing or creating buckets needs an Admin token), and the jurisdiction of the endpoint.',
  }),
  SignatureDoesNotMatch: entry('Auth', false, {
    s3Codes: ['SignatureDoesNotMatch'],
    r2Number: 10035,
    hint: 'Check the secret access key; if it is right, look for a proxy that rewrites headers or paths.',
  }),
  ClockSkewed: entry('Auth', false, {
    s3Codes: ['RequestTimeTooSkewed'],
    hint: 'Set the clock of this machine (NTP). The client corrected for it once, and was refused again.',
  }),
  ExpiredRequest: entry('Auth', false, {
    s3Codes: ['ExpiredRequest'],
    r2Number: 10018,
    hint: 'Make a new URL.',
  }),
  ExpiredToken: entry('Auth', false, {
    s3Codes: ['ExpiredToken', 'TokenRefreshRequired'],
    hint: 'Use a credential provider, which is called again before credentials expire.',
  }),
  InvalidCredentials: entry('Auth', false, {
    hint: 'An R2 access key id has 32 characters, its secret 64; check that the two are not swapped.',
  }),
  NotEntitled: entry('Auth', false, {
    s3Codes: ['NotEntitled'],
    r2Number: 10042,
  }),
  // Buckets
  BucketNotFound: entry('Bucket', false, {
    s3Codes: ['NoSuchBucket'],
    r2Number: 10006,
    hint: 'Check the name and the jurisdiction: a bucket of the EU is seen only through the EU endpoint.',
  }),
  BucketExists: entry('Bucket', false, {
    s3Codes: ['BucketConflict', 'BucketAlreadyOwnedByYou', 'BucketAlreadyExists'],
    r2Number: 10073,
  }),
  BucketNotEmpty: entry('Bucket', false, {
    s3Codes: ['BucketNotEmpty'],
    r2Number: 10008,
    hint: 'Delete its objects first.',
  }),
  InvalidBucketName: entry('Bucket', false, {
    s3Codes: ['InvalidBucketName'],
    r2Number: 10005,
  }),
  TooManyBuckets: entry('Bucket', false, {
    s3Codes: ['TooManyBuckets'],
    r2Number: 10009,
  }),
  ConfigurationNotFound: entry('Bucket', false, {
    s3Codes: [
      'NoSuchCORSConfiguration',
      'NoSuchLifecycleConfiguration',
      'ServerSideEncryptionConfigurationNotFoundError',
    ],
  }),
  // Objects
  ObjectNotFound: entry('Object', false, {
    s3Codes: ['NoSuchKey', 'NotFound'],
    r2Number: 10007,
    hint: 'Keys are compared byte by byte: check case, leading slashes and spaces.',
  }),
  NotModified: entry('Object', false, {
    s3Codes: ['NotModified'],
  }),
  PreconditionFailed: entry('Conflict', false, {
    s3Codes: ['PreconditionFailed'],
    r2Number: 10031,
    hint: 'Read the object again and decide with its present ETag.',
  }),
  OutcomeUnknown: entry('Conflict', false, {
    hint: 'Look at the object before you write again: this write may have been stored.',
  }),
  ObjectChanged: entry('Conflict', false, { hint: 'Read it again from the start.' }),
  LockConflict: entry('Conflict', false, {
    hint: 'Allow more attempts (maxRetries), or write less often to this key.',
  }),
  InvalidRange: entry('Object', false, {
    s3Codes: ['InvalidRange'],
    r2Number: 10039,
  }),
  InvalidObjectName: entry('Object', false, {
    s3Codes: ['InvalidObjectName', 'KeyTooLongError'],
    r2Number: 10020,
  }),
  MetadataTooLarge: entry('Object', false, {
    s3Codes: ['MetadataTooLarge'],
    r2Number: 10012,
  }),
  EntityTooLarge: entry('Object', false, {
    s3Codes: ['EntityTooLarge'],
    r2Number: 100100,
    hint: 'Use r2.transfers.upload, which sends parts.',
  }),
  ObjectLocked: entry('Object', false, {
    s3Codes: ['ObjectLockedByBucketPolicy'],
    r2Number: 10069,
  }),
  InvalidJson: entry('Object', false, {
    hint: 'Read the object with text() to see what it holds.',
  }),
  IntegrityMismatch: entry('Object', true, {
    s3Codes: ['BadDigest', 'XAmzContentSHA256Mismatch'],
    r2Number: 10037,
    hint: 'Send it again; if it happens again, the body changes while it is read, or a proxy changes it.',
  }),
  // Multipart
  UploadNotFound: entry('Multipart', false, {
    s3Codes: ['NoSuchUpload'],
    r2Number: 10024,
  }),
  InvalidPart: entry('Multipart', false, {
    s3Codes: ['InvalidPart', 'InvalidPartOrder'],
    r2Number: 10025,
    hint: 'All parts but the last must have the same size, and the last must not be larger.',
  }),
  PartTooSmall: entry('Multipart', false, {
    s3Codes: ['EntityTooSmall'],
    r2Number: 10011,
  }),
  // Transfers
  SourceChanged: entry('Transfer', false, {
    hint: 'Stop the writer first, or transfer a copy.',
  }),
  SourceFailed: entry('Transfer', false, {
    hint: 'The cause says why the source failed; open it again and repeat the call.',
  }),
  SourceStalled: entry('Transfer', false, {
    hint: 'Check why the source stopped producing data. For expected pauses raise sourceTimeoutMs; for live streams use Infinity.',
  }),
  TargetExists: entry('Transfer', false),
  UnsafePath: entry('Transfer', false, { hint: 'Transfer this one by its name, to a name of your choice.' }),
  FileUnavailable: entry('Transfer', false),
  // The way there and back
  ConnectionFailed: entry('Network', true, {
    hint: 'Check the endpoint, DNS and firewalls. Proxies are not supported: HTTPS_PROXY is ignored.',
  }),
  TlsFailed: entry('Network', false, {
    hint: 'Check the endpoint name and the certificate; for a private authority pass it as connections.ca.',
  }),
  ConnectionReset: entry('Network', true),
  StreamInterrupted: entry('Network', true, {
    s3Codes: ['IncompleteBody', 'ClientDisconnect'],
    r2Number: 10013,
  }),
  Timeout: entry('Network', true, { s3Codes: ['RequestTimeout'] }),
  ResponseTooLarge: entry('Network', false, {
    hint: 'Use getStream or transfers.download for large objects, or raise maxBytes.',
  }),
  PoolExhausted: entry('Network', false, {
    hint: 'Read each getStream body to its end or cancel it; for more streams at a time raise connections.maxConnections.',
  }),
  InvalidResponse: entry('Server', true, {
    hint: 'If it persists, look for a proxy or a captive portal that answers in place of R2.',
  }),
  Aborted: entry('Aborted', false),
  ClientClosed: entry('Config', false, {
    hint: 'Await calls and bodies before dispose(), or use another client.',
  }),
  // The server's health
  InternalError: entry('Server', true, { s3Codes: ['InternalError'], r2Number: 10001 }),
  ServiceUnavailable: entry('Server', true, {
    s3Codes: ['ServiceUnavailable'],
    r2Number: 10043,
  }),
  SlowDown: entry('Server', true, {
    s3Codes: ['TooManyRequests', 'SlowDown', 'RequestLimitExceeded'],
    r2Number: 10058,
    hint: 'Write less often to the same key, or spread the load over more buckets.',
  }),
  CircuitOpen: entry('CircuitOpen', true),
  EdgeError: entry('Server', true, {
    hint: "Statuses from 520 on come from Cloudflare's edge, which had no valid response of R2; see cloudflarestatus.com if it persists.",
  }),
  // What R2 refuses
  Redirected: entry('Config', false, {
    hint: 'Use the endpoint that it names, if it is the right one: requests with credentials do not follow redirects.',
  }),
  BadRequest: entry('Server', false, {
    s3Codes: [
      'InvalidArgument',
      'InvalidRequest',
      'MalformedXML',
      'InvalidDigest',
      'InvalidRegionName',
      'InvalidMaxKeys',
    ],
  }),
  NotImplemented: entry('Server', false, {
    s3Codes: ['NotImplemented', 'RouteNotFound'],
  }),
  UnknownError: entry('Server', false),
  // Presigning
  InvalidPresign: invalidPresign,
} satisfies Record<string, ErrorEntry>

export type ErrorCode = keyof typeof errorTable
