/** What the kill tests store: bytes that a short description gives again. */
import { createHash } from 'node:crypto'
import { bytesOf } from '../local-storage.js'

export const bucket = 'bucket'

/** What an object consists of: its pieces' sizes, and the seeds that give their bytes. Also in its metadata, as JSON. */
export type Body = readonly { readonly size: number; readonly seed: number }[]

/** `body` null: the key is deleted. */
export interface Report {
  readonly key: string
  readonly body: Body | null
  readonly state: 'begun' | 'acknowledged'
}

export const bytesOfBody = (body: Body): Buffer => Buffer.concat(body.map(({ size, seed }) => bytesOf(size, seed)))

export const md5Of = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex')

/** Numbers below a limit, the same for the same seed (mulberry32). */
export const randomFrom = (seed: number) => {
  let state = seed | 0
  return (limit: number): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit
  }
}
