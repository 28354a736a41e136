import type { CorsRule, EncryptionRule, LifecycleRule } from '../../xml/documents.js'
import { type CallOptions, lazyOperations, type Operation } from '../operation.js'
import type { Runtime } from '../runtime.js'
import type { ConfigurationOutput, GetConfigurationOutput, PutConfigurationInput } from './bucket-configuration.js'
import type { CreateBucketInput, CreateBucketOutput } from './create-bucket.js'
import type { DeleteBucketOutput } from './delete-bucket.js'
import type { GetBucketLocationOutput } from './get-bucket-location.js'
import type { BucketInput, HeadBucketOutput } from './head-bucket.js'
import type { ListBucketsInput, ListBucketsOutput } from './list-buckets.js'

const lazily = lazyOperations(() => import('./bucket-operations.js'))

/** `r2.buckets`: buckets and their configurations. */
export class Buckets {
  readonly #runtime: Runtime
  /** Which web pages may use the bucket. Changes take up to 30 s to reach every place. */
  readonly cors: BucketConfiguration<CorsRule>
  /** What happens to objects and unfinished uploads as they age. */
  readonly lifecycle: BucketConfiguration<LifecycleRule>
  readonly encryption: BucketConfiguration<EncryptionRule>

  constructor(runtime: Runtime) {
    this.#runtime = runtime
    this.cors = new BucketConfiguration(runtime, lazily('bucketCors'))
    this.lifecycle = new BucketConfiguration(runtime, lazily('bucketLifecycle'))
    this.encryption = new BucketConfiguration(runtime, lazily('bucketEncryption'))
  }

  /** One page of the account's buckets. */
  list(given: ListBucketsInput = {}, options?: CallOptions): Promise<ListBucketsOutput> {
    return this.#runtime.executeLoaded(lazily('listBuckets'), given, options)
  }

  /** Whether a bucket is there: `BucketNotFound` if not. */
  head(given: BucketInput, options?: CallOptions): Promise<HeadBucketOutput> {
    return this.#runtime.executeLoaded(lazily('headBucket'), given, options)
  }

  create(given: CreateBucketInput, options?: CallOptions): Promise<CreateBucketOutput> {
    return this.#runtime.executeLoaded(lazily('createBucket'), given, options)
  }

  /** Deletes an empty bucket. */
  delete(given: BucketInput, options?: CallOptions): Promise<DeleteBucketOutput> {
    return this.#runtime.executeLoaded(lazily('deleteBucket'), given, options)
  }

  /** The location hint the bucket was made with. */
  location(given: BucketInput, options?: CallOptions): Promise<GetBucketLocationOutput> {
    return this.#runtime.executeLoaded(lazily('getBucketLocation'), given, options)
  }
}

interface ConfigurationOperations<Rule> {
  readonly get: Operation<BucketInput, GetConfigurationOutput<Rule>>
  readonly put: Operation<PutConfigurationInput<Rule>, ConfigurationOutput>
  readonly delete: Operation<BucketInput, ConfigurationOutput>
}

/** A configuration of a bucket: rules that are read, replaced and deleted as a whole. */
export class BucketConfiguration<Rule> {
  readonly #runtime: Runtime
  readonly #lazily

  constructor(runtime: Runtime, load: () => Promise<ConfigurationOperations<Rule>>) {
    this.#runtime = runtime
    this.#lazily = lazyOperations(load)
  }

  /** The rules; `ConfigurationNotFound` where there are none. */
  get(given: BucketInput, options?: CallOptions): Promise<GetConfigurationOutput<Rule>> {
    return this.#runtime.executeLoaded(this.#lazily('get'), given, options)
  }

  /** Replaces all rules. */
  put(given: PutConfigurationInput<Rule>, options?: CallOptions): Promise<ConfigurationOutput> {
    return this.#runtime.executeLoaded(this.#lazily('put'), given, options)
  }

  delete(given: BucketInput, options?: CallOptions): Promise<ConfigurationOutput> {
    return this.#runtime.executeLoaded(this.#lazily('delete'), given, options)
  }
}
