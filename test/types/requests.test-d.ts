/** The builders of requests: code that must compile, and code that must not. Nothing in this file runs. */
import type { CopyObjectInput, PutObjectInput } from 'r2kit'
import { CopyObjectRequest, HeadBucketRequest, ListBucketsRequest, PutObjectRequest } from 'r2kit/requests'
import { describe, expectTypeOf, test } from 'vitest'

describe('a builder', () => {
  test('builds once all required fields are set, in any order', () => {
    const built = () => [
      PutObjectRequest.builder().bucket('b').key('k').body('x').build(),
      PutObjectRequest.builder().body('').key('k').bucket('b').build(),
      PutObjectRequest.builder().key('k').contentType('text/plain').body(new Uint8Array(0)).bucket('b').build(),
    ]
    expectTypeOf(built).returns.toEqualTypeOf<PutObjectInput[]>()
    expectTypeOf(ListBucketsRequest.builder().build).toBeFunction()
    expectTypeOf(
      CopyObjectRequest.builder().bucket('b').key('k').source({ bucket: 'b', key: 'a' }).build(),
    ).toEqualTypeOf<CopyObjectInput>()
  })

  test('does not build while a required field is missing', () => {
    const calls = () => [
      // @ts-expect-error nothing is set
      PutObjectRequest.builder().build(),
      // @ts-expect-error bucket and key are missing
      PutObjectRequest.builder().body('x').build(),
      // @ts-expect-error the body is missing
      PutObjectRequest.builder().bucket('b').key('k').build(),
      // @ts-expect-error the key is missing
      PutObjectRequest.builder().bucket('b').body('x').contentType('text/plain').build(),
      // @ts-expect-error the bucket is missing
      PutObjectRequest.builder().key('k').body('x').build(),
      // @ts-expect-error the bucket is missing
      HeadBucketRequest.builder().build(),
      // @ts-expect-error the source is missing
      CopyObjectRequest.builder().bucket('b').key('k').build(),
    ]
    expectTypeOf(calls).returns.toBeArray()
  })

  test('takes each field once, and no other field', () => {
    const calls = () => [
      // @ts-expect-error the bucket is set already
      PutObjectRequest.builder().bucket('b').bucket('c'),
      // @ts-expect-error the content type is set already
      PutObjectRequest.builder().contentType('a/b').key('k').contentType('c/d'),
      // @ts-expect-error R2 has no access control lists
      PutObjectRequest.builder().acl('public-read'),
    ]
    expectTypeOf(calls).returns.toBeArray()
  })

  test('takes only values of the type of the field; undefined for optional ones', () => {
    const calls = () => [
      PutObjectRequest.builder().contentType(undefined),
      // @ts-expect-error a required field has a value
      PutObjectRequest.builder().bucket(undefined),
      // @ts-expect-error a number is no body
      PutObjectRequest.builder().body(5),
      // @ts-expect-error not a storage class of R2
      PutObjectRequest.builder().storageClass('GLACIER'),
    ]
    expectTypeOf(calls).returns.toBeArray()
  })
})
