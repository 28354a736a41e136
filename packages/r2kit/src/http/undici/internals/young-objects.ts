/**
 * Chunks that a stream has delivered are garbage as soon as their reader is done with them. V8 collected them after each 32 MiB
 * until its version 12. Since version 13 (Node 24) that takes 128 MiB, and 64 MiB start to mark the whole heap, which costs the more
 * the more a program holds. The measurements are in docs/decisions/2026-11-27-garbage-collection.md.
 */
import { isNode } from '../../../base/runtime.js'

/** The last version of V8 that collects chunks early enough by itself. */
const lastEagerVersion = 12

/** Chunks that are delivered between two collections, in bytes. With 24 MiB, V8 begins to mark its heap now and then. */
const intervalBytes = 16 * 1024 * 1024

/** Largest memory of young objects that is filled, in bytes. V8 uses half of it at a time. */
const spaceBytesMax = 64 * 1024 * 1024

const arrayLength = 1000
const arrayBytes = arrayLength * 8

/** Holds one array, so that the compiler does not remove the allocations. */
const last: { array?: unknown } = {}

/** Makes V8 collect its young objects by filling their memory. Does nothing where that memory is larger than the limit. */
export const collectYoungObjects = (bytesMax = spaceBytesMax): void => {
  // Loaded only here: it takes milliseconds.
  const spaces = process.getBuiltinModule('node:v8').getHeapSpaceStatistics()
  const young = spaces.find(({ space_name }) => space_name === 'new_space')
  if (young === undefined || young.space_size > bytesMax) return
  for (let filled = 0; filled <= young.space_available_size; filled += arrayBytes) last.array = new Array(arrayLength)
  last.array = undefined
}

/** Counts delivered chunks, and calls `collect` after each interval. */
export const chunkCounter = (collect: () => void): ((bytes: number) => void) => {
  let deliveredBytes = 0
  return (bytes) => {
    deliveredBytes += bytes
    if (deliveredBytes < intervalBytes) return
    deliveredBytes = 0
    collect()
  }
}

const collectsEagerly = !isNode || Number.parseInt(process.versions.v8, 10) <= lastEagerVersion

/** To be called with the length of each chunk of fresh memory that a stream delivers. One count for all streams of the process. */
export const chunkDelivered: (bytes: number) => void = collectsEagerly
  ? () => undefined
  : chunkCounter(() => collectYoungObjects())
