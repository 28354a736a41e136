/** A case for every public method, with its parameters. A test fails if a method has no case. */
import type {
  AbortMultipartUploadInput,
  BucketInput,
  CallOptions,
  ChecksumInput,
  CompleteMultipartUploadInput,
  Conditions,
  CopyObjectInput,
  CorsRule,
  CreateBucketInput,
  CreateMultipartUploadInput,
  CustomerKey,
  DeleteObjectInput,
  DeleteObjectsInput,
  DeletePrefixInput,
  DeletePrefixOptions,
  EncryptionRule,
  GetObjectInput,
  GetObjectStreamInput,
  GetStreamOptions,
  HttpMetadata,
  LifecycleMoment,
  LifecycleRule,
  ListAllBucketsInput,
  ListAllInput,
  ListAllPartsInput,
  ListAllUploadsInput,
  ListBucketsInput,
  ListMultipartUploadsInput,
  ListObjectsInput,
  ListPartsInput,
  MoveObjectInput,
  ObjectAddress,
  ObjectDescription,
  PresignGetInput,
  PresignHeadInput,
  PresignInput,
  PresignPartInput,
  PresignPutInput,
  PutConfigurationInput,
  PutObjectInput,
  R2Client,
  ReadObjectInput,
  TransferOptions,
  UpdateInput,
  UpdateOptions,
  UploadAddress,
  UploadPartCopyInput,
  UploadPartInput,
  WriteConditions,
} from 'r2kit'
import type {
  BytesDownloadOptions,
  DirectoryOptions,
  DownloadDirectoryInput,
  DownloadInput,
  DownloadOptions,
  FileDownloadOptions,
  FileTarget,
  StreamDownloadOptions,
  UploadDirectoryInput,
  UploadDirectoryOptions,
  UploadInput,
  UploadOptions,
} from 'r2kit/transfers'
import {
  between,
  callback,
  contentType,
  date,
  duration,
  etags,
  exclusive,
  flag,
  ignored,
  journal,
  type Kind,
  type Kinds,
  keys,
  list,
  path,
  record,
  scalar,
  secretBytes,
  signal,
  source,
  structure,
  text,
  timeouts,
  whole,
  word,
} from './value-kinds.js'

/** A parameter of a method. */
export interface Argument {
  /** The name of the parameter in errors. */
  readonly name: string
  readonly kind: Kind
  /** The prefix of its fields' names in errors. @defaultValue '' */
  readonly prefix?: string
}

export interface Case {
  /** `objects.put`, followed by a space and a variant if the method has several forms. */
  readonly name: string
  readonly takes: readonly Argument[]
  /** Returns the bound method. */
  readonly method: (r2: R2Client) => (...values: never[]) => unknown
  /** Whether errors are thrown, because the method returns no promise. */
  readonly isSync?: true
}

const bucket = text('photos')
const key = text('cat.jpg', 'a/../b', 'ü')
const address: Kinds<ObjectAddress> = { bucket, key }
const objectSample = () => ({ bucket: 'photos', key: 'cat.jpg' })

