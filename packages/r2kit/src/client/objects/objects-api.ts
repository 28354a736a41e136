import { detached } from '../detached.js'
import { type CallOptions, lazyOperations } from '../operation.js'
import type { Runtime } from '../runtime.js'
import type { CopyObjectInput, CopyObjectOutput } from './copy-object.js'
import { type DeleteObjectInput, type DeleteObjectOutput, deleteObject } from './delete-object.js'
import type { DeleteObjectsInput, DeleteObjectsOutput } from './delete-objects.js'
import { type GetObjectInput, type GetObjectOutput, type GetObjectStreamOutput, getObject } from './get-object.js'
import type { GetStreamOptions } from './get-stream.js'
import { type HeadObjectInput, type HeadObjectOutput, headObject } from './head-object.js'
import { type ListAllInput, ObjectList } from './list-all.js'
import { type ListObjectsInput, type ListObjectsOutput, listObjects } from './list-objects.js'
import { type PutObjectInput, type PutObjectOutput, putObject } from './put-object.js'
import type { ReadObjectInput } from './read-object.js'
import type { Change, UpdateOptions, UpdateOutput } from './update-with-lock.js'

const lazily = lazyOperations(() => import('./object-operations.js'))

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
    const startedMs = this.#runtime.clock.monotonicMs()
    const input = detached(given)
    const options = detached(givenOptions)
    // Before the request: where a connection breaks, the code that resumes the body may not be reachable either.
    const { getStream } = await import('./get-stream.js')
    return getStream(this.#runtime, input, options, startedMs)
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
  async deleteObjects(given: DeleteObjectsInput, givenOptions: CallOptions = {}): Promise<DeleteObjectsOutput> {
    const input = detached(given)
    const options = detached(givenOptions)
    const deleteObjects = await lazily('deleteObjects')()
    return deleteObjects(this.#runtime, input, options)
  }

  /** Copies an object inside R2; no byte passes through here. */
  copy(given: CopyObjectInput, options?: CallOptions): Promise<CopyObjectOutput> {
    return this.#runtime.executeLoaded(lazily('copyObject'), given, options)
  }

  /** One page of a list; `listAll` iterates over all of it. */
  list(input: ListObjectsInput, options?: CallOptions): Promise<ListObjectsOutput> {
    return this.#runtime.execute(listObjects, input, options)
  }

  /** All objects under a prefix, in constant memory. Nothing is sent before the iteration begins. */
  listAll(input: ListAllInput, options: CallOptions = {}): ObjectList {
    return new ObjectList(this.#runtime, input, options)
  }

  /**
   * Reads an object, changes it and writes it back on the condition that no other writer came in between (compare-and-swap);
   * tries again after a lost race.
   *
   * @example
   * await r2.objects.updateWithLock('shop', 'stock.json', (current) => JSON.stringify({ count: (current?.json<Stock>().count ?? 0) + 1 }))
   */
  async updateWithLock(
    bucket: string,
    key: string,
    change: Change,
    givenOptions: UpdateOptions = {},
  ): Promise<UpdateOutput> {
    const options = detached(givenOptions)
    const updateWithLock = await lazily('updateWithLock')()
    return updateWithLock(this.#runtime, bucket, key, change, options)
  }
}
