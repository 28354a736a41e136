import type { CorsRule, EncryptionRule, LifecycleRule, ListedBucket } from '../../xml/documents.js'
import { executeLoaded } from '../execute-loaded.js'
import { LazyList, type PagedList } from '../lists/paged-list.js'
import { type CallOptions, lazyOperations, type Operation } from '../operation.js'
import type { Runtime } from '../runtime.js'
import type { ConfigurationOutput, GetConfigurationOutput, PutConfigurationInput } from './bucket-configuration.js'
import type { CreateBucketInput, CreateBucketOutput } from './create-bucket.js'
import type { DeleteBucketOutput } from './delete-bucket.js'
import type { GetBucketLocationOutput } from './get-bucket-location.js'
import type { BucketInput, HeadBucketOutput } from './head-bucket.js'
import type { ListAllBucketsInput } from './list-all-buckets.js'
import type { ListBucketsInput, ListBucketsOutput } from './list-buckets.js'

const lazily = lazyOperations(() => import('./bucket-operations.js'))

/**
 * `r2.buckets`: buckets and their configurations.
 *
 * Every method rejects with an `R2Error`: `InvalidInput` before anything is sent where a field breaks a rule, `BucketNotFound`
 * for an absent bucket, `AccessDenied` where the token does not permit the operation, `Aborted` and `Timeout` by the options.
 */
export interface Buckets extends Pick<BucketsApi, keyof BucketsApi> {}

/** Implements `Buckets`. */
export class BucketsApi {
  readonly #runtime: Runtime
  /** Rules about the web pages that may use the bucket (CORS). R2 applies changes within 30 s. */
  readonly cors: BucketConfiguration<CorsRule>
  /** Rules that delete, move or abort objects and uploads by age. */
  readonly lifecycle: BucketConfiguration<LifecycleRule>
  /** Encryption at rest. R2 always encrypts with AES-256. */
  readonly encryption: BucketConfiguration<EncryptionRule>

  /** @internal */
  constructor(runtime: Runtime) {
    this.#runtime = runtime
    this.cors = new ConfigurationApi(runtime, lazily('bucketCors'))
    this.lifecycle = new ConfigurationApi(runtime, lazily('bucketLifecycle'))
    this.encryption = new ConfigurationApi(runtime, lazily('bucketEncryption'))
  }

  /**
   * Returns one page of the account's buckets, at most 1,000. Needs an Admin token.
   *
   * @throws R2Error `AccessDenied` without an Admin token
   * @example
   * const { buckets } = await r2.buckets.list({ prefix: 'photos-' })
   */
  list(input: ListBucketsInput = {}, options?: CallOptions): Promise<ListBucketsOutput> {
    return executeLoaded(this.#runtime, lazily('listBuckets'), input, options)
  }

  /**
   * Returns all buckets of the account as an async iterable, by name, in the memory of one page. Ending the iteration early
   * cancels the request in flight.
   *
   * @throws R2Error from the iteration: `InvalidInput` before anything is sent, `AccessDenied` for a token without account access
   * @example
   * for await (const { name } of r2.buckets.listAll({ prefix: 'prod-' })) console.log(name)
   */
  listAll(input: ListAllBucketsInput = {}, options: CallOptions = {}): PagedList<ListedBucket, ListBucketsOutput> {
    return new LazyList(this.#runtime, lazily('bucketList'), input, options)
  }

  /**
   * Resolves if the bucket exists and the token may use it.
   *
   * @throws R2Error `BucketNotFound` for an absent bucket
   * @example
   * await r2.buckets.head({ bucket: 'photos' })
   */
  head(input: BucketInput, options?: CallOptions): Promise<HeadBucketOutput> {
    return executeLoaded(this.#runtime, lazily('headBucket'), input, options)
  }

  /**
   * Creates a bucket. Needs an Admin token.
   *
   * @throws R2Error `BucketExists` where the account has a bucket with this name
   * @example
   * await r2.buckets.create({ bucket: 'photos', locationHint: 'weur' })
   */
  create(input: CreateBucketInput, options?: CallOptions): Promise<CreateBucketOutput> {
    return executeLoaded(this.#runtime, lazily('createBucket'), input, options)
  }

  /**
   * Deletes an empty bucket. Needs an Admin token.
   *
   * @throws R2Error `BucketNotEmpty` while the bucket holds objects
   * @example
   * await r2.buckets.delete({ bucket: 'photos' })
   */
  delete(input: BucketInput, options?: CallOptions): Promise<DeleteBucketOutput> {
    return executeLoaded(this.#runtime, lazily('deleteBucket'), input, options)
  }

  /**
   * Returns the location hint that the bucket was created with.
   *
   * @throws R2Error `BucketNotFound` for an absent bucket
   * @example
   * const { location } = await r2.buckets.location({ bucket: 'photos' })
   */
  location(input: BucketInput, options?: CallOptions): Promise<GetBucketLocationOutput> {
    return executeLoaded(this.#runtime, lazily('getBucketLocation'), input, options)
  }
}

interface ConfigurationOperations<Rule> {
  readonly get: Operation<BucketInput, GetConfigurationOutput<Rule>>
  readonly put: Operation<PutConfigurationInput<Rule>, ConfigurationOutput>
  readonly delete: Operation<BucketInput, ConfigurationOutput>
}

/** One configuration of a bucket: a list of rules that is read, replaced and deleted as a whole. */
export interface BucketConfiguration<Rule> extends Pick<ConfigurationApi<Rule>, keyof ConfigurationApi<Rule>> {}

class ConfigurationApi<Rule> {
  readonly #runtime: Runtime
  readonly #lazily

  /** @internal */
  constructor(runtime: Runtime, load: () => Promise<ConfigurationOperations<Rule>>) {
    this.#runtime = runtime
    this.#lazily = lazyOperations(load)
  }

  /**
   * Returns the rules.
   *
   * @throws R2Error `ConfigurationNotFound` where there are none
   * @example
   * const { rules } = await r2.buckets.cors.get({ bucket: 'photos' })
   */
  get(input: BucketInput, options?: CallOptions): Promise<GetConfigurationOutput<Rule>> {
    return executeLoaded(this.#runtime, this.#lazily('get'), input, options)
  }

  /**
   * Replaces all rules.
   *
   * @throws R2Error `InvalidInput` for a rule that R2 would reject
   * @example
   * await r2.buckets.cors.put({
   *   bucket: 'photos',
   *   rules: [{ allowedOrigins: ['https://app.example'], allowedMethods: ['GET', 'PUT'] }],
   * })
   */
  put(input: PutConfigurationInput<Rule>, options?: CallOptions): Promise<ConfigurationOutput> {
    return executeLoaded(this.#runtime, this.#lazily('put'), input, options)
  }

  /**
   * Deletes all rules.
   *
   * @throws R2Error `BucketNotFound` for an absent bucket
   * @example
   * await r2.buckets.lifecycle.delete({ bucket: 'photos' })
   */
  delete(input: BucketInput, options?: CallOptions): Promise<ConfigurationOutput> {
    return executeLoaded(this.#runtime, this.#lazily('delete'), input, options)
  }
}
