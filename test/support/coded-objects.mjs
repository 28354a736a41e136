/** Objects whose bytes are packed, by the value of their Content-Encoding; the last ones have a wrong label. */
import zlib from 'node:zlib'

const text = Buffer.from('the bytes of an object, packed, '.repeat(200))
const gzip = zlib.gzipSync(text)

/** @returns {Promise<{ name: string, base64: string }[]>} */
export const codedObjects = async () =>
  [
    { name: 'gzip', bytes: gzip },
    { name: 'br', bytes: zlib.brotliCompressSync(text) },
    { name: 'deflate', bytes: zlib.deflateSync(text) },
    // Node 20 cannot make it; the label is what counts.
    { name: 'zstd', bytes: zlib.zstdCompressSync?.(text) ?? text },
    { name: 'gzip, br', bytes: zlib.brotliCompressSync(gzip) },
    { name: 'gzip (wrong)', bytes: text },
    { name: 'br (wrong)', bytes: gzip },
    { name: 'x-own', bytes: text },
  ].map(({ name, bytes }) => ({ name, base64: bytes.toString('base64') }))
