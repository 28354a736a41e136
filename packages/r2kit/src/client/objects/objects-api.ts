import { detached } from '../detached.js'
import { executeLoaded } from '../execute-loaded.js'
import { LazyList } from '../lists/paged-list.js'
import { type CallOptions, lazyOperations } from '../operation.js'
import type { Runtime } from '../runtime.js'
import type { CopyObjectInput, CopyObjectOutput } from './copy-object.js'
import { type DeleteObjectInput, type DeleteObjectOutput, deleteObject } from './delete-object.js'
import type { DeleteObjectsInput } from './delete-objects.js'
import type { DeletePrefixInput, DeletePrefixOptions, DeletePrefixOutput } from './delete-prefix.js'
import type { DeleteObjectsOutput } from './delete-run.js'
import { type GetObjectInput, type GetObjectOutput, type GetObjectStreamOutput, getObject } from './get-object.js'
import type { GetStreamOptions } from './get-stream.js'
import { type HeadObjectInput, type HeadObjectOutput, headObject } from './head-object.js'
import type { ListAllInput, ObjectList } from './list-all.js'
import type { ListObjectsInput, ListObjectsOutput } from './list-objects.js'
import type { MoveObjectInput, MoveObjectOutput } from './move-object.js'
import { isStored } from './object-exists.js'
import { type PutObjectInput, type PutObjectOutput, putObject } from './put-object.js'
import type { GetObjectStreamInput } from './read-object.js'
import type { UpdateInput, UpdateOptions, UpdateOutput } from './update-with-lock.js'

const lazily = lazyOperations(() => import('./object-operations.js'))

/**
 * `r2.objects`: operations on objects. `put`, `get`, `head` and `delete` are part of the core; the others
 * are loaded by their first call.
 *
 * Every method rejects with an `R2Error`: `InvalidInput` before anything is sent where a field breaks a rule, `Aborted` where
 * `options.signal` aborts, `Timeout` where `options.timeoutMs` passes, and the codes of `docs/errors.md` for failures of network
 * and server.
 */
export interface Objects extends Pick<ObjectsApi, keyof ObjectsApi> {}

/** Implements `Objects`. */
export class ObjectsApi {
  readonly #runtime: Runtime

  /** @internal */
  constructor(runtime: Runtime) {
    this.#runtime = runtime
  }

  /**
   * Stores an object in one request, and verifies it. An object of the same key is replaced.
   *
   * @throws R2Error `PreconditionFailed` where a condition does not hold, `OutcomeUnknown` where it is unknown whether a
   *   conditional write was stored, `IntegrityMismatch` where R2 stored other bytes than were sent
   * @example
   * await r2.objects.put({ bucket: 'photos', key: 'cat.jpg', body: { path: './cat.jpg' }, contentType: 'image/jpeg' })
   */
  put(input: PutObjectInput, options?: CallOptions): Promise<PutObjectOutput> {
    return this.#runtime.execute(putObject, input, options)
  }

  /**
   * Reads an object, or a range of it, into memory.
   *
   * @throws R2Error `ObjectNotFound` for an absent object, `ResponseTooLarge` for one of more than `maxBytes`, `NotModified` or
   *   `PreconditionFailed` where a condition does not hold, `IntegrityMismatch` where the bytes differ from the stored checksum in
   *   every attempt
   * @example
   * const settings = (await r2.objects.get({ bucket, key: 'settings.json' })).json<Settings>()
   */
  get(input: GetObjectInput, options?: CallOptions): Promise<GetObjectOutput> {
    return this.#runtime.execute(getObject, input, options)
  }