const ssec = structure<CustomerKey>(() => ({ key: new Uint8Array(32) }), { key: secretBytes })
const conditions: Kinds<Conditions> = {
  ifMatch: etags,
  ifNoneMatch: etags,
  ifModifiedSince: date,
  ifUnmodifiedSince: date,
}
const writeConditions: Kinds<WriteConditions> = { ...conditions, unknownOutcome: word('equal', 'proven') }
const httpMetadata: Kinds<HttpMetadata> = {
  contentType: text('text/plain'),
  cacheControl: text('max-age=60'),
  contentDisposition: text('attachment'),
  contentEncoding: text('gzip'),
  contentLanguage: text('de'),
  expires: date,
}
const description: Kinds<ObjectDescription> = {
  ...httpMetadata,
  metadata: record,
  storageClass: word('STANDARD', 'STANDARD_IA'),
  ssec,
}
const algorithms = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256']
const checksum = structure<ChecksumInput>(() => ({ algorithm: 'CRC32' }), {
  algorithm: word(...algorithms),
  value: text('AAAAAA=='),
})
const range = structure<{ offset: number; length: number; suffix: number }>(() => ({ offset: 0 }), {
  offset: whole(0),
  length: whole(1),
  suffix: exclusive,
})
const overrides = {
  responseContentType: text('text/plain'),
  responseContentDisposition: text('inline'),
  responseCacheControl: text('no-store'),
  responseContentEncoding: text('identity'),
  responseContentLanguage: text('de'),
  responseExpires: text('Thu, 01 Jan 2026 00:00:00 GMT'),
}
const readObject: Kinds<ReadObjectInput> = {
  ...address,
  ...conditions,
  ...overrides,
  range,
  partNumber: whole(1, 10_000),
  ssec,
}
const upload: Kinds<UploadAddress> = { ...address, uploadId: text('u') }
const returnedUpload = { ...upload, requestId: ignored }
const uploadSample = () => ({ ...objectSample(), uploadId: 'u' })

const callOptions: Kinds<CallOptions> = { signal, timeoutMs: duration, maxAttempts: whole(1), timeouts }
const options: Argument = { name: 'options', kind: structure<CallOptions>(() => ({}), callOptions) }
const transferOptions: Kinds<TransferOptions> = { signal, timeoutMs: duration, timeouts, onProgress: callback }

const input = <T>(sample: () => object, fields: Kinds<T>): Argument => ({
  name: 'input',
  kind: structure(sample, fields),
})
const optionsOf = <T>(fields: Kinds<T>): Argument => ({ name: 'options', kind: structure(() => ({}), fields) })

const bucketInput = input<BucketInput>(() => ({ bucket: 'photos' }), { bucket })

const moment = structure<LifecycleMoment>(() => ({ days: 1 }), {
  days: whole(1),
  date: exclusive,
})

const configurationOf = <Rule>(rule: Kind, sample: () => object): Argument =>
  input<PutConfigurationInput<Rule>>(() => ({ bucket: 'photos', rules: [sample()] }), { bucket, rules: list(rule) })

const corsSample = () => ({ allowedOrigins: ['*'], allowedMethods: ['GET'] })
const cors = structure<CorsRule>(corsSample, {
  id: text('rule'),
  allowedOrigins: list(text('https://app.example', '*')),
  allowedMethods: list(word('GET', 'PUT', 'POST', 'DELETE', 'HEAD')),
  allowedHeaders: list(text('content-type'), true),
  exposeHeaders: list(text('etag'), true),
  maxAgeSeconds: whole(0, 86_400),
})

const lifecycleSample = () => ({ status: 'Enabled', expiration: { days: 1 } })
const lifecycle = structure<LifecycleRule>(lifecycleSample, {
  id: text('rule'),
  status: word('Enabled', 'Disabled'),
  prefix: text('tmp/', ''),
  expiration: moment,
  transitions: list(
    structure<LifecycleMoment & { storageClass: string }>(() => ({ days: 1, storageClass: 'STANDARD_IA' }), {
      days: whole(1),
      date: exclusive,
      storageClass: word('STANDARD_IA'),
    }),
    true,
  ),
  abortIncompleteMultipartUploadDays: whole(1),
})

const encryptionSample = () => ({ algorithm: 'AES256', bucketKeyEnabled: false })
const encryption = structure<EncryptionRule>(encryptionSample, { algorithm: text('AES256'), bucketKeyEnabled: flag })

const part = structure<CompleteMultipartUploadInput['parts'][number] & { size: unknown }>(
  () => ({ partNumber: 1, etag: 'a'.repeat(32) }),
  {
    partNumber: whole(1, 10_000),
    etag: text('a'.repeat(32), `"${'a'.repeat(32)}"`),
    checksum: structure(() => ({ algorithm: 'CRC32', value: 'AAAAAA==' }), {
      algorithm: word(...algorithms),
      value: text('AAAAAA=='),
    }),
    size: ignored,
  },
)

