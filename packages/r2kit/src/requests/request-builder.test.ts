import * as requests from 'r2kit/requests'
import { describe, expect, test } from 'vitest'
import { fakeClient } from '#test/support/fake-transport.js'
import { thrownBy } from '#test/support/results.js'
import { operations } from '../client/operations.js'

const { PutObjectRequest, ListObjectsRequest, CopyObjectRequest } = requests

describe('a builder', () => {
  test('builds an input that an operation takes', async () => {
    const { r2, transport } = fakeClient(() => ({ headers: { etag: '"5d41402abc4b2a76b9719d911017c592"' } }))
    const input = PutObjectRequest.builder().body('hello').key('k').contentType('text/plain').bucket('photos').build()
    expect(input).toEqual({ bucket: 'photos', key: 'k', body: 'hello', contentType: 'text/plain' })
    await r2.objects.put(input)
    expect(transport.sent[0]?.path).toBe('/photos/k')
  })

  test('takes an empty body as a body', () => {
    for (const body of ['', new Uint8Array(0)]) {
      expect(PutObjectRequest.builder().bucket('photos').key('k').body(body).build().body).toBe(body)
    }
  })

  test('treats undefined as an absent optional field', () => {
    expect(ListObjectsRequest.builder().prefix(undefined).bucket('photos').build()).toEqual({ bucket: 'photos' })
  })

  test('names a required field that is missing, for callers without types', () => {
    const builder = PutObjectRequest.builder().bucket('photos').key('k') as unknown as { build(): unknown }
    expect(thrownBy(() => builder.build())).toMatchObject({
      code: 'InvalidInput',
      field: 'body',
      message: 'body is a required field',
    })
    const undefinedBody = PutObjectRequest.builder()
      .bucket('photos')
      .key('k')
      .body(undefined as never)
    expect(thrownBy(() => undefinedBody.build())).toMatchObject({ field: 'body' })
  })

  test('names a field of a wrong type', () => {
    const builder = CopyObjectRequest.builder()
      .bucket('photos')
      .key('k')
      .source({ bucket: 'photos' } as never)
    expect(thrownBy(() => builder.build())).toMatchObject({ code: 'InvalidInput', field: 'source.key' })
  })

  test('rejects a field that is set twice', () => {
    const builder = PutObjectRequest.builder().bucket('photos') as unknown as { bucket(name: string): unknown }
    expect(thrownBy(() => builder.bucket('other'))).toMatchObject({ code: 'InvalidInput', field: 'bucket' })
  })

  test('can be completed several times', () => {
    const inPhotos = PutObjectRequest.builder().bucket('photos')
    const [one, two] = ['a', 'b'].map((key) => inPhotos.key(key).body('').build())
    expect([one?.key, two?.key]).toEqual(['a', 'b'])
  })

  test('has no method for a field that only results have', () => {
    expect(requests.ListPartsRequest.builder()).not.toHaveProperty('requestId')
  })
})

test.each(operations.map(({ name, input }) => [name, input] as const))(
  '%s has a request with all its fields',
  (name, { fields }) => {
    const request = Reflect.get(requests, `${name.replace(/V2$/, '')}Request`)
    const taken = Object.keys(fields).filter((field) => !('isReturned' in (fields[field] ?? {})))
    expect(Object.keys(request?.builder() ?? {}).sort()).toEqual([...taken, 'build'].sort())
  },
)
