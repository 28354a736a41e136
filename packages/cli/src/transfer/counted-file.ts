/** A large file as a request's body, counted as it is read, so that a progress line moves while it is on its way. */
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { type Body, R2Error } from 'r2kit'

/** Below this a file is done before a bar could be drawn; it counts when it is sent. */
const countedFromBytes = 8 * 1024 * 1024
const readBytes = 512 * 1024

export interface FileBody {
  readonly body: Body
  /** Bytes that `onBytes` is told of while the body is read; the others count when the request is done. */
  readonly countedBytes: number
}

/** @param onBytes Gets the bytes of each piece that is read, and a negative number when a request starts again. */
export const fileBody = (path: string, size: number, onBytes: (bytes: number) => void): FileBody => {
  if (size < countedFromBytes) return { body: { path }, countedBytes: 0 }
  let counted = 0
  const open = async function* () {
    onBytes(-counted)
    counted = 0
    const before = await stat(path)
    for await (const chunk of createReadStream(path, { highWaterMark: readBytes })) {
      counted += chunk.byteLength
      onBytes(chunk.byteLength)
      yield chunk
    }
    if ((await stat(path)).mtimeMs !== before.mtimeMs) {
      const hint = 'Upload a copy, or stop the writer first.'
      throw new R2Error('InvalidInput', `${path} changed while it was read`, { field: 'body', hint })
    }
  }
  return { body: { size, open }, countedBytes: size }
}
