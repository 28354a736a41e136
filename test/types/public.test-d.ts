/** The types of the public API: code that must compile, and code that must not. Nothing in this file runs. */
import {
  type Body,
  type Clock,
  type CopyObjectInput,
  type CorsRule,
  type DeleteObjectsOutput,
  type ErrorCode,
  type GetObjectOutput,
  type GetObjectStreamOutput,
  isR2Error,
  type ListedObject,
  type ListObjectsOutput,
  type ObjectList,
  type ObjectMetadata,
  type PutObjectInput,
  type PutObjectOutput,
  type R2Client,
  R2ClientBuilder,
  type R2ClientOptions,
  type R2Error,
  type R2ErrorKind,
  type Transport,
  type UpdateOutput,
} from 'r2kit'
import {
  type FaultRule,
  mixedFaults,
  type SimulatedR2,
  type SimulateOptions,
  type Simulation,
  type SimulationReport,
  simulate,
  simulateSeeds,
  VirtualClock,
} from 'r2kit/testing'
import { describe, expectTypeOf, test } from 'vitest'

/** Never called: this file is only type-checked. */
declare const r2: R2Client

describe('options', () => {
  test('client options need credentials, and an account or an endpoint', () => {
    const credentials = { accessKeyId: 'a', secretAccessKey: 'b' }
    expectTypeOf({ accountId: 'a', credentials }).toExtend<R2ClientOptions>()
    expectTypeOf({ endpoint: 'https://x', credentials: async () => credentials }).toExtend<R2ClientOptions>()
    expectTypeOf({ accountId: 'a', endpoint: 'https://x', credentials }).toExtend<R2ClientOptions>()
    expectTypeOf({ accountId: 'a', endpoint: undefined, credentials }).toExtend<R2ClientOptions>()
    expectTypeOf({ accountId: 'a' }).not.toExtend<R2ClientOptions>()
    expectTypeOf({ credentials }).not.toExtend<R2ClientOptions>()
    expectTypeOf({ credentials, accountId: undefined }).not.toExtend<R2ClientOptions>()
    expectTypeOf({ accountId: 'a', credentials, jurisdiction: 'mars' }).not.toExtend<R2ClientOptions>()
    expectTypeOf({ accountId: 'a', credentials, addressing: 'path' as const }).toExtend<R2ClientOptions>()
    expectTypeOf({ accountId: 'a', credentials, retry: { jitter: 'half' } }).not.toExtend<R2ClientOptions>()
  })

  test('connection options compile with the transport of the platform, not with one of the caller', () => {
    const complete = { accountId: 'a', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } }
    const connections = { maxConnections: 4 }
    expectTypeOf({ ...complete, connections }).toExtend<R2ClientOptions>()
    expectTypeOf({ ...complete, transport: {} as Transport }).toExtend<R2ClientOptions>()
    expectTypeOf({ ...complete, connections, transport: (platform: Transport) => platform }).toExtend<R2ClientOptions>()
    expectTypeOf({ ...complete, connections: undefined, transport: {} as Transport }).toExtend<R2ClientOptions>()
    expectTypeOf({ ...complete, connections, transport: undefined }).toExtend<R2ClientOptions>()
    expectTypeOf({ ...complete, connections, transport: {} as Transport }).not.toExtend<R2ClientOptions>()
  })

  test('client options with an unknown field do not compile', () => {
    const credentials = { accessKeyId: 'a', secretAccessKey: 'b' }
    // @ts-expect-error attempts belong to retry
    const options: R2ClientOptions = { accountId: 'a', credentials, retries: 5 }
    expectTypeOf(options).toExtend<object>()
  })

  test('the methods of the builder return the builder, and build() returns a client', () => {
    expectTypeOf(R2ClientBuilder.prototype.accountId).returns.toExtend<R2ClientBuilder>()
    expectTypeOf(R2ClientBuilder.prototype.build).returns.toEqualTypeOf<R2Client>()
  })

  test('a client works with await using', () => {
    expectTypeOf<R2Client>().toExtend<AsyncDisposable>()
  })

  test('a transport has three functions and a name', () => {
    expectTypeOf<keyof Transport>().toEqualTypeOf<'name' | 'cannotSend' | 'send' | 'close'>()
  })
})

