/** The types of a bucket's handle: those of the client, without `bucket`. Nothing in this file runs. */
import type {
  BucketHandle,
  CallOptions,
  CopyObjectInput,
  GetObjectOutput,
  ListAllInput,
  ListedObject,
  ListObjectsOutput,
  PagedList,
  PutObjectInput,
  PutObjectOutput,
  R2Client,
  StreamDownload,
  Transfer,
  UpdateOutput,
  WithoutBucket,
} from 'r2kit'
import type { BytesDownloadResult, DownloadResult, UploadResult } from 'r2kit/transfers'
import { expectTypeOf, test } from 'vitest'

declare const r2: R2Client
declare const photos: BucketHandle

test('a handle has the operations whose input has a bucket, under their names', () => {
  expectTypeOf(r2.bucket).returns.toEqualTypeOf<BucketHandle>()
  expectTypeOf<keyof BucketHandle['objects']>().toEqualTypeOf<keyof R2Client['objects']>()
  expectTypeOf<keyof BucketHandle['multipart']>().toEqualTypeOf<keyof R2Client['multipart']>()
  expectTypeOf<keyof BucketHandle['transfers']>().toEqualTypeOf<keyof R2Client['transfers']>()
  expectTypeOf<keyof BucketHandle['presign']>().toEqualTypeOf<keyof R2Client['presign']>()
  expectTypeOf<keyof BucketHandle['buckets']>().toEqualTypeOf<Exclude<keyof R2Client['buckets'], 'list' | 'listAll'>>()
})

test('the inputs of a handle have no bucket, and keep all other fields', () => {
  expectTypeOf(photos.objects.put).parameters.toEqualTypeOf<
    [input: WithoutBucket<PutObjectInput>, options?: CallOptions | undefined]
  >()
  expectTypeOf<keyof WithoutBucket<PutObjectInput>>().toEqualTypeOf<Exclude<keyof PutObjectInput, 'bucket'>>()
  expectTypeOf(photos.objects.put).returns.resolves.toEqualTypeOf<PutObjectOutput>()
  const calls = () => [
    photos.objects.put({ key: 'k', body: '' }),
    photos.objects.put({ key: 'k', body: '', contentType: undefined }),
    // @ts-expect-error the handle has the bucket
    photos.objects.put({ bucket: 'photos', key: 'k', body: '' }),
    // @ts-expect-error a key is missing
    photos.objects.put({ body: '' }),
    // @ts-expect-error R2 has no access control lists
    photos.objects.put({ key: 'k', body: '', acl: 'public-read' }),
    photos.multipart.uploadPart({ key: 'k', uploadId: 'u', partNumber: 1, body: '' }),
    photos.presign.get({ key: 'k' }),
    photos.presign.many([
      { operation: 'get', key: 'k' },
      { operation: 'put', key: 'k' },
    ]),
    photos.buckets.cors.put({ rules: [{ allowedOrigins: ['*'], allowedMethods: ['GET'] }] }),
    // @ts-expect-error a list of buckets is no operation on a bucket
    photos.buckets.list(),
  ]
  expectTypeOf(calls).returns.toBeArray()
})

test('an input without a required field may be omitted', () => {
  expectTypeOf(photos.objects.listAll).parameters.toEqualTypeOf<
    [input?: WithoutBucket<ListAllInput> | undefined, options?: CallOptions | undefined]
  >()
  expectTypeOf(photos.objects.listAll()).toEqualTypeOf<PagedList<ListedObject, ListObjectsOutput>>()
  const calls = () => [
    photos.buckets.head(),
    photos.buckets.head({}, { timeoutMs: 1 }),
    // @ts-expect-error the prefix is required
    photos.objects.deletePrefix(),
  ]
  expectTypeOf(calls).returns.toBeArray()
})

test('the source of a copy may be in the bucket of the handle, or in another one', () => {
  expectTypeOf({ key: 'b', source: { key: 'a' } }).toExtend<WithoutBucket<CopyObjectInput>>()
  expectTypeOf({ key: 'b', source: { bucket: 'other', key: 'a' } }).toExtend<WithoutBucket<CopyObjectInput>>()
  expectTypeOf(photos.objects.move).toBeCallableWith({ key: 'b', source: { key: 'a' } })
})

test('methods with type parameters and overloads keep them', () => {
  const update = () =>
    photos.objects.updateWithLock<{ count: number }>({
      key: 'k',
      changeJson: (current = { count: 0 }) => ({ count: current.count + 1 }),
    })
  expectTypeOf(update).returns.resolves.toEqualTypeOf<UpdateOutput>()
  expectTypeOf(photos.transfers.download({ key: 'k' }, 'bytes')).toEqualTypeOf<Transfer<BytesDownloadResult>>()
  expectTypeOf(photos.transfers.download({ key: 'k' }, 'stream')).toEqualTypeOf<StreamDownload<DownloadResult>>()
  expectTypeOf(photos.transfers.download({ key: 'k' }, { path: 'f' })).toEqualTypeOf<Transfer<DownloadResult>>()
  expectTypeOf(photos.transfers.upload({ path: 'f' }, { key: 'k' })).toEqualTypeOf<Transfer<UploadResult>>()
  expectTypeOf(photos.objects.get({ key: 'k' })).resolves.toEqualTypeOf<GetObjectOutput>()
})
