/** Buckets, objects and multipart uploads of the model, as maps. Operations read and change them only through this class. */
import type { Clock } from '../../base/clock.js'
import type { HeaderFields } from '../../http/index.js'
import { Refusal } from './refusal.js'
import type { SimulatedChecksum } from './simulated-checksum.js'

/** An object as it is stored. */
export interface SimulatedObject {
  readonly bytes: Uint8Array
  /** Without quotes. */
  readonly etag: string
  readonly modifiedMs: number
  /** Header fields that describe it, by lower-case name: `content-type`, `x-amz-meta-…`. */
  readonly description: HeaderFields
  /** The checksum that came with it, which reads return. */
  readonly checksum?: SimulatedChecksum | undefined
}

/** A part of a multipart upload. */
export interface SimulatedPart {
  readonly bytes: Uint8Array
  /** Without quotes. */
  readonly etag: string
  /** The checksum that came with it, or that its upload asks for. */
  readonly checksum?: SimulatedChecksum | undefined
}

/** A multipart upload that has been neither completed nor aborted. */
export interface SimulatedUpload {
  readonly bucket: string
  readonly key: string
  readonly createdMs: number
  /** As in `SimulatedObject`. */
  readonly description: HeaderFields
  /** The checksum of the future object. */
  readonly checksum?: Pick<SimulatedChecksum, 'algorithm' | 'type'> | undefined
  /** By part number. */
  readonly parts: Map<number, SimulatedPart>
}

/** A change of what is stored, in the order in which changes happened. */
export type SimulatedChange = {
  readonly bucket: string
  readonly key: string
  /** The object that was stored, or undefined for one that was deleted. */
  readonly object: SimulatedObject | undefined
}

export class SimulatedStore {
  /** Bucket → key → object. */
  readonly buckets = new Map<string, Map<string, SimulatedObject>>()
  /** Upload ID → upload. */
  readonly uploads = new Map<string, SimulatedUpload>()
  onChange: (change: SimulatedChange) => void = () => undefined
  readonly #clock: Clock
  #lastUpload = 0

  constructor(clock: Clock, buckets: readonly string[]) {
    this.#clock = clock
    for (const bucket of buckets) this.buckets.set(bucket, new Map())
  }

  /** Milliseconds since the epoch. */
  now(): number {
    return this.#clock.now()
  }

  /** @throws Refusal `NoSuchBucket` */
  objectsOf(bucket: string): Map<string, SimulatedObject> {
    const objects = this.buckets.get(bucket)
    if (objects === undefined) throw new Refusal(404, 'NoSuchBucket')
    return objects
  }

  /** @throws Refusal `NoSuchBucket`, `NoSuchKey` */
  object(bucket: string, key: string): SimulatedObject {
    const object = this.objectsOf(bucket).get(key)
    if (object === undefined) throw new Refusal(404, 'NoSuchKey')
    return object
  }

  store(bucket: string, key: string, object: SimulatedObject): void {
    this.objectsOf(bucket).set(key, object)
    this.onChange({ bucket, key, object })
  }

  /** Has no effect where there is no object. */
  delete(bucket: string, key: string): void {
    if (this.objectsOf(bucket).delete(key)) this.onChange({ bucket, key, object: undefined })
  }

  /** @returns the upload ID */
  createUpload(
    bucket: string,
    key: string,
    { description, checksum }: Pick<SimulatedUpload, 'description' | 'checksum'>,
  ): string {
    this.objectsOf(bucket)
    const uploadId = `upload-${++this.#lastUpload}`
    this.uploads.set(uploadId, { bucket, key, createdMs: this.now(), description, checksum, parts: new Map() })
    return uploadId
  }

  /** @throws Refusal `NoSuchUpload`, also for an upload of another key */
  upload(bucket: string, key: string, uploadId: string): SimulatedUpload {
    const upload = this.uploads.get(uploadId)
    if (upload === undefined || upload.bucket !== bucket || upload.key !== key) throw new Refusal(404, 'NoSuchUpload')
    return upload
  }
}
