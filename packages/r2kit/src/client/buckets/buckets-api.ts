import type { CorsRule, EncryptionRule, LifecycleRule } from '../../xml/index.js'
import type { CallOptions, Operation } from '../operation.js'
import type { Runtime } from '../runtime.js'
import {
  bucketCors,
  bucketEncryption,
  bucketLifecycle,
  type ConfigurationOutput,
  type GetConfigurationOutput,
  type PutConfigurationInput,
} from './bucket-configuration.js'
import { type CreateBucketInput, type CreateBucketOutput, createBucket } from './create-bucket.js'
import { type DeleteBucketOutput, deleteBucket } from './delete-bucket.js'
import { type GetBucketLocationOutput, getBucketLocation } from './get-bucket-location.js'
import { type BucketInput, type HeadBucketOutput, headBucket } from './head-bucket.js'
import { type ListBucketsInput, type ListBucketsOutput, listBuckets } from './list-buckets.js'

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
    this.cors = new BucketConfiguration(runtime, bucketCors)
    this.lifecycle = new BucketConfiguration(runtime, bucketLifecycle)
    this.encryption = new BucketConfiguration(runtime, bucketEncryption)
  }

  /** One page of the account's buckets. */
  list(input: ListBucketsInput = {}, options?: CallOptions): Promise<ListBucketsOutput> {
    return this.#runtime.execute(listBuckets, input, options)
  }

  /** Whether a bucket is there: `BucketNotFound` if not. */
  head(input: BucketInput, options?: CallOptions): Promise<HeadBucketOutput> {
    return this.#runtime.execute(headBucket, input, options)
  }

  create(input: CreateBucketInput, options?: CallOptions): Promise<CreateBucketOutput> {
    return this.#runtime.execute(createBucket, input, options)
  }

  /** Deletes an empty bucket. */
  delete(input: BucketInput, options?: CallOptions): Promise<DeleteBucketOutput> {
    return this.#runtime.execute(deleteBucket, input, options)
  }

  /** The location hint the bucket was made with. */
  location(input: BucketInput, options?: CallOptions): Promise<GetBucketLocationOutput> {
    return this.#runtime.execute(getBucketLocation, input, options)
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
  readonly #operations: ConfigurationOperations<Rule>

  constructor(runtime: Runtime, operations: ConfigurationOperations<Rule>) {
    this.#runtime = runtime
    this.#operations = operations
  }

  /** The rules; `ConfigurationNotFound` where there are none. */
  get(input: BucketInput, options?: CallOptions): Promise<GetConfigurationOutput<Rule>> {
    return this.#runtime.execute(this.#operations.get, input, options)
  }

  /** Replaces all rules. */
  put(input: PutConfigurationInput<Rule>, options?: CallOptions): Promise<ConfigurationOutput> {
    return this.#runtime.execute(this.#operations.put, input, options)
  }

  delete(input: BucketInput, options?: CallOptions): Promise<ConfigurationOutput> {
    return this.#runtime.execute(this.#operations.delete, input, options)
  }
}
