/**
 * Chunks of a request body whose memory their source uses again. Fresh memory for each chunk would be more than half of the CPU time
 * of an upload: page faults, and the garbage collector, which runs whenever some tens of MB have been allocated.
 */

const onSent = new WeakMap<Uint8Array, () => void>()

/**
 * Registers a chunk that its source has yielded. `reuse` is called when no socket needs its bytes any more, by transports that know
 * when; others never call it. Whatever stands between the source and the transport must copy the bytes that it keeps.
 */
export const reuseWhenSent = (chunk: Uint8Array, reuse: () => void): void => {
  onSent.set(chunk, reuse)
}

/**
 * The same chunks. When the next one is asked for, the last one is reported as sent, if its bytes have left the process.
 *
 * @param isFlushed whether the socket has passed on all bytes that were written to it
 */
export const reportingSent = (
  source: AsyncIterator<Uint8Array>,
  isFlushed: () => boolean,
): AsyncIterator<Uint8Array> => {
  let last: Uint8Array | undefined
  return {
    next: async () => {
      if (last !== undefined && isFlushed()) onSent.get(last)?.()
      last = undefined
      const step = await source.next()
      if (!step.done) last = step.value
      return step
    },
    return: async () => {
      await source.return?.()
      return { done: true, value: undefined }
    },
  }
}