  /**
   * Reads an object, or a range of it, as a stream; at most 256 KiB are buffered for a slow reader. Read the stream until it ends,
   * or cancel it: until then it holds a connection. A body that breaks off or stalls resumes at the next byte of the same object.
   *
   * @throws R2Error `ObjectNotFound` for an absent object, `NotModified` or `PreconditionFailed` where a condition does not
   *   hold. The stream fails with `ObjectChanged` where the object was replaced meanwhile, with `StreamInterrupted` where
   *   resuming fails, and at its end with `IntegrityMismatch` where the bytes differ from the stored checksum.
   * @example
   * const { body } = await r2.objects.getStream({ bucket, key: 'film.mp4' })
   * for await (const chunk of body) socket.write(chunk)
   */
  async getStream(given: GetObjectStreamInput, givenOptions: GetStreamOptions = {}): Promise<GetObjectStreamOutput> {
    const startedMs = this.#runtime.clock.monotonicMs()
    const input = detached(given)
    const options = detached(givenOptions)
    // Before the request: where a connection breaks, the code that resumes the body may not be reachable either.
    const { getStream } = await import('./get-stream.js')
    return getStream(this.#runtime, input, options, startedMs)
  }

  /**
   * Returns the metadata of an object without its bytes.
   *
   * @throws R2Error `ObjectNotFound` for an absent object
   * @example
   * const { size, etag } = await r2.objects.head({ bucket, key: 'film.mp4' })
   */
  head(input: HeadObjectInput, options?: CallOptions): Promise<HeadObjectOutput> {
    return this.#runtime.execute(headObject, input, options)
  }

  /**
   * Returns whether an object exists. False for an absent bucket too: the response to HEAD has no body with the reason.
   *
   * @throws R2Error `AccessDenied`; `NotModified` or `PreconditionFailed` where a condition does not hold
   * @example
   * if (!(await r2.objects.exists({ bucket, key: 'film.mp4' }))) await r2.transfers.upload(source, { bucket, key: 'film.mp4' })
   */
  exists(input: HeadObjectInput, options?: CallOptions): Promise<boolean> {
    return isStored(this.#runtime, input, options)
  }

  /**
   * Deletes an object. Deleting an absent object succeeds too.
   *
   * @throws R2Error `AccessDenied`, `BucketNotFound` and failures of network and server
   * @example
   * await r2.objects.delete({ bucket, key: 'cat.jpg' })
   */
  delete(input: DeleteObjectInput, options?: CallOptions): Promise<DeleteObjectOutput> {
    return this.#runtime.execute(deleteObject, input, options)
  }

  /**
   * Deletes any number of objects, and reports the result for each key. Keys are sent in batches of 700, which are halved after
   * a 500. Keys that fail for a reason that may pass are sent again.
   *
   * @throws R2Error where nothing was deleted at all: the credentials are wrong, the bucket does not exist, or the server cannot
   *   be reached. Failures of single keys are in `failed`.
   * @example
   * const { deleted, failed } = await r2.objects.deleteObjects({ bucket, keys: ['a.txt', 'b.txt'] })
   */
  async deleteObjects(given: DeleteObjectsInput, givenOptions: CallOptions = {}): Promise<DeleteObjectsOutput> {
    const input = detached(given)
    const options = detached(givenOptions)
    const deleteObjects = await lazily('deleteObjects')()
    return deleteObjects(this.#runtime, input, options)
  }

  /**
   * Deletes all objects whose keys start with a prefix, in the memory of one page, and reports each batch to `onProgress`.
   * Objects that are stored meanwhile may be deleted or not.
   *
   * @throws R2Error `InvalidInput` for an empty prefix without `wholeBucket`; the errors of `list` and of `deleteObjects`. Failures
   *   of single keys are in `failed`.
   * @example
   * const { deletedCount, failed } = await r2.objects.deletePrefix({ bucket, prefix: 'logs/2025/' }, { dryRun: true })
   */
  async deletePrefix(given: DeletePrefixInput, givenOptions: DeletePrefixOptions = {}): Promise<DeletePrefixOutput> {
    const input = detached(given)
    const options = detached(givenOptions)
    const deletePrefix = await lazily('deletePrefix')()
    return deletePrefix(this.#runtime, input, options)
  }

  /**
   * Copies an object inside R2; its bytes do not pass through the client.
   *
   * @throws R2Error `ObjectNotFound` for an absent source, `PreconditionFailed` where a condition does not hold,
   *   `OutcomeUnknown` where it is unknown whether a conditional copy was stored
   * @example
   * await r2.objects.copy({ source: { bucket, key: 'draft.md' }, bucket, key: 'published.md' })
   */
  copy(input: CopyObjectInput, options?: CallOptions): Promise<CopyObjectOutput> {
    return executeLoaded(this.#runtime, lazily('copyObject'), input, options)
  }

  /**
   * Moves an object inside R2: copies it with its metadata, and deletes the source. Objects over 5 GiB are copied in parts. The
   * source is deleted only when the copy is proved and the source is still the version that was copied. R2 has no conditional
   * delete: an object that another writer stores at the source in the last moment is lost.
   *
   * @throws R2Error `ObjectNotFound` for an absent source, `PreconditionFailed` where a condition does not hold,
   *   `ObjectChanged` where the source was replaced meanwhile, `OutcomeUnknown` where it is unknown whether the copy was stored. The
   *   source is kept in all these cases. An error with `operation: 'DeleteObject'` means that the copy is stored, and that the
   *   source may still exist.
   * @example
   * await r2.objects.move({ source: { bucket, key: 'draft.md' }, bucket, key: 'published.md' })
   */
  async move(given: MoveObjectInput, givenOptions: CallOptions = {}): Promise<MoveObjectOutput> {
    const input = detached(given)
    const options = detached(givenOptions)
    const moveObject = await lazily('moveObject')()
    return moveObject(this.#runtime, input, options)
  }

  /**
   * Returns one page of the objects in a bucket, at most 1,000. `listAll` iterates over all pages.
   *
   * @throws R2Error `BucketNotFound`, `AccessDenied`
   * @example
   * const { objects, nextContinuationToken } = await r2.objects.list({ bucket, prefix: 'logs/' })
   */
  list(input: ListObjectsInput, options?: CallOptions): Promise<ListObjectsOutput> {
    return executeLoaded(this.#runtime, lazily('listObjects'), input, options)
  }

  /**
   * Returns all objects under a prefix as an async iterable, in the memory of one page. Nothing is sent before the iteration
   * begins; ending it early cancels the request in flight. `timeoutMs` applies to each page.
   *
   * @throws R2Error from the iteration: `InvalidInput` before anything is sent, and the errors of `list`
   * @example
   * for await (const { key, size } of r2.objects.listAll({ bucket, prefix: 'logs/' })) console.log(key, size)
   */
  listAll(input: ListAllInput, options: CallOptions = {}): ObjectList {
    return new LazyList(this.#runtime, lazily('objectList'), input, options)
  }

  /**
   * Reads an object, changes it, and writes it back on the condition that no other writer has replaced it meanwhile
   * (compare-and-swap). Repeats all three after a lost race.
   *
   * @throws R2Error `LockConflict` after `maxRetries` lost races, `OutcomeUnknown` where it is unknown whether the change was
   *   stored; errors of `change` as they are
   * @example
   * await r2.objects.updateWithLock<Stock>({
   *   bucket: 'shop',
   *   key: 'stock.json',
   *   changeJson: (current = { count: 0 }) => ({ count: current.count + 1 }),
   * })
   */
  async updateWithLock<T = unknown>(given: UpdateInput<T>, givenOptions: UpdateOptions = {}): Promise<UpdateOutput> {
    const input = detached(given)
    const options = detached(givenOptions)
    const updateWithLock = await lazily('updateWithLock')()
    return updateWithLock(this.#runtime, input as UpdateInput, options)
  }
}
