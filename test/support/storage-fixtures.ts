/** The storage of the local R2 in both modes, and helpers that create records. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createFileStorage, createMemoryStorage } from '../../packages/local/src/storage/index.js'
import type { Content, ObjectRecord, Storage, UploadRecord } from '../../packages/local/src/storage/storage.js'

export interface Mode {
  readonly name: string
  open(): Promise<Storage & AsyncDisposable>
}

const disposable = (storage: Storage, remove: () => Promise<void>): Storage & AsyncDisposable => ({
  ...storage,
  [Symbol.asyncDispose]: async () => {
    await storage.close()
    await remove()
  },
})

/** A new temporary folder, removed on disposal. */
export const temporaryFolder = async () => {
  const path = await mkdtemp(join(tmpdir(), 'r2kit-storage-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

export const modes: readonly Mode[] = [
  { name: 'in memory', open: async () => disposable(createMemoryStorage(), async () => undefined) },
  {
    name: 'in a folder',
    open: async () => {
      const folder = await temporaryFolder()
      const storage = await createFileStorage({ dataDir: folder.path, durable: false })
      return disposable(storage, () => folder[Symbol.asyncDispose]())
    },
  },
]

const description = { httpMetadata: {}, metadata: {}, storageClass: 'STANDARD' } as const

export const objectOf = (content: Content, etag = 'etag'): ObjectRecord => ({
  ...description,
  content,
  etag,
  lastModifiedMs: 1,
})

export const uploadOf = (key: string, uploadId: string, bucket = 'b'): UploadRecord => ({
  ...description,
  bucket,
  key,
  uploadId,
  initiatedMs: 1,
})

export async function* chunksOf(bytes: Uint8Array, chunkSize = 64 * 1024) {
  for (let at = 0; at < bytes.length; at += chunkSize) yield bytes.subarray(at, at + chunkSize)
}

export const readAll = async (bytes: AsyncIterable<Uint8Array>): Promise<Buffer> => {
  const chunks: Uint8Array[] = []
  for await (const chunk of bytes) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** Deterministic bytes that differ from those of another seed at nearly every position. */
export const bytesOf = (size: number, seed: number): Buffer => {
  const words = new Uint32Array(Math.ceil(size / 4))
  let state = seed + 1
  for (let at = 0; at < words.length; at++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    words[at] = state
  }
  return Buffer.from(words.buffer, 0, size)
}

export const newBucket = (storage: Storage, name = 'b') =>
  storage.createBucket({ name, createdMs: 1, location: 'AUTO' })

export const putBytes = async (storage: Storage, key: string, bytes: Uint8Array, bucket = 'b') => {
  const staged = await storage.stage(chunksOf(bytes))
  return storage.putObject(bucket, key, () => objectOf(staged.content))
}

export const bytesAt = async (storage: Storage, key: string, bucket = 'b'): Promise<Buffer | undefined> => {
  const object = storage.getObject(bucket, key)
  return object && readAll(storage.read(object.content))
}
