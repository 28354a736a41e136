/** Copies several arrays into one. The result never shares memory with them, even for a list of one. */
export const concatBytes = (list: readonly Uint8Array[]): Uint8Array => {
  let length = 0
  for (const bytes of list) length += bytes.byteLength
  const all = new Uint8Array(length)
  let offset = 0
  for (const bytes of list) {
    all.set(bytes, offset)
    offset += bytes.byteLength
  }
  return all
}