const copySource = structure<ObjectAddress>(objectSample, address)
/** Another object than the target: a move onto itself is rejected. */
const moveSource = structure<ObjectAddress>(() => ({ bucket: 'photos', key: 'dog.jpg' }), {
  bucket,
  key: text('dog.jpg', 'dogs/../b'),
})

const listFields: Kinds<ListObjectsInput> = {
  bucket,
  prefix: text('a/', ''),
  delimiter: text('/'),
  continuationToken: text('token'),
  startAfter: text('a'),
  maxKeys: whole(0),
  fetchOwner: flag,
}
const { maxKeys: _maxKeys, ...listAllFields } = listFields

/** An hour after the start of the virtual clock. Whether another time is valid depends on that clock. */
const expiresAt = scalar(
  (value) => (date.accepts(value) === false ? false : undefined),
  () => new Date(Date.UTC(2026, 0, 1, 13)),
)
const presign: Kinds<PresignInput> = { ...address, expiresInSeconds: whole(60, 604_800), expiresAt }
/** A checksum with its value, since there is no body to compute it of. */
const knownChecksum = structure<ChecksumInput>(() => ({ algorithm: 'CRC32', value: 'AAAAAA==' }), {
  algorithm: word('CRC32'),
  value: text('AAAAAA=='),
})
const { ssec: _ssec, ...describedFields } = description

const partIntegrity = word('crc32', 'crc32c', 'crc64nvme', 'md5', 'none')

const uploadInput: Kinds<UploadInput> = {
  ...address,
  ...description,
  ...writeConditions,
  contentLength: whole(3, 3),
  contentMd5: text('CY9rzUYh03PK3k6DJie09g=='),
  checksum,
  createBucketIfMissing: flag,
  integrity: word('crc32', 'crc32c', 'crc64nvme', 'sha1', 'sha256', 'md5', 'none'),
  verify: flag,
}
const downloadInput = input<DownloadInput>(objectSample, { ...address, ...conditions, range, ssec })
const downloadOptions: Kinds<DownloadOptions> = { ...transferOptions, rangeSizeBytes: whole(1), verify: flag }
const directoryOptions: Kinds<DirectoryOptions> = {
  ...transferOptions,
  concurrency: whole(1),
  largeConcurrency: whole(1),
  filter: callback,
  onResult: callback,
  noClobber: flag,
  dryRun: flag,
  journal,
  onResume: callback,
}
const folder = path('/nowhere/at/all')
const target: Argument = {
  name: 'target',
  kind: structure<FileTarget>(() => ({ path: '/nowhere/at/all' }), { path: folder }),
  prefix: 'target.',
}

const putInput: Kinds<PutObjectInput> = { ...uploadInput, body: source(true) }
const putSample = () => ({ ...objectSample(), body: 'abc' })

export const caseOf = (name: string, method: Case['method'], ...takes: Argument[]): Case => ({ name, method, takes })
export const synchronous = (entry: Case): Case => ({ ...entry, isSync: true })

