/** The types of `r2kit/core`: code that must compile, and code that must not. Nothing in this file runs. */
import type {
  GetObjectOutput,
  ListedObject,
  ListObjectsOutput,
  Objects,
  PagedList,
  PutObjectOutput,
  Transport,
  UpdateOutput,
} from 'r2kit'
import {
  type Client,
  createClient,
  getObject,
  isR2Error,
  layers,
  listAllObjects,
  listeners,
  presignPut,
  presignRules,
  putObject,
  streams,
  updateWithLock,
} from 'r2kit/core'
import * as onDemand from 'r2kit/on-demand'
import { describe, expectTypeOf, test } from 'vitest'

/** Never called: this file is only type-checked. */
const credentials = { accessKeyId: 'id', secretAccessKey: 'secret' }
declare const transport: Transport
const options = { accountId: '0', credentials }
const r2 = createClient(options, {
  get: getObject,
  put: putObject,
  all: listAllObjects,
  update: updateWithLock,
  sign: presignPut,
})
const at = { bucket: 'b', key: 'k' }

describe('the methods of a client', () => {
  test('have the inputs and outputs of R2Client', () => {
    expectTypeOf(r2.get(at)).resolves.toEqualTypeOf<GetObjectOutput>()
    expectTypeOf(r2.put({ ...at, body: 'x' }, { timeoutMs: 1 })).resolves.toEqualTypeOf<PutObjectOutput>()
    expectTypeOf(r2.get).toEqualTypeOf<Objects['get']>()
    expectTypeOf(r2.all({ bucket: 'b' })).toEqualTypeOf<PagedList<ListedObject, ListObjectsOutput>>()
    expectTypeOf(
      r2.update<{ n: number }>({ ...at, changeJson: (current = { n: 0 }) => ({ n: current.n + 1 }) }),
    ).resolves.toEqualTypeOf<UpdateOutput>()
    expectTypeOf(r2.endpoint).toEqualTypeOf<string>()
    expectTypeOf(r2.dispose()).resolves.toEqualTypeOf<void>()
  })

  test('are only those that were passed', () => {
    // @ts-expect-error: there is no head.
    r2.head(at)
    // @ts-expect-error: the key is missing.
    r2.get({ bucket: 'b' })
    // @ts-expect-error: the field does not exist.
    r2.put({ ...at, body: 'x', contenttype: 'text/plain' })
    // @ts-expect-error: presigned URLs have no options of a call.
    r2.sign(at, { timeoutMs: 1 })
  })

  test('can be named', () => {
    expectTypeOf<Client<{ get: typeof getObject }>['get']>().toEqualTypeOf<Objects['get']>()
  })
})

test('operations and options are checked by the compiler', () => {
  // @ts-expect-error: dispose is a member of every client.
  createClient(options, { dispose: getObject })
  // @ts-expect-error: not an operation.
  createClient(options, { get: () => 5 })
  // @ts-expect-error: neither accountId nor endpoint.
  createClient({ credentials }, { get: getObject })
  // @ts-expect-error: listeners are an extension.
  createClient({ ...options, onEvent: () => 0 }, { get: getObject })
  // @ts-expect-error: a transport has its own connections.
  createClient({ ...options, transport, connections: {} }, {})
  createClient(
    options,
    {},
    listeners(({ type }) => type),
    layers({}),
    presignRules({ allowedMethods: ['GET'] }),
    streams,
  )
  // @ts-expect-error: not an extension.
  createClient(options, {}, { layers: {} })
})

test('errors are narrowed by their code', () => {
  const error: unknown = undefined
  if (isR2Error(error, 'ObjectNotFound')) expectTypeOf(error.code).toEqualTypeOf<'ObjectNotFound'>()
})

test('groups of operations have the types of R2Client', () => {
  const { objects, buckets, multipart, presign } = onDemand
  const client = onDemand.createClient(options, { objects, buckets, multipart, presign })
  expectTypeOf(client.objects).toEqualTypeOf<Objects>()
  expectTypeOf(client.presign.get(at)).resolves.toHaveProperty('url')
})
