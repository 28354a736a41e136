import { callback, flag, integer, number, objectOf, refuseInput } from '../../validation/index.js'
import { detached } from '../detached.js'
import { httpMetadataFields, metadataField } from '../fields/description.js'
import { type CallOptions, callOptionFields, readEngineOptions } from '../operation.js'
import type { Runtime } from '../runtime.js'
import type { CopyObjectInput, CopyObjectOutput } from './copy-object.js'
import type { DeleteObjectsInput, DeleteObjectsOutput } from './delete-many.js'
import { type DeleteObjectInput, type DeleteObjectOutput, deleteObject } from './delete-object.js'
import type { DeleteBatchInput } from './delete-objects.js'
import {
  type GetObjectInput,
  type GetObjectOutput,
  type GetObjectStreamOutput,
  getObject,
  getObjectStream,
} from './get-object.js'
import { type HeadObjectInput, type HeadObjectOutput, headObject } from './head-object.js'
import { type ListAllInput, ObjectList } from './list-all.js'
import { type ListObjectsInput, type ListObjectsOutput, listObjects } from './list-objects.js'
import { listObjectsStream } from './list-objects-stream.js'
import { type PutObjectInput, type PutObjectOutput, putObject, type Replacement, replaceObject } from './put-object.js'
import type { ReadObjectInput } from './read-object.js'
import type { GetStreamOptions } from './resuming-body.js'
import type { Change, UpdateOptions, UpdateOutput } from './update-with-lock.js'

/** Loaded by the first call that needs them. */
const loadOperations = () => import('./object-operations.js')

const streamOptionsField = objectOf<GetStreamOptions>(
  "a read's options",
  { ...callOptionFields, resume: flag },
  { argument: 'options' },
)

const updateOptionsField = objectOf<UpdateOptions>(
  "an update's options",
  {
    ...callOptionFields,
    maxRetries: integer(0),
    baseDelayMs: number(0, Number.MAX_SAFE_INTEGER),
    idempotent: flag,
    description: objectOf<NonNullable<UpdateOptions['description']>>('a description', {
      ...httpMetadataFields,
      metadata: metadataField,
    }),
  },
  { argument: 'options' },
)

const readUpdateOptions = (change: unknown, given: UpdateOptions): UpdateOptions => {
  callback<Change>().read(change, 'change', refuseInput)
  return updateOptionsField.read(given, '', refuseInput)
}

/** `r2.objects`: everything that is done with objects. What small programs seldom need is loaded by the first call of it. */
export class Objects {
  readonly #runtime: Runtime

  constructor(runtime: Runtime) {
    this.#runtime = runtime
  }

  /**
   * Writes an object in one request. It is verified, or the call fails.
   *
   * @example await r2.objects.put({ bucket: 'photos', key: 'cat.jpg', body: { path: './cat.jpg' }, contentType: 'image/jpeg' })
   */
  put(input: PutObjectInput, options?: CallOptions): Promise<PutObjectOutput> {
    return this.#runtime.execute(putObject, input, options)
  }

  /**
   * Reads an object into memory. An absent one is the error `ObjectNotFound`.
   *
   * @example const settings = (await r2.objects.get({ bucket, key: 'settings.json' })).json<Settings>()
   */
  get(input: GetObjectInput, options?: CallOptions): Promise<GetObjectOutput> {
    return this.#runtime.execute(getObject, input, options)
  }

  /**
   * Reads an object as a stream: at most 256 KiB are buffered for a slow reader. Read it to its end or cancel it: until then
   * it holds a connection. A body that breaks off or stalls resumes from the next byte of the same object; an object that
   * changed meanwhile is the error `ObjectChanged`.
   *
   * @example
   * const { body } = await r2.objects.getStream({ bucket, key: 'film.mp4' })
   * for await (const chunk of body) socket.write(chunk)
   */
  async getStream(given: ReadObjectInput, givenOptions: GetStreamOptions = {}): Promise<GetObjectStreamOutput> {
    const runtime = this.#runtime
    const startedMs = runtime.clock.monotonicMs()
    const input = detached(given)
    const { resume = true, ...options } = readEngineOptions(streamOptionsField, givenOptions)
    // Before the request: where a connection breaks, the code that resumes the body may not be reachable either.
    const { resumingBody } = await import('./resuming-body.js')
    const opened = await runtime.execute(getObjectStream, input, options)
    const isAnnounced = !Number.isNaN(opened.size)
    const output = isAnnounced ? opened : await this.#withSize(opened, input, options)
    const resumes = resume && options.maxAttempts !== 1
    // The transport counts the bytes of an announced length; those of another are counted here.
    if (isAnnounced && (!resumes || output.size === 0)) return output
    const resumption = {
      retry: runtime.retry,
      clock: runtime.clock,
      disposed: runtime.disposed,
      getStream: (next: ReadObjectInput, call: CallOptions) => runtime.execute(getObjectStream, next, call),
    }
    const call = resumes ? options : { ...options, maxAttempts: 1 }
    return Object.assign(output, { body: resumingBody(resumption, input, { ...output }, call, startedMs) })
  }