describe('bodies', () => {
  test('text, bytes, Blobs, streams, iterables, files and re-openable sources are bodies', () => {
    expectTypeOf<string>().toExtend<Body>()
    expectTypeOf<Buffer>().toExtend<Body>()
    expectTypeOf<ArrayBuffer>().toExtend<Body>()
    expectTypeOf<Blob>().toExtend<Body>()
    expectTypeOf<ReadableStream<Uint8Array>>().toExtend<Body>()
    expectTypeOf<AsyncGenerator<Buffer>>().toExtend<Body>()
    expectTypeOf<NodeJS.ReadableStream>().not.toExtend<string>()
    expectTypeOf<{ path: string }>().toExtend<Body>()
    expectTypeOf<{ size: number; open: () => AsyncIterable<Uint8Array> }>().toExtend<Body>()
  })

  test('streams of text and views of any element type are bodies', () => {
    expectTypeOf<AsyncGenerator<string>>().toExtend<Body>()
    expectTypeOf<ReadableStream<string>>().toExtend<Body>()
    expectTypeOf<DataView>().toExtend<Body>()
    expectTypeOf<Float64Array>().toExtend<Body>()
    expectTypeOf<SharedArrayBuffer>().toExtend<Body>()
  })

  test('numbers, objects and arrays are not bodies', () => {
    expectTypeOf<number>().not.toExtend<Body>()
    expectTypeOf<undefined>().not.toExtend<Body>()
    expectTypeOf<number[]>().not.toExtend<Body>()
    expectTypeOf<{ json: string }>().not.toExtend<Body>()
  })
})

describe('inputs', () => {
  const address = { bucket: 'b', key: 'k' }

  test('put needs bucket, key and body', () => {
    expectTypeOf({ ...address, body: 'x' }).toExtend<PutObjectInput>()
    expectTypeOf(address).not.toExtend<PutObjectInput>()
    expectTypeOf({ bucket: 'b', body: 'x' }).not.toExtend<PutObjectInput>()
  })

  test('inputs accept only the enumerated values that R2 supports', () => {
    expectTypeOf({ ...address, source: address, metadataDirective: 'MERGE' as const }).toExtend<CopyObjectInput>()
    expectTypeOf({ ...address, source: address, metadataDirective: 'KEEP' as const }).not.toExtend<CopyObjectInput>()
    expectTypeOf({ ...address, body: 'x', storageClass: 'GLACIER' as const }).not.toExtend<PutObjectInput>()
    expectTypeOf({ ...address, body: 'x', checksum: { algorithm: 'MD5' as const } }).not.toExtend<PutObjectInput>()
  })

  test('inputs with unknown fields or wrong types do not compile', () => {
    const calls = () => [
      // @ts-expect-error R2 has no access control lists
      r2.objects.put({ ...address, body: 'x', acl: 'public-read' }),
      // @ts-expect-error a range is an object, not a header
      r2.objects.get({ ...address, range: 'bytes=0-1' }),
      // @ts-expect-error either an offset or a suffix
      r2.objects.get({ ...address, range: { length: 1 } }),
      // @ts-expect-error conditions on parts are not R2's
      r2.multipart.uploadPartCopy({ ...address, uploadId: 'u', partNumber: 1, source: address, sourceIfMatch: 'e' }),
      // @ts-expect-error a part needs its number
      r2.multipart.uploadPart({ ...address, uploadId: 'u', body: 'x' }),
      // @ts-expect-error collect needs a limit: a bucket may hold more objects than fit in memory
      r2.objects.listAll({ bucket: 'b' }).collect(),
      // @ts-expect-error listAll has no maxKeys
      r2.objects.listAll({ bucket: 'b', maxKeys: 1 }),
      // @ts-expect-error not a location of R2
      r2.buckets.create({ bucket: 'b', locationHint: 'moon' }),
      // @ts-expect-error a signal, not a controller
      r2.objects.get(address, { signal: new AbortController() }),
      // @ts-expect-error a Date, not a string
      r2.objects.get({ ...address, ifModifiedSince: '2026-01-01' }),
      // @ts-expect-error a string is an iterable of characters, and each would be deleted as a key
      r2.objects.deleteObjects({ bucket: 'b', keys: 'abc' }),
      // @ts-expect-error a string could be a path or the content
      r2.transfers.upload('./film.mp4', address),
      // @ts-expect-error a path is { path }
      r2.transfers.download(address, './film.mp4'),
      // @ts-expect-error a rule in the shape of AWS would apply to the whole bucket
      r2.buckets.lifecycle.put({ bucket: 'b', rules: [{ status: 'Enabled', filter: { prefix: 'tmp/' } }] }),
    ]
    expectTypeOf(calls).returns.toBeArray()
  })

  test('inputs accept readonly literals', () => {
    const rule = { allowedOrigins: ['*'], allowedMethods: ['GET'] } as const
    expectTypeOf(rule).toExtend<CorsRule>()
    expectTypeOf({ ...address, ifMatch: ['a', 'b'] as const, body: 'x' }).toExtend<PutObjectInput>()
  })
})

