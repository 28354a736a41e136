/** The bodies that the kill tests store: bytes that can be regenerated from a short description. */
import { createHash } from 'node:crypto'
import { bytesOf } from '../storage-fixtures.js'

export const bucket = 'bucket'

/** Describes a body by the sizes and seeds of its pieces. The object's metadata contains it as JSON. */
export type Body = readonly { readonly size: number; readonly seed: number }[]

/** A change of a key. `body` is null for a deletion. */
export interface Report {
  readonly key: string
  readonly body: Body | null
  readonly state: 'started' | 'acknowledged'
}

export const bytesOfBody = (body: Body): Buffer => Buffer.concat(body.map(({ size, seed }) => bytesOf(size, seed)))

export const md5Of = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex')

/** Deterministic random integers below a limit (mulberry32). */
export const randomFrom = (seed: number) => {
  let state = seed | 0
  return (limit: number): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit
  }
}