export const cases: readonly Case[] = [
  caseOf(
    'objects.put',
    ({ objects }) => objects.put.bind(objects),
    input<PutObjectInput>(putSample, putInput),
    options,
  ),
  caseOf(
    'objects.get',
    ({ objects }) => objects.get.bind(objects),
    input<GetObjectInput>(objectSample, { ...readObject, verify: flag, maxBytes: whole(0) }),
    options,
  ),
  caseOf(
    'objects.getStream',
    ({ objects }) => objects.getStream.bind(objects),
    input<GetObjectStreamInput>(objectSample, { ...readObject, verify: flag }),
    optionsOf<GetStreamOptions>({ ...callOptions, resume: flag }),
  ),
  caseOf(
    'objects.head',
    ({ objects }) => objects.head.bind(objects),
    input<ReadObjectInput>(objectSample, readObject),
    options,
  ),
  caseOf(
    'objects.exists',
    ({ objects }) => objects.exists.bind(objects),
    input<ReadObjectInput>(objectSample, readObject),
    options,
  ),
  caseOf(
    'objects.move',
    ({ objects }) => objects.move.bind(objects),
    input<MoveObjectInput>(() => ({ ...objectSample(), source: moveSource.sample() }), {
      ...address,
      ...writeConditions,
      source: moveSource,
      sourceIfMatch: text('a'.repeat(32)),
      ssec,
      sourceSsec: ssec,
    }),
    options,
  ),
  caseOf(
    'objects.deletePrefix',
    ({ objects }) => objects.deletePrefix.bind(objects),
    input<DeletePrefixInput>(() => ({ bucket: 'photos', prefix: 'a/' }), {
      bucket,
      prefix: text('a/'),
      wholeBucket: flag,
    }),
    optionsOf<DeletePrefixOptions>({ ...callOptions, dryRun: flag, onProgress: callback }),
  ),
  caseOf(
    'objects.delete',
    ({ objects }) => objects.delete.bind(objects),
    input<DeleteObjectInput>(objectSample, address),
    options,
  ),
  caseOf(
    'objects.deleteObjects',
    ({ objects }) => objects.deleteObjects.bind(objects),
    input<DeleteObjectsInput>(() => ({ bucket: 'photos', keys: ['a'] }), { bucket, keys }),
    options,
  ),
  caseOf(
    'objects.copy',
    ({ objects }) => objects.copy.bind(objects),
    input<CopyObjectInput>(() => ({ ...objectSample(), source: objectSample(), metadataDirective: 'REPLACE' }), {
      ...address,
      ...description,
      ...writeConditions,
      source: copySource,
      metadataDirective: word('COPY', 'REPLACE', 'MERGE'),
      sourceIfMatch: etags,
      sourceIfNoneMatch: etags,
      sourceIfModifiedSince: date,
      sourceIfUnmodifiedSince: date,
      sourceSsec: ssec,
    }),
    options,
  ),
  caseOf(
    'objects.list',
    ({ objects }) => objects.list.bind(objects),
    input<ListObjectsInput>(() => ({ bucket: 'photos' }), listFields),
    options,
  ),
  caseOf(
    'objects.listAll',
    ({ objects }) => objects.listAll.bind(objects),
    input<ListAllInput>(() => ({ bucket: 'photos' }), {
      ...listAllFields,
      pageSize: whole(1),
      maxObjects: whole(0, Number.MAX_SAFE_INTEGER, 1),
    }),
    options,
  ),
  caseOf(
    'objects.listAll collect',
    ({ objects }) =>
      (limit: never) =>
        objects.listAll({ bucket: 'photos' }).collect(limit),
    { name: 'limit', kind: whole(0, Number.MAX_SAFE_INTEGER, 1) },
  ),
  caseOf(
    'objects.updateWithLock',
    ({ objects }) => objects.updateWithLock.bind(objects),
    input<UpdateInput>(() => ({ bucket: 'photos', key: 'count', change: () => undefined }), {
      bucket,
      key,
      change: callback,
      changeJson: exclusive,
    }),
    optionsOf<UpdateOptions>({
      ...callOptions,
      maxRetries: whole(0),
      baseDelayMs: between(0, Number.MAX_SAFE_INTEGER),
      idempotent: flag,
      description: structure<HttpMetadata & { metadata: object }>(() => ({}), { ...httpMetadata, metadata: record }),
    }),
  ),
  caseOf(
    'multipart.create',
    ({ multipart }) => multipart.create.bind(multipart),
    input<CreateMultipartUploadInput>(() => ({ ...objectSample(), checksumAlgorithm: 'CRC32' }), {
      ...address,
      ...description,
      ...conditions,
      checksumAlgorithm: word('CRC32', 'CRC32C', 'CRC64NVME'),
      checksumType: word('COMPOSITE'),
      createBucketIfMissing: flag,
    }),
    options,
  ),
  caseOf(
    'multipart.uploadPart',
    ({ multipart }) => multipart.uploadPart.bind(multipart),
    input<UploadPartInput & { requestId: unknown }>(() => ({ ...uploadSample(), partNumber: 1, body: 'abc' }), {
      ...returnedUpload,
      partNumber: whole(1, 10_000),
      body: source(true),
      contentLength: whole(3, 3),
      integrity: partIntegrity,
      contentMd5: text('CY9rzUYh03PK3k6DJie09g=='),
      checksum: structure(() => ({ algorithm: 'CRC32' }), {
        algorithm: word('CRC32', 'CRC32C', 'CRC64NVME'),
        value: text('AAAAAA=='),
      }),
      ssec,
      verify: flag,
    }),
    options,
  ),
  caseOf(
    'multipart.uploadPartCopy',
    ({ multipart }) => multipart.uploadPartCopy.bind(multipart),
    input<UploadPartCopyInput & { requestId: unknown }>(
      () => ({ ...uploadSample(), partNumber: 1, source: objectSample() }),
      {
        ...returnedUpload,
        partNumber: whole(1, 10_000),
        source: copySource,
        sourceRange: structure(() => ({ offset: 0, length: 1 }), { offset: whole(0), length: whole(1) }),
        ssec,
        sourceSsec: ssec,
      },
    ),
    options,
  ),
  caseOf(
    'multipart.complete',
    ({ multipart }) => multipart.complete.bind(multipart),
    input<CompleteMultipartUploadInput & { requestId: unknown }>(
      () => ({ ...uploadSample(), parts: [{ partNumber: 1, etag: 'a'.repeat(32) }] }),
      {
        ...returnedUpload,
        ...conditions,
        parts: list(part),
        ssec,
        checksum: structure(() => ({ algorithm: 'CRC32', value: 'AAAAAA==' }), {
          algorithm: word('CRC32', 'CRC32C'),
          value: text('AAAAAA=='),
        }),
      },
    ),
    options,
  ),
  caseOf(
    'multipart.abort',
    ({ multipart }) => multipart.abort.bind(multipart),
    input<AbortMultipartUploadInput & { requestId: unknown }>(uploadSample, returnedUpload),
    options,
  ),
  caseOf(
    'multipart.listParts',
    ({ multipart }) => multipart.listParts.bind(multipart),
    input<ListPartsInput & { requestId: unknown }>(uploadSample, {
      ...returnedUpload,
      partNumberMarker: whole(0),
      maxParts: whole(0),
    }),
    options,
  ),
  caseOf(
    'multipart.listUploads',
    ({ multipart }) => multipart.listUploads.bind(multipart),
    input<ListMultipartUploadsInput>(() => ({ bucket: 'photos' }), {
      bucket,
      prefix: text('a/'),
      delimiter: text('/'),
      keyMarker: text('a'),
      uploadIdMarker: text('u'),
      maxUploads: whole(0),
    }),
    options,
  ),
  caseOf(
    'multipart.listAllParts',
    ({ multipart }) => multipart.listAllParts.bind(multipart),
    input<ListAllPartsInput & { requestId: unknown }>(uploadSample, {
      ...returnedUpload,
      partNumberMarker: whole(0),
      pageSize: whole(1),
    }),
    options,
  ),
  caseOf(
    'multipart.listAllUploads',
    ({ multipart }) => multipart.listAllUploads.bind(multipart),
    input<ListAllUploadsInput>(() => ({ bucket: 'photos' }), {
      bucket,
      prefix: text('a/'),
      delimiter: text('/'),
      keyMarker: text('a'),
      uploadIdMarker: text('u'),
      pageSize: whole(1),
    }),
    options,
  ),
  caseOf(
    'buckets.listAll',
    ({ buckets }) => buckets.listAll.bind(buckets),
    input<ListAllBucketsInput>(() => ({}), {
      prefix: text('a'),
      startAfter: text('a'),
      continuationToken: text('token'),
      pageSize: whole(1),
    }),
    options,
  ),
  caseOf(
    'buckets.list',
    ({ buckets }) => buckets.list.bind(buckets),
    input<ListBucketsInput>(() => ({}), {
      prefix: text('a'),
      startAfter: text('a'),
      continuationToken: text('token'),
      maxKeys: whole(0),
    }),
    options,
  ),
  caseOf('buckets.head', ({ buckets }) => buckets.head.bind(buckets), bucketInput, options),
  caseOf(
    'buckets.create',
    ({ buckets }) => buckets.create.bind(buckets),
    input<CreateBucketInput>(() => ({ bucket: 'photos' }), {
      bucket,
      locationHint: word('wnam', 'enam', 'weur', 'eeur', 'apac', 'oc'),
    }),
    options,
  ),
  caseOf('buckets.delete', ({ buckets }) => buckets.delete.bind(buckets), bucketInput, options),
  caseOf('buckets.location', ({ buckets }) => buckets.location.bind(buckets), bucketInput, options),
  caseOf('buckets.cors.get', ({ buckets }) => buckets.cors.get.bind(buckets.cors), bucketInput, options),
  caseOf(
    'buckets.cors.put',
    ({ buckets }) => buckets.cors.put.bind(buckets.cors),
    configurationOf<CorsRule>(cors, corsSample),
    options,
  ),
  caseOf('buckets.cors.delete', ({ buckets }) => buckets.cors.delete.bind(buckets.cors), bucketInput, options),
  caseOf('buckets.lifecycle.get', ({ buckets }) => buckets.lifecycle.get.bind(buckets.lifecycle), bucketInput, options),
  caseOf(
    'buckets.lifecycle.put',
    ({ buckets }) => buckets.lifecycle.put.bind(buckets.lifecycle),
    configurationOf<LifecycleRule>(lifecycle, lifecycleSample),
    options,
  ),
  caseOf(
    'buckets.lifecycle.delete',
    ({ buckets }) => buckets.lifecycle.delete.bind(buckets.lifecycle),
    bucketInput,
    options,
  ),
  caseOf(
    'buckets.encryption.get',
    ({ buckets }) => buckets.encryption.get.bind(buckets.encryption),
    bucketInput,
    options,
  ),
  caseOf(
    'buckets.encryption.put',
    ({ buckets }) => buckets.encryption.put.bind(buckets.encryption),
    configurationOf<EncryptionRule>(encryption, encryptionSample),
    options,
  ),
  caseOf(
    'buckets.encryption.delete',
    ({ buckets }) => buckets.encryption.delete.bind(buckets.encryption),
    bucketInput,
    options,
  ),
  caseOf(
    'presign.get',
    (r2) => r2.presign.get.bind(r2.presign),
    input<PresignGetInput>(objectSample, {
      ...presign,
      ...conditions,
      ...overrides,
      range,
      partNumber: whole(1, 10_000),
    }),
  ),
  caseOf(
    'presign.put',
    (r2) => r2.presign.put.bind(r2.presign),
    input<PresignPutInput>(objectSample, {
      ...presign,
      ...describedFields,
      ...conditions,
      contentLength: whole(0),
      contentMd5: text('CY9rzUYh03PK3k6DJie09g=='),
      checksum: knownChecksum,
    }),
  ),
  caseOf(
    'presign.head',
    (r2) => r2.presign.head.bind(r2.presign),
    input<PresignHeadInput>(objectSample, { ...presign, ...conditions }),
  ),
  caseOf(
    'presign.uploadPart',
    (r2) => r2.presign.uploadPart.bind(r2.presign),
    input<PresignPartInput & { requestId: unknown }>(() => ({ ...uploadSample(), partNumber: 1 }), {
      ...returnedUpload,
      expiresInSeconds: whole(60, 604_800),
      expiresAt,
      partNumber: whole(1, 10_000),
      contentLength: whole(0),
      contentMd5: text('CY9rzUYh03PK3k6DJie09g=='),
      checksum: knownChecksum,
    }),
  ),
  caseOf('presign.many', (r2) => r2.presign.many.bind(r2.presign), {
    name: 'requests',
    kind: list(
      structure<PresignInput & { operation: string }>(() => ({ ...objectSample(), operation: 'delete' }), {
        ...presign,
        operation: word('delete'),
      }),
      true,
    ),
  }),
  caseOf('presign.delete', (r2) => r2.presign.delete.bind(r2.presign), input<PresignInput>(objectSample, presign)),
  caseOf(
    'transfers.upload',
    ({ transfers }) => transfers.upload.bind(transfers),
    { name: 'source', kind: source(false) },
    input<UploadInput>(objectSample, uploadInput),
    optionsOf<UploadOptions>({
      ...transferOptions,
      partSizeBytes: whole(5 * 1024 ** 2, 5 * 1024 ** 3),
      thresholdBytes: whole(1, 5 * 1024 ** 3 - 5 * 1024 ** 2),
      sourceTimeoutMs: duration,
      journal,
      onResume: callback,
      reusedParts: word('rehash', 'trust'),
      changedSource: word('restart', 'error'),
      onFailure: word('abort', 'keep'),
      beforeComplete: callback,
    }),
  ),
  caseOf(
    'transfers.download bytes',
    ({ transfers }) =>
      (given: never, options: never) =>
        transfers.download(given, 'bytes', options),
    downloadInput,
    optionsOf<BytesDownloadOptions>({ ...downloadOptions, maxBytes: whole(0) }),
  ),
  caseOf(
    'transfers.download stream',
    ({ transfers }) =>
      (given: never, options: never) =>
        transfers.download(given, 'stream', options).opened,
    downloadInput,
    optionsOf<StreamDownloadOptions>({ ...downloadOptions, windowBytes: whole(1) }),
  ),
  caseOf(
    'transfers.download file',
    ({ transfers }) => transfers.download.bind(transfers),
    downloadInput,
    target,
    optionsOf<FileDownloadOptions>({
      ...downloadOptions,
      journal,
      onResume: callback,
      onFailure: word('keep', 'discard'),
      fsync: flag,
      noClobber: flag,
      mode: whole(0, 0o7777),
    }),
  ),
  caseOf(
    'transfers.uploadDirectory',
    ({ transfers }) => transfers.uploadDirectory.bind(transfers),
    { name: 'path', kind: folder },
    input<UploadDirectoryInput>(() => ({ bucket: 'photos' }), {
      ...description,
      bucket,
      prefix: text('a/'),
      contentType,
      integrity: word('crc32', 'crc32c', 'crc64nvme', 'sha1', 'sha256', 'md5', 'none'),
    }),
    optionsOf<UploadDirectoryOptions>({ ...directoryOptions, followLinks: flag }),
  ),
  caseOf(
    'transfers.downloadDirectory',
    ({ transfers }) => transfers.downloadDirectory.bind(transfers),
    input<DownloadDirectoryInput>(() => ({ bucket: 'photos' }), { bucket, prefix: text('a/'), ssec }),
    { name: 'path', kind: folder },
    optionsOf<DirectoryOptions>(directoryOptions),
  ),
  synchronous(
    caseOf(
      'transfers.guardUpload',
      ({ transfers }) => transfers.guardUpload.bind(transfers),
      input<UploadAddress & { requestId: unknown }>(uploadSample, returnedUpload),
    ),
  ),
]
