/**
 * A model of R2's multipart operations without a network, for randomized tests. Seeded random numbers decide how long each
 * operation takes and whether its request or its response is lost.
 */
import { createHash } from 'node:crypto'
import { R2Error } from 'r2kit'
import { compareUtf8 } from '../../packages/r2kit/src/base/bytes.js'
import type {
  MultipartOperations,
  ObjectOperations,
  SizedBody,
  StoredObject,
} from '../../packages/r2kit/src/transfers/operations.js'

export interface RandomNumbers {
  /** The next number, from 0 (inclusive) to 1 (exclusive). */
  next(): number
}

/** Deterministic random numbers (mulberry32). */
export const randomNumbers = (seed: number): RandomNumbers => {
  let state = seed | 0
  return {
    next() {
      state = (state + 0x6d2b79f5) | 0
      let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
      mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
    },
  }
}

interface StoredPart {
  readonly bytes: Buffer
  readonly etag: string
}

type CompleteInput = Parameters<MultipartOperations['complete']>[0]

const metadataOf = ({ bytes, etag }: StoredPart): Awaited<ReturnType<ObjectOperations['head']>> => ({
  size: bytes.length,
  etag,
  lastModified: new Date(0),
  contentType: undefined,
  cacheControl: undefined,
  contentDisposition: undefined,
  contentEncoding: undefined,
  contentLanguage: undefined,
  expires: undefined,
  metadata: {},
  missingMetadata: 0,
  storageClass: 'STANDARD',
  checksum: undefined,
  contentRange: undefined,
  partsCount: undefined,
  versionId: undefined,
  expiration: undefined,
  ssecKeyMd5: undefined,
  requestId: undefined,
  respondedAt: undefined,
})

const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex')
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const never = (): Promise<never> => new Promise(() => undefined)

export class MultipartModel {
  readonly objects = new Map<string, { readonly bytes: Buffer; readonly etag: string }>()
  readonly uploads = new Map<string, Map<number, StoredPart>>()
  readonly #random: RandomNumbers
  readonly #faultRate: number
  readonly #consecutiveFaults = new Map<string, number>()
  #lastId = 0
  /** Called when an operation starts. */
  onOperation: () => void = () => undefined

  constructor(random: RandomNumbers, faultRate: number) {
    this.#random = random
    this.#faultRate = faultRate
  }