describe('outputs', () => {
  test('the outputs of reads have the documented types', () => {
    expectTypeOf<R2Client['objects']['get']>().returns.resolves.toEqualTypeOf<GetObjectOutput>()
    expectTypeOf<GetObjectOutput['body']>().toEqualTypeOf<Uint8Array<ArrayBuffer>>()
    expectTypeOf<GetObjectOutput['text']>().returns.toEqualTypeOf<string>()
    expectTypeOf<ReturnType<GetObjectOutput['json']>>().toEqualTypeOf<unknown>()
    expectTypeOf<GetObjectStreamOutput['body']>().toEqualTypeOf<ReadableStream<Uint8Array<ArrayBuffer>>>()
    expectTypeOf<GetObjectOutput>().toExtend<ObjectMetadata>()
    expectTypeOf<ObjectMetadata['lastModified']>().toEqualTypeOf<Date>()
    expectTypeOf<ObjectMetadata['metadata']>().toEqualTypeOf<Readonly<Record<string, string>>>()
  })

  test('the outputs of writes have the documented types', () => {
    expectTypeOf<R2Client['objects']['put']>().returns.resolves.toEqualTypeOf<PutObjectOutput>()
    expectTypeOf<PutObjectOutput['etag']>().toEqualTypeOf<string>()
    expectTypeOf<DeleteObjectsOutput['failed'][number]['error']>().toEqualTypeOf<R2Error>()
    expectTypeOf<UpdateOutput['written']>().toEqualTypeOf<PutObjectOutput | undefined>()
  })

  test('a list iterates over objects or pages, or collects an array', () => {
    expectTypeOf<R2Client['objects']['listAll']>().returns.toEqualTypeOf<ObjectList>()
    expectTypeOf<ObjectList>().toExtend<AsyncIterable<ListedObject>>()
    expectTypeOf<ObjectList['pages']>().returns.toExtend<AsyncIterable<ListObjectsOutput>>()
    expectTypeOf<ObjectList['collect']>().returns.resolves.toEqualTypeOf<ListedObject[]>()
  })

  test('outputs are readonly', () => {
    const change = (output: PutObjectOutput) => {
      // @ts-expect-error readonly
      output.etag = 'x'
    }
    expectTypeOf(change).returns.toBeVoid()
  })
})

describe('errors', () => {
  test('isR2Error narrows an error, and codes and kinds are closed unions', () => {
    const decide = (error: unknown) => {
      if (!isR2Error(error, 'ObjectNotFound', 'BucketNotFound')) return undefined
      expectTypeOf(error).toEqualTypeOf<R2Error<'ObjectNotFound' | 'BucketNotFound'>>()
      expectTypeOf(error.kind).toEqualTypeOf<'Object' | 'Bucket'>()
      return error.code
    }
    expectTypeOf(decide).returns.toEqualTypeOf<'ObjectNotFound' | 'BucketNotFound' | undefined>()
    const codeOf = (error: unknown) => (isR2Error(error) ? error.code : undefined)
    expectTypeOf(codeOf).returns.toEqualTypeOf<ErrorCode | undefined>()
    // @ts-expect-error an S3 code, not a code of r2kit
    expectTypeOf(isR2Error).toBeCallableWith(new Error('x'), 'NoSuchKey')
    expectTypeOf<'Conflict'>().toExtend<R2ErrorKind>()
    expectTypeOf<R2Error['retryAfterMs']>().toEqualTypeOf<number | undefined>()
  })
})

describe('simulations', () => {
  const run = async ({ r2, server }: Simulation) => {
    expectTypeOf(r2).toEqualTypeOf<R2Client>()
    expectTypeOf(server).toEqualTypeOf<SimulatedR2>()
    return 5
  }

  test('a run resolves with the result of its code', () => {
    const report = () => simulate({ run })
    expectTypeOf(report).returns.resolves.toEqualTypeOf<SimulationReport<number>>()
    expectTypeOf({ run, seed: undefined, faults: undefined }).toExtend<SimulateOptions<number>>()
    expectTypeOf({ seed: 1 }).not.toExtend<SimulateOptions<number>>()
    expectTypeOf({ run, permit: ['everything'] as const }).not.toExtend<SimulateOptions<number>>()
  })

  test('a loop over seeds needs their number', () => {
    expectTypeOf(simulateSeeds).toBeCallableWith({ seeds: 5, run })
    // @ts-expect-error the number of seeds is missing
    expectTypeOf(simulateSeeds).toBeCallableWith({ run })
  })

  test('the client of a run takes no clock and no transport of its own', () => {
    const calls = () => [
      // @ts-expect-error the clock is that of the run
      simulate({ run, client: { clock: new VirtualClock() } }),
      simulate({ run, client: { retry: { maxAttempts: 1 } } }),
    ]
    expectTypeOf(calls).returns.toBeArray()
  })

  test('a virtual clock is the clock of a client, and mixed faults are rules', () => {
    expectTypeOf<VirtualClock>().toExtend<Clock>()
    expectTypeOf(mixedFaults).returns.toEqualTypeOf<readonly FaultRule[]>()
    expectTypeOf(mixedFaults).toExtend<NonNullable<SimulateOptions<number>['faults']>>()
  })
})
