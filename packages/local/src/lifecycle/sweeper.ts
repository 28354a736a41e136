/**
 * Applies lifecycle rules by the server's clock. Every action is due at midnight, so each bucket is swept once a day, before
 * the day's first request to it is handled: it needs no timer, and clients never see expired objects.
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
  /** By bucket: the day of its last sweep in ms since the epoch, or the sweep in progress. */
  readonly #swept = new Map<string, number | Promise<void>>()

  constructor(storage: Storage, clock: Clock) {
    this.#storage = storage
    this.#clock = clock
  }

  /** Must be awaited before a request to the bucket is handled. Undefined, the usual case, if no sweep is due. */
  sweepIfDue(bucket: string): Promise<void> | undefined {
    const swept = this.#swept.get(bucket)
    if (typeof swept === 'object') return swept
    const today = startOfDay(this.#clock.now())
    return swept === today ? undefined : this.#start(bucket, today)
  }

  /** Must be called when a bucket's rules change, or the bucket is deleted. */
  invalidate(bucket: string): void {
    this.#swept.delete(bucket)
  }

  /** `x-amz-expiration`, or no header if no rule will delete the object. */
  expirationHeaders(
    bucket: string,
    key: string,
    object: Pick<ObjectRecord, 'lastModifiedMs'>,
  ): Readonly<Record<string, string>> {
    const rules = this.#rulesOf(bucket)
    const expiration = rules && expirationOf(rules, key, object.lastModifiedMs)
    if (expiration === undefined) return noHeaders
    const { dueMs, ruleId } = expiration
    const date = new Date(dueMs).toUTCString()
    return { 'x-amz-expiration': `expiry-date="${date}", rule-id="${encodeURIComponent(ruleId)}"` }
  }

  #rulesOf(bucket: string): readonly LifecycleRule[] | undefined {
    const document = this.#storage.getBucket(bucket)?.lifecycle
    return document === undefined ? undefined : lifecycleRulesOf(document)
  }

  #start(bucket: string, today: number): Promise<void> | undefined {
    const rules = this.#rulesOf(bucket)
    if (rules === undefined) {
      // Requests to buckets that do not exist must not grow the map.
      if (this.#storage.getBucket(bucket) !== undefined) this.#swept.set(bucket, today)
      return undefined
    }
    const sweep = this.#sweep(bucket, rules).then(
      () => {
        // If `invalidate` removed the entry during the sweep, the next request sweeps again.
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
      // A concurrent request deleted the object.
      if (!(error instanceof S3Error)) throw error
    }
  }
}

const noHeaders = {}

/** The prefixes to list, without those that another one covers. */
const prefixesOf = (rules: readonly LifecycleRule[]): string[] => {
  const prefixes = [...new Set(rules.map((rule) => rule.prefix ?? ''))].sort()
  return prefixes.filter((prefix) => !prefixes.some((other) => other !== prefix && prefix.startsWith(other)))
}
