import type { CorsRule, EncryptionRule, LifecycleRule } from '../../xml/documents.js'
import type { CallOptions, Operation } from '../operation.js'
import type { Runtime } from '../runtime.js'
import type { ConfigurationOutput, GetConfigurationOutput, PutConfigurationInput } from './bucket-configuration.js'
import type { CreateBucketInput, CreateBucketOutput } from './create-bucket.js'
import type { DeleteBucketOutput } from './delete-bucket.js'
import type { GetBucketLocationOutput } from './get-bucket-location.js'
import type { BucketInput, HeadBucketOutput } from './head-bucket.js'
import type { ListBucketsInput, ListBucketsOutput } from './list-buckets.js'

/** Loaded by the first call that needs them. */
const loadOperations = () => import('./bucket-operations.js')

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
    this.cors = new BucketConfiguration(runtime, async () => (await loadOperations()).bucketCors)
    this.lifecycle = new BucketConfiguration(runtime, async () => (await loadOperations()).bucketLifecycle)
    this.encryption = new BucketConfiguration(runtime, async () => (await loadOperations()).bucketEncryption)
  }

  /** One page of the account's buckets. */
  list(given: ListBucketsInput = {}, options?: CallOptions): Promise<ListBucketsOutput> {
    return this.#runtime.executeLoaded(async () => (await loadOperations()).listBuckets, given, options)
  }

  /** Whether a bucket is there: `BucketNotFound` if not. */
  head(given: BucketInput, options?: CallOptions): Promise<HeadBucketOutput> {
    return this.#runtime.executeLoaded(async () => (await loadOperations()).headBucket, given, options)
  }

  create(given: CreateBucketInput, options?: CallOptions): Promise<CreateBucketOutput> {
    return this.#runtime.executeLoaded(async () => (await loadOperations()).createBucket, given, options)
  }

  /** Deletes an empty bucket. */
  delete(given: BucketInput, options?: CallOptions): Promise<DeleteBucketOutput> {
    return this.#runtime.executeLoaded(async () => (await loadOperations()).deleteBucket, given, options)
  }

  /** The location hint the bucket was made with. */
  location(given: BucketInput, options?: CallOptions): Promise<GetBucketLocationOutput> {
    return this.#runtime.executeLoaded(async () => (await loadOperations()).getBucketLocation, given, options)
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
  readonly #load: () => Promise<ConfigurationOperations<Rule>>

  constructor(runtime: Runtime, load: () => Promise<ConfigurationOperations<Rule>>) {
    this.#runtime = runtime
    this.#load = load
  }

  /** The rules; `ConfigurationNotFound` where there are none. */
  get(given: BucketInput, options?: CallOptions): Promise<GetConfigurationOutput<Rule>> {
    return this.#runtime.executeLoaded(async () => (await this.#load()).get, given, options)
  }

  /** Replaces all rules. */
  put(given: PutConfigurationInput<Rule>, options?: CallOptions): Promise<ConfigurationOutput> {
    return this.#runtime.executeLoaded(async () => (await this.#load()).put, given, options)
  }

  delete(given: BucketInput, options?: CallOptions): Promise<ConfigurationOutput> {
    return this.#runtime.executeLoaded(async () => (await this.#load()).delete, given, options)
  }
}
