/** Reads Blobs that have no `stream()`: those of older polyfills and of jsdom. */

const pieceBytes = 512 * 1024

/** The bytes of a Blob, a piece at a time. */
export async function* blobChunks(blob: Blob): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < blob.size; at += pieceBytes) {
    const piece = blob.slice(at, at + pieceBytes)
    yield new Uint8Array(
      await (typeof piece.arrayBuffer === 'function' ? piece.arrayBuffer() : readByFileReader(piece)),
    )
  }
}

interface Reader {
  readonly result: ArrayBuffer
  readonly error: unknown
  onload: () => void
  onerror: () => void
  readAsArrayBuffer(blob: Blob): void
}

const readByFileReader = (blob: Blob): Promise<ArrayBuffer> => {
  const { FileReader } = globalThis as { FileReader?: new () => Reader }
  if (FileReader === undefined) throw new TypeError('the Blob has neither stream() nor arrayBuffer()')
  return new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.onload = () => resolve(reader.result)
    reader.onerror = () => reject(reader.error)
    reader.readAsArrayBuffer(blob)
  })
}
