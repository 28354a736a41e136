/**
 * R2's multipart operations as a few maps, without a network: what a random test compares uploads with. Each operation takes
 * its time, and may be lost on its way there or back, as the dice say.
 */
import { createHash } from 'node:crypto'
import { R2Error } from 'r2kit'
import type { MultipartOperations, ObjectOperations } from '../../packages/r2kit/src/transfers/context.js'

export interface Dice {
  /** From 0 to 1. */
  next(): number
}

/** The same numbers for the same seed (mulberry32). */
export const dice = (seed: number): Dice => {
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

const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex')
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const never = (): Promise<never> => new Promise(() => undefined)

export class ModelServer {
  readonly objects = new Map<string, { readonly bytes: Buffer; readonly etag: string }>()
  readonly uploads = new Map<string, Map<number, StoredPart>>()
  readonly #dice: Dice
  readonly #faultRate: number
  readonly #faultsInARow = new Map<string, number>()
  #lastId = 0
  /** Told of each operation as it begins. */
  onOperation: () => void = () => undefined

  constructor(random: Dice, faultRate: number) {
    this.#dice = random
    this.#faultRate = faultRate
  }

  /** What one process sees of the server; `isAlive` turns false when it has crashed. */
  seenBy(process: { readonly isAlive: boolean }): { objects: ObjectOperations; multipart: MultipartOperations } {
    const call = <T>(name: string, act: () => T | Promise<T>): Promise<T> => this.#call(process, name, act)
    const objects = {
      head: ({ key }: { key: string }) =>
        call('head', () => {
          const object = this.objects.get(key)
          if (object === undefined) throw new R2Error('ObjectNotFound', 'no such object')
          const { bytes, etag } = object
          return { size: bytes.length, etag, metadata: {}, missingMetadata: 0, lastModified: new Date(0) }
        }),
      put: ({ key, body }: { key: string; body: { open(): AsyncIterable<Uint8Array> } }) =>
        call('put', async () => {
          const bytes = await this.#receive(body)
          const etag = md5(bytes)
          this.objects.set(key, { bytes, etag })
          return { etag, checksum: undefined, versionId: undefined }
        }),
    }
    const multipart = {
      create: () =>
        call('create', () => {
          const uploadId = `upload-${++this.#lastId}`
          this.uploads.set(uploadId, new Map())
          return { uploadId }
        }),
      uploadPart: (input: { uploadId: string; partNumber: number; body: { open(): AsyncIterable<Uint8Array> } }) =>
        call('uploadPart', async () => {
          const bytes = await this.#receive(input.body)
          const etag = md5(bytes)
          this.#upload(input.uploadId).set(input.partNumber, { bytes, etag })
          return { etag }
        }),
      complete: (input: { key: string; uploadId: string; parts: { partNumber: number; etag: string }[] }) =>
        call('complete', () => this.#complete(input)),
      abort: ({ uploadId }: { uploadId: string }) =>
        call('abort', () => {
          this.#upload(uploadId)
          this.uploads.delete(uploadId)
        }),
      listParts: ({
        uploadId,
        partNumberMarker = 0,
        maxParts = 2,
      }: {
        uploadId: string
        partNumberMarker?: number
        maxParts?: number
      }) =>
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
    // A model of what uploads use; the rest of the operations is not there.
    return { objects: objects as unknown as ObjectOperations, multipart: multipart as unknown as MultipartOperations }
  }

  async #call<T>(process: { readonly isAlive: boolean }, name: string, act: () => T | Promise<T>): Promise<T> {
    if (!process.isAlive) return never()
    this.onOperation()
    for (let turns = Math.floor(this.#dice.next() * 4); turns > 0; turns--) await turn()
    const fault = this.#fault(name)
    if (fault === 'there') throw new R2Error('ConnectionReset', 'lost on the way there')
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
    for (let turns = Math.floor(this.#dice.next() * 3); turns > 0; turns--) await turn()
    if (!process.isAlive) return never()
    if (fault === 'back') throw new R2Error('ConnectionReset', 'lost on the way back')
    return outcome()
  }

  /** Never so many in a row that a transfer could rightly give up. */
  #fault(name: string): 'there' | 'back' | 'busy' | undefined {
    const inARow = this.#faultsInARow.get(name) ?? 0
    const isSpared =
      this.#dice.next() >= this.#faultRate || inARow >= (name === 'abort' || name === 'listParts' ? 1 : 3)
    this.#faultsInARow.set(name, isSpared ? 0 : inARow + 1)
    if (isSpared) return undefined
    const kind = this.#dice.next()
    return kind < 0.4 ? 'there' : kind < 0.8 ? 'back' : 'busy'
  }

  async #receive(body: { open(): AsyncIterable<Uint8Array> }): Promise<Buffer> {
    const chunks: Uint8Array[] = []
    const breaks = this.#dice.next() < this.#faultRate / 4
    for await (const chunk of body.open()) {
      chunks.push(chunk.slice())
      if (this.#dice.next() < 0.3) await turn()
      if (breaks) throw new R2Error('StreamInterrupted', 'broken in the middle')
    }
    return Buffer.concat(chunks)
  }

  #upload(uploadId: string): Map<number, StoredPart> {
    const upload = this.uploads.get(uploadId)
    if (upload === undefined) throw new R2Error('UploadNotFound', 'no such upload')
    return upload
  }

  #complete({
    key,
    uploadId,
    parts,
  }: {
    key: string
    uploadId: string
    parts: { partNumber: number; etag: string }[]
  }) {
    const upload = this.#upload(uploadId)
    const chosen = parts.map(({ partNumber, etag }) => {
      const part = upload.get(partNumber)
      if (part === undefined || part.etag !== etag) throw new R2Error('InvalidPart', `part ${partNumber}`)
      return part
    })
    const size = chosen[0]?.bytes.length ?? 0
    if (chosen.slice(0, -1).some(({ bytes }) => bytes.length !== size) || (chosen.at(-1)?.bytes.length ?? 0) > size) {
      throw new R2Error('InvalidPart', 'all parts but the last must have one size')
    }
    const etag = `${md5(Buffer.concat(chosen.map((part) => Buffer.from(part.etag, 'hex'))))}-${chosen.length}`
    this.objects.set(key, { bytes: Buffer.concat(chosen.map(({ bytes }) => bytes)), etag })
    this.uploads.delete(uploadId)
    return { etag, versionId: undefined }
  }
}