  /** A response that announces no length still has one: HEAD knows it, and the body is compared with it. */
  async #withSize(
    output: GetObjectStreamOutput,
    { bucket, key, ssec }: ReadObjectInput,
    options: CallOptions,
  ): Promise<GetObjectStreamOutput> {
    const target = { bucket, key, ifMatch: output.etag, ...(ssec && { ssec }) }
    try {
      const { size } = await this.#runtime.execute(headObject, target, options)
      return Object.assign(output, { size })
    } catch (error) {
      await output.body.cancel().catch(() => undefined) // The error that is on its way matters more.
      throw error
    }
  }

  /** What R2 says of an object, without its bytes. */
  head(input: HeadObjectInput, options?: CallOptions): Promise<HeadObjectOutput> {
    return this.#runtime.execute(headObject, input, options)
  }

  /** Deletes an object, or finds that there is none: both are a success. */
  delete(input: DeleteObjectInput, options?: CallOptions): Promise<DeleteObjectOutput> {
    return this.#runtime.execute(deleteObject, input, options)
  }

  /**
   * Deletes any number of objects, and reports for each key whether it is gone. Rejects if nothing could be done at all: the
   * credentials are wrong, there is no such bucket, the server cannot be reached.
   *
   * @example const { deleted, failed } = await r2.objects.deleteObjects({ bucket, keys: ['a.txt', 'b.txt'] })
   */
  async deleteObjects(given: DeleteObjectsInput, options: CallOptions = {}): Promise<DeleteObjectsOutput> {
    const runtime = this.#runtime
    const input = detached(given)
    return runtime.bounded(options, async (call) => {
      const { deleteBatch, deleteMany } = await loadOperations()
      const deleter = {
        rules: runtime.rules,
        batch: (batch: DeleteBatchInput, options: CallOptions) => runtime.execute(deleteBatch, batch, options),
        one: (one: DeleteObjectInput, options: CallOptions) => runtime.execute(deleteObject, one, options),
      }
      return deleteMany(deleter, input, call)
    })
  }

  /** Copies an object inside R2; no byte passes through here. */
  copy(given: CopyObjectInput, options?: CallOptions): Promise<CopyObjectOutput> {
    return this.#runtime.executeLoaded(async () => (await loadOperations()).copyObject, given, options)
  }

  /** One page of a list; `listAll` iterates over all of it. */
  list(input: ListObjectsInput, options?: CallOptions): Promise<ListObjectsOutput> {
    return this.#runtime.execute(listObjects, input, options)
  }

  /** All objects under a prefix, in constant memory. Nothing is sent before the iteration begins. */
  listAll(input: ListAllInput, options: CallOptions = {}): ObjectList {
    const runtime = this.#runtime
    const pages = {
      page: (page: ListObjectsInput, call: CallOptions) => runtime.execute(listObjects, page, call),
      stream: (page: ListObjectsInput, call: CallOptions) => runtime.execute(listObjectsStream, page, call),
    }
    return new ObjectList(pages, input, options)
  }

  /**
   * Reads an object, changes it and writes it back on the condition that no other writer came in between (compare-and-swap);
   * tries again after a lost race.
   *
   * @example
   * await r2.objects.updateWithLock('shop', 'stock.json', (current) => JSON.stringify({ count: (current?.json<Stock>().count ?? 0) + 1 }))
   */
  async updateWithLock(bucket: string, key: string, change: Change, given: UpdateOptions = {}): Promise<UpdateOutput> {
    const runtime = this.#runtime
    const { clock, random } = runtime
    const updater = {
      clock,
      random,
      get: this.get.bind(this),
      put: (input: PutObjectInput & Replacement, call: CallOptions) => runtime.execute(replaceObject, input, call),
    }
    const { signal, timeoutMs, maxAttempts, ...options } = readUpdateOptions(change, given)
    return runtime.bounded({ signal, timeoutMs, maxAttempts }, async (call) => {
      const { updateWithLock } = await loadOperations()
      return updateWithLock(updater, bucket, key, change, { ...options, ...call })
    })
  }
}
