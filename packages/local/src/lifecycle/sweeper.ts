/**
 * Applies lifecycle rules by the server's clock. Every action is due at a midnight, so a bucket is swept once a day, before
 * the day's first request to it is answered: no timer, and nobody ever sees an object that should be gone.
 */
import type { Clock, LifecycleRule } from 'r2kit/protocol'
import { S3Error } from '../errors/s3-error.js'
import type { ObjectRecord, Storage } from '../storage/index.js'
import { lifecycleRulesOf } from './lifecycle-configuration.js'
import { abortMs, expirationOf, startOfDay, transitionMs } from './rule-effects.js'

const pageSize = 1000

export class LifecycleSweeper {
  readonly #storage: Storage
  readonly #clock: Clock
  /** By bucket: the day that it was swept for, or the sweep that is under way. */
  readonly #swept = new Map<string, number | Promise<void>>()

  constructor(storage: Storage, clock: Clock) {
    this.#storage = storage
    this.#clock = clock
  }

  /** To be waited for before a request to this bucket is carried out; undefined, the usual case, means go on. */
  upToDate(bucket: string): Promise<void> | undefined {
    const swept = this.#swept.get(bucket)
    if (typeof swept === 'object') return swept
    const today = startOfDay(this.#clock.now())
    return swept === today ? undefined : this.#start(bucket, today)
  }

  /** The bucket has other rules now, or is another bucket. */
  changed(bucket: string): void {
    this.#swept.delete(bucket)
  }

  /** `x-amz-expiration` of an object, or undefined when no rule will delete it. */
  expirationOf(bucket: string, key: string, object: Pick<ObjectRecord, 'lastModifiedMs'>): string | undefined {
    const rules = this.#rulesOf(bucket)
    const expiration = rules && expirationOf(rules, key, object.lastModifiedMs)
    if (expiration === undefined) return undefined
    return `expiry-date="${new Date(expiration.dueMs).toUTCString()}", rule-id="${encodeURIComponent(expiration.ruleId)}"`
  }

  #rulesOf(bucket: string): readonly LifecycleRule[] | undefined {
    const document = this.#storage.getBucket(bucket)?.lifecycle
    return document === undefined ? undefined : lifecycleRulesOf(document)
  }

  #start(bucket: string, today: number): Promise<void> | undefined {
    const rules = this.#rulesOf(bucket)
    if (rules === undefined) {
      // Names of buckets that do not exist must not fill the memory.
      if (this.#storage.getBucket(bucket) !== undefined) this.#swept.set(bucket, today)
      return undefined
    }
    const sweep = this.#sweep(bucket, rules).then(
      () => {
        // A change of rules during the sweep has removed the entry: then the next request sweeps again.
        if (this.#swept.get(bucket) === sweep) this.#swept.set(bucket, today)
      },
      (error: unknown) => {
        if (this.#swept.get(bucket) === sweep) this.#swept.delete(bucket)
        throw error
      },
    )
    this.#swept.set(bucket, sweep)
    return sweep
  }

  async #sweep(bucket: string, rules: readonly LifecycleRule[]): Promise<void> {
    const now = this.#clock.now()
    for (const prefix of prefixesOf(rules.filter((rule) => rule.abortIncompleteMultipartUploadDays !== undefined))) {
      await this.#abortUploads(bucket, prefix, rules, now)
    }
    const objectRules = rules.filter((rule) => rule.expiration !== undefined || rule.transitions !== undefined)
    for (const prefix of prefixesOf(objectRules)) await this.#sweepObjects(bucket, prefix, objectRules, now)
  }

  async #abortUploads(bucket: string, prefix: string, rules: readonly LifecycleRule[], now: number): Promise<void> {
    let marker: { keyMarker?: string; uploadIdMarker?: string } | undefined = {}
    while (marker !== undefined) {
      const page = this.#storage.listUploads(bucket, { prefix, limit: pageSize, ...marker })
      for (const entry of page.entries) {
        if (!('upload' in entry)) continue
        const { upload } = entry
        if (abortMs(rules, upload.key, upload.initiatedMs) <= now) await this.#storage.abortUpload(upload)
      }
      marker = page.next
    }
  }

  async #sweepObjects(bucket: string, prefix: string, rules: readonly LifecycleRule[], now: number): Promise<void> {
    const isExpired = (key: string, object: Pick<ObjectRecord, 'lastModifiedMs'>): boolean =>
      (expirationOf(rules, key, object.lastModifiedMs)?.dueMs ?? Number.POSITIVE_INFINITY) <= now
    let startAfter: string | undefined = ''
    while (startAfter !== undefined) {
      const page = this.#storage.listObjects(bucket, { prefix, startAfter, limit: pageSize })
      const expired: string[] = []
      for (const entry of page.entries) {
        if (!('key' in entry)) continue
        const { key, object } = entry
        if (isExpired(key, object)) expired.push(key)
        else if (object.storageClass === 'STANDARD' && transitionMs(rules, key, object.lastModifiedMs) <= now) {
          await this.#transition(bucket, key)
        }
      }
      if (expired.length > 0) await this.#storage.deleteObjects(bucket, expired, isExpired)
      startAfter = page.next
    }
  }

  async #transition(bucket: string, key: string): Promise<void> {
    try {
      await this.#storage.putObject(bucket, key, (current) => {
        if (current === undefined) throw new S3Error('NoSuchKey')
        return { ...current, storageClass: 'STANDARD_IA' }
      })
    } catch (error) {
      // Deleted meanwhile: then there is nothing to move.
      if (!(error instanceof S3Error)) throw error
    }
  }
}

/** The prefixes to walk, without those that lie under another. */
const prefixesOf = (rules: readonly LifecycleRule[]): string[] => {
  const prefixes = [...new Set(rules.map((rule) => rule.prefix ?? ''))].sort()
  return prefixes.filter((prefix) => !prefixes.some((other) => other !== prefix && prefix.startsWith(other)))
}