  /** The operations for one process. Once `isAlive` is false they stay pending, which simulates a crash. */
  connect(process: { readonly isAlive: boolean }): {
    readonly objects: ObjectOperations
    readonly multipart: MultipartOperations
  } {
    const call = <T>(name: string, act: () => T | Promise<T>): Promise<T> => this.#call(process, name, act)
    const objects: ObjectOperations = {
      head: ({ key }) => call('head', () => metadataOf(this.#object(key))),
      get: ({ key }) => call('get', () => ({ body: this.#object(key).bytes, etag: this.#object(key).etag })),
      getStream: ({ key, range = { offset: 0 } }) =>
        call('getStream', () => {
          const object = this.#object(key)
          const size = object.bytes.length
          const offset = 'suffix' in range ? Math.max(0, size - range.suffix) : range.offset
          const length = Math.min('suffix' in range ? range.suffix : (range.length ?? size), size - offset)
          const body = new Blob([object.bytes.subarray(offset, offset + length)]).stream()
          return { ...metadataOf(object), contentRange: { offset, length, total: size }, body }
        }),
      put: ({ key, body }) =>
        call('put', async () => {
          const bytes = body instanceof Uint8Array ? Buffer.from(body) : await this.#receive(body)
          const etag = md5(bytes)
          this.objects.set(key, { bytes, etag })
          return { etag }
        }),
      listAll: ({ prefix }) => ({ pages: () => this.#pages(prefix) }),
    }
    const multipart: MultipartOperations = {
      create: () =>
        call('create', () => {
          const uploadId = `upload-${++this.#lastId}`
          this.uploads.set(uploadId, new Map())
          return { uploadId }
        }),
      uploadPart: ({ uploadId, partNumber, body }) =>
        call('uploadPart', async () => {
          const bytes = await this.#receive(body)
          const etag = md5(bytes)
          this.#upload(uploadId).set(partNumber, { bytes, etag })
          return { etag }
        }),
      complete: (input) => call('complete', () => this.#complete(input)),
      abort: ({ uploadId }) =>
        call('abort', () => {
          this.#upload(uploadId)
          this.uploads.delete(uploadId)
        }),
      listParts: ({ uploadId, partNumberMarker = 0, maxParts = 2 }) =>
        call('listParts', () => {
          const all = [...this.#upload(uploadId)]
            .sort(([a], [b]) => a - b)
            .filter(([number]) => number > partNumberMarker)
          const page = all.slice(0, maxParts)
          return {
            parts: page.map(([partNumber, { bytes, etag }]) => ({ partNumber, size: bytes.length, etag })),
            isTruncated: all.length > page.length,
            nextPartNumberMarker: page.at(-1)?.[0],
          }
        }),
    }
    return { objects, multipart }
  }

  async #call<T>(process: { readonly isAlive: boolean }, name: string, act: () => T | Promise<T>): Promise<T> {
    if (!process.isAlive) return never()
    this.onOperation()
    for (let turns = Math.floor(this.#random.next() * 4); turns > 0; turns--) await turn()
    const fault = this.#fault(name)
    if (fault === 'lost-request') throw new R2Error('ConnectionReset', 'the request was lost')
    if (fault === 'busy') throw new R2Error('ServiceUnavailable', 'busy')
    let outcome: () => T
    try {
      const response = await act()
      outcome = () => response
    } catch (error) {
      outcome = () => {
        throw error
      }
    }
    for (let turns = Math.floor(this.#random.next() * 3); turns > 0; turns--) await turn()
    if (!process.isAlive) return never()
    if (fault === 'lost-response') throw new R2Error('ConnectionReset', 'the response was lost')
    return outcome()
  }

  /** Limits consecutive faults, so that no transfer may give up legitimately. */
  #fault(name: string): 'lost-request' | 'lost-response' | 'busy' | undefined {
    const consecutive = this.#consecutiveFaults.get(name) ?? 0
    const isHealthy =
      this.#random.next() >= this.#faultRate || consecutive >= (name === 'abort' || name === 'listParts' ? 1 : 3)
    this.#consecutiveFaults.set(name, isHealthy ? 0 : consecutive + 1)
    if (isHealthy) return undefined
    const kind = this.#random.next()
    return kind < 0.4 ? 'lost-request' : kind < 0.8 ? 'lost-response' : 'busy'
  }

  #object(key: string): StoredPart {
    const object = this.objects.get(key)
    if (object === undefined) throw new R2Error('ObjectNotFound', 'no such object')
    return object
  }

  async *#pages(prefix: string) {
    const objects = [...this.objects]
      .filter(([key]) => key.startsWith(prefix))
      .sort(([a], [b]) => compareUtf8(a, b))
      .map(([key, { bytes, etag }]) => ({
        key,
        size: bytes.length,
        etag,
        lastModified: new Date(0),
        storageClass: 'STANDARD',
      }))
    yield { objects }
  }

  async #receive(body: SizedBody): Promise<Buffer> {
    const chunks: Uint8Array[] = []
    const breaks = this.#random.next() < this.#faultRate / 4
    for await (const chunk of body.open()) {
      chunks.push(chunk.slice())
      if (this.#random.next() < 0.3) await turn()
      if (breaks) throw new R2Error('StreamInterrupted', 'interrupted in the middle')
    }
    return Buffer.concat(chunks)
  }

  #upload(uploadId: string): Map<number, StoredPart> {
    const upload = this.uploads.get(uploadId)
    if (upload === undefined) throw new R2Error('UploadNotFound', 'no such upload')
    return upload
  }

  #complete({ key, uploadId, parts }: CompleteInput): StoredObject {
    const upload = this.#upload(uploadId)
    const chosen = parts.map(({ partNumber, etag }) => {
      const part = upload.get(partNumber)
      if (part === undefined || part.etag !== etag) throw new R2Error('InvalidPart', `part ${partNumber}`)
      return part
    })
    const size = chosen[0]?.bytes.length ?? 0
    if (chosen.slice(0, -1).some(({ bytes }) => bytes.length !== size) || (chosen.at(-1)?.bytes.length ?? 0) > size) {
      throw new R2Error('InvalidPart', 'all parts except the last must have the same size')
    }
    const etag = `${md5(Buffer.concat(chosen.map((part) => Buffer.from(part.etag, 'hex'))))}-${chosen.length}`
    this.objects.set(key, { bytes: Buffer.concat(chosen.map(({ bytes }) => bytes)), etag })
    this.uploads.delete(uploadId)
    return { etag }
  }
}
