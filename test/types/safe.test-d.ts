/** The types of the client with results. Nothing in this file runs. */
import type {
  ErrorCode,
  GetObjectOutput,
  ListedObject,
  ListObjectsOutput,
  ListPartsOutput,
  PutObjectInput,
  PutObjectOutput,
  R2Error,
  UpdateOutput,
  UploadGuard,
} from 'r2kit'
import {
  type Err,
  err,
  map,
  mapErr,
  type Ok,
  ok,
  type Result,
  type SafeBucket,
  type SafeList,
  type SafeR2Client,
  type SafeStreamDownload,
  type SafeTransfer,
  unwrap,
  unwrapOr,
} from 'r2kit/safe'
import type { BytesDownloadResult, DownloadResult, UploadResult } from 'r2kit/transfers'
import { describe, expectTypeOf, test } from 'vitest'

declare const safe: SafeR2Client
declare const result: Result<GetObjectOutput>
const address = { bucket: 'b', key: 'k' }

describe('SafeR2Client', () => {
  test('has the parameters of the client, and returns results', () => {
    expectTypeOf(safe.putObject).parameter(0).toEqualTypeOf<PutObjectInput>()
    expectTypeOf(safe.putObject).returns.resolves.toEqualTypeOf<Result<PutObjectOutput, R2Error>>()
    expectTypeOf(safe.objectExists).returns.resolves.toEqualTypeOf<Result<boolean>>()
    expectTypeOf(safe.listParts).returns.resolves.toEqualTypeOf<Result<ListPartsOutput>>()
    expectTypeOf(safe.listAllObjects).returns.toEqualTypeOf<SafeList<ListedObject, ListObjectsOutput>>()
    expectTypeOf(safe.guardUpload).returns.toEqualTypeOf<Result<UploadGuard>>()
    expectTypeOf(safe.upload).returns.toEqualTypeOf<SafeTransfer<UploadResult>>()
    // @ts-expect-error the body is missing
    safe.putObject(address)
  })

  test('keeps type parameters and overloads', () => {
    expectTypeOf(safe.download(address, 'bytes')).toEqualTypeOf<SafeTransfer<BytesDownloadResult>>()
    expectTypeOf(safe.download(address, 'stream')).toEqualTypeOf<SafeStreamDownload<DownloadResult>>()
    expectTypeOf(safe.download(address, { path: 'f' })).toEqualTypeOf<SafeTransfer<DownloadResult>>()
    const update = () =>
      safe.updateWithLock<{ count: number }>({ ...address, changeJson: (current = { count: 0 }) => current })
    expectTypeOf(update).returns.resolves.toEqualTypeOf<Result<UpdateOutput>>()
  })
})

describe('SafeBucket', () => {
  test('has the operations whose input has a bucket, without it', () => {
    const photos = safe.bucket('photos')
    expectTypeOf(photos.getObject({ key: 'k' })).resolves.toEqualTypeOf<Result<GetObjectOutput>>()
    expectTypeOf(photos.listAllObjects()).toEqualTypeOf<SafeList<ListedObject, ListObjectsOutput>>()
    expectTypeOf(photos.download({ key: 'k' }, 'bytes')).toEqualTypeOf<SafeTransfer<BytesDownloadResult>>()
    expectTypeOf<Exclude<keyof SafeR2Client, keyof SafeBucket>>().toEqualTypeOf<
      'bucket' | 'listBuckets' | 'listAllBuckets'
    >()
    // @ts-expect-error the handle has the bucket
    photos.getObject({ bucket: 'b', key: 'k' })
  })
})

describe('a result', () => {
  test('has a value only after a check', () => {
    // @ts-expect-error it may be a failure
    expectTypeOf(result.value).toEqualTypeOf<GetObjectOutput>()
    if (result.ok) expectTypeOf(result).toEqualTypeOf<Ok<GetObjectOutput>>()
    else expectTypeOf(result).toEqualTypeOf<Err<R2Error>>()
  })

  test('has an error whose codes a switch can exhaust', () => {
    const advice = (error: R2Error<'ObjectNotFound' | 'AccessDenied' | 'Timeout'>): string => {
      switch (error.code) {
        case 'ObjectNotFound':
          return 'upload it first'
        case 'AccessDenied':
        case 'Timeout':
          return 'try again'
        default:
          return error.code satisfies never
      }
    }
    expectTypeOf(advice).returns.toBeString()
    const incomplete = (error: R2Error): string => {
      switch (error.code) {
        case 'ObjectNotFound':
          return 'upload it first'
        default:
          // @ts-expect-error other codes are left
          return error.code satisfies never
      }
    }
    expectTypeOf(incomplete).parameter(0).toEqualTypeOf<R2Error>()
    const kinds = (error: R2Error): number => {
      switch (error.kind) {
        case 'Config':
        case 'Validation':
        case 'Auth':
        case 'Bucket':
        case 'Object':
        case 'Multipart':
          return 4
        case 'Network':
        case 'Server':
        case 'Transfer':
        case 'Conflict':
        case 'Presign':
        case 'CircuitOpen':
        case 'Aborted':
          return 5
        default:
          return error.kind satisfies never
      }
    }
    expectTypeOf(kinds).returns.toBeNumber()
    const table: Record<ErrorCode, string> = {} as never
    expectTypeOf(table[({} as R2Error).code]).toBeString()
  })

  test('helpers keep its types', () => {
    expectTypeOf(ok(5)).toEqualTypeOf<Ok<number>>()
    expectTypeOf(err('no')).toEqualTypeOf<Err<string>>()
    expectTypeOf(unwrap(result)).toEqualTypeOf<GetObjectOutput>()
    expectTypeOf(unwrapOr(result, undefined)).toEqualTypeOf<GetObjectOutput | undefined>()
    expectTypeOf(map(result, ({ size }) => size)).toEqualTypeOf<Result<number, R2Error>>()
    expectTypeOf(mapErr(result, ({ code }) => code)).toEqualTypeOf<Result<GetObjectOutput, ErrorCode>>()
  })
})
