/**
 * A model of R2's multipart operations without a network, for randomized tests. Seeded random numbers decide how long each
 * operation takes and whether its request or its response is lost.
 */
import { createHash } from 'node:crypto'
import { R2Error } from 'r2kit'
import { compareUtf8 } from '../../packages/r2kit/src/base/bytes.js'
import { type ChecksumAlgorithm, checksumOf } from '../../packages/r2kit/src/base/checksums/index.js'
import type { ObjectChecksum } from '../../packages/r2kit/src/client/fields/checksum.js'
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
  readonly checksum?: ObjectChecksum | undefined
}

/** How a server deals with checksums: compares and returns them, does not know them, or refuses them. */
export type ChecksumSupport = 'compares' | 'ignores' | 'refuses'

interface PendingUpload {
  readonly checksumAlgorithm: ChecksumAlgorithm | undefined
  readonly parts: Map<number, StoredPart>
}

/** Checks of a body that precede it. */
interface SentCheck {
  readonly checksum?: { readonly algorithm: ChecksumAlgorithm; readonly value?: string | undefined } | undefined
  readonly contentMd5?: string | undefined
}

type CompleteInput = Parameters<MultipartOperations['complete']>[0]

const metadataOf = ({ bytes, etag, checksum }: StoredPart): Awaited<ReturnType<ObjectOperations['head']>> => ({
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
  checksum,
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
  readonly objects = new Map<string, StoredPart>()
  readonly uploads = new Map<string, PendingUpload>()
  readonly #random: RandomNumbers
  readonly #faultRate: number
  readonly #consecutiveFaults = new Map<string, number>()
  #lastId = 0
  /** Called when an operation starts. */
  onOperation: () => void = () => undefined

  readonly #checksums: ChecksumSupport

  constructor(random: RandomNumbers, faultRate: number, checksums: ChecksumSupport = 'compares') {
    this.#random = random
    this.#faultRate = faultRate
    this.#checksums = checksums
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
      put: ({ key, body, checksum, contentMd5 }) =>
        call('put', async () => {
          const stored = await this.#receive(body, { checksum, contentMd5 })
          this.objects.set(key, stored)
          return { etag: stored.etag, checksum: stored.checksum }
        }),
      listAll: ({ prefix }) => ({ pages: () => this.#pages(prefix) }),
    }
    const multipart: MultipartOperations = {
      create: ({ checksumAlgorithm }) =>
        call('create', () => {
          if (checksumAlgorithm !== undefined) this.#requireChecksums()
          const uploadId = `upload-${++this.#lastId}`
          const isKept = this.#checksums === 'compares'
          this.uploads.set(uploadId, { checksumAlgorithm: isKept ? checksumAlgorithm : undefined, parts: new Map() })
          return { uploadId }
        }),
      uploadPart: ({ uploadId, partNumber, body, checksum, contentMd5 }) =>
        call('uploadPart', async () => {
          const part = await this.#receive(body, { checksum, contentMd5 })
          this.#upload(uploadId).parts.set(partNumber, part)
          return { etag: part.etag, checksum: part.checksum }
        }),
      complete: (input) => call('complete', () => this.#complete(input)),
      abort: ({ uploadId }) =>
        call('abort', () => {
          this.#upload(uploadId)
          this.uploads.delete(uploadId)
        }),
      listParts: ({ uploadId, partNumberMarker = 0, maxParts = 2 }) =>
        call('listParts', () => {
          const all = [...this.#upload(uploadId).parts]
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

  #requireChecksums(): void {
    if (this.#checksums === 'refuses') throw new R2Error('NotImplemented', 'this server has no checksums')
  }

  /** Reads a body, and compares it with its checks before it counts as stored. */
  async #receive(body: Uint8Array | SizedBody, { checksum, contentMd5 }: SentCheck): Promise<StoredPart> {
    if (checksum !== undefined) this.#requireChecksums()
    const bytes = body instanceof Uint8Array ? Buffer.from(body) : await this.#read(body)
    const etag = md5(bytes)
    if (contentMd5 !== undefined && Buffer.from(contentMd5, 'base64').toString('hex') !== etag) throw badDigest()
    if (checksum === undefined || this.#checksums === 'ignores') return { bytes, etag }
    const { algorithm } = checksum
    const value = Buffer.from(checksumOf(algorithm, bytes)).toString('base64')
    if (value !== checksum.value) throw badDigest()
    return { bytes, etag, checksum: { algorithm, value } }
  }

  async #read(body: SizedBody): Promise<Buffer> {
    const chunks: Uint8Array[] = []
    const breaks = this.#random.next() < this.#faultRate / 4
    for await (const chunk of body.open()) {
      chunks.push(new Uint8Array(chunk))
      if (this.#random.next() < 0.3) await turn()
      if (breaks) throw new R2Error('StreamInterrupted', 'interrupted in the middle')
    }
    return Buffer.concat(chunks)
  }

  #upload(uploadId: string): PendingUpload {
    const upload = this.uploads.get(uploadId)
    if (upload === undefined) throw new R2Error('UploadNotFound', 'no such upload')
    return upload
  }

  #complete({ key, uploadId, parts, checksum }: CompleteInput): StoredObject {
    const upload = this.#upload(uploadId)
    if (checksum !== undefined) this.#requireChecksums()
    const chosen = parts.map(({ partNumber, etag, checksum: listed }) => {
      const part = upload.parts.get(partNumber)
      if (part === undefined || part.etag !== etag) throw new R2Error('InvalidPart', `part ${partNumber}`)
      if (listed !== undefined) this.#requireChecksums()
      const isOther = part.checksum !== undefined && listed !== undefined && part.checksum.value !== listed.value
      if (isOther) throw new R2Error('InvalidPart', `part ${partNumber} has another checksum`)
      return part
    })
    const size = chosen[0]?.bytes.length ?? 0
    if (chosen.slice(0, -1).some(({ bytes }) => bytes.length !== size) || (chosen.at(-1)?.bytes.length ?? 0) > size) {
      throw new R2Error('InvalidPart', 'all parts except the last must have the same size')
    }
    const etag = `${md5(Buffer.concat(chosen.map((part) => Buffer.from(part.etag, 'hex'))))}-${chosen.length}`
    const bytes = Buffer.concat(chosen.map((part) => part.bytes))
    const whole = checksumOfObject(upload, chosen, bytes)
    if (whole !== undefined && checksum !== undefined && checksum.value !== whole.value) throw badDigest()
    this.objects.set(key, { bytes, etag, checksum: whole })
    this.uploads.delete(uploadId)
    return { etag, checksum: whole }
  }
}

const badDigest = (): R2Error => new R2Error('IntegrityMismatch', 'the body differs from its checksum')

/** As R2 forms it: CRC64NVME of all bytes, any other of the parts' checksums. */
const checksumOfObject = (
  { checksumAlgorithm: algorithm }: PendingUpload,
  parts: readonly StoredPart[],
  bytes: Buffer,
): ObjectChecksum | undefined => {
  if (algorithm === undefined) return undefined
  const base64 = (of: Uint8Array): string => Buffer.from(checksumOf(algorithm, of)).toString('base64')
  if (algorithm === 'CRC64NVME') return { algorithm, value: base64(bytes), type: 'FULL_OBJECT' }
  const digests = Buffer.concat(parts.map((part) => checksumOf(algorithm, part.bytes)))
  return { algorithm, value: `${base64(digests)}-${parts.length}`, type: 'COMPOSITE' }
}
