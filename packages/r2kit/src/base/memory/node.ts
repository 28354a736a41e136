/**
 * Chunks that readers were given are theirs, and garbage when they are done with them. V8 lets 32 MiB of that lie before it
 * collects young objects (twice the largest new space), and while another thread frees those the next 32 gather. Much of it has
 * left the processor's caches by then, and its pages may have gone back to the kernel.
 * Why, and what it brings: docs/decisions/2026-11-22-streaming-download-memory.md.
 */
import { isNode } from '../runtime.js'

/** So much lies at most, or nearly; less would cost more time than it is worth. */
const mostBytes = 8 * 1024 * 1024
/** With what lies, more than the 32 MiB; no larger, as such memory also brings forward the marking of the whole heap. */
const ballastBytes = 25 * 1024 * 1024

let lyingBytes = 0

/** Tells of chunks that were given away. One count for all, as the garbage collector is one for all. */
export const gaveAway = (bytes: number): void => {
  lyingBytes += bytes
  if (lyingBytes < mostBytes || !isNode) return
  lyingBytes = 0
  try {
    // Nobody writes to it, so it has no pages and takes no memory; V8 counts its length, and collects at the next chunk. Of a
    // buffer that can be resized V8 reserves the pages itself: memory of the C library might have been used before.
    Reflect.construct(ArrayBuffer, [ballastBytes, { maxByteLength: ballastBytes }])
  } catch {
    // No address space is left: what can be collected will be.
  }
}
