/** The body of a forwarded request: streamed where its length is declared, else collected, because the target needs a length. */
import type { IncomingMessage } from 'node:http'
import { type RequestBody, withFlippedBit } from 'r2kit/protocol'
import { S3Error } from '../errors/s3-error.js'

/** Longest body without a `Content-Length`: a document, or a small object. */
const collectedBytesMax = 64 * 1024 * 1024

/** @throws S3Error `EntityTooLarge` for a long body without a length, `IncompleteBody` if the client disconnects */
export const forwardedBody = async (
  incoming: IncomingMessage,
  corruptedByte: number | undefined,
): Promise<RequestBody> => {
  const { 'content-length': length, 'transfer-encoding': coding } = incoming.headers
  if (length === undefined && coding !== undefined) return collected(incoming, corruptedByte)
  const contentLength = Number(length ?? 0)
  if (contentLength === 0) return { kind: 'empty' }
  let isOpened = false
  return {
    kind: 'stream',
    contentLength,
    canOpen: () => !isOpened,
    open: () => {
      isOpened = true
      return chunksOf(incoming, corruptedByte)
    },
  }
}

const chunksOf = (incoming: IncomingMessage, corruptedByte: number | undefined): AsyncIterable<Uint8Array> => {
  const chunks = incoming.iterator({ destroyOnReturn: false })
  return corruptedByte === undefined ? chunks : withFlippedBit(chunks, corruptedByte)
}

const collected = async (incoming: IncomingMessage, corruptedByte: number | undefined): Promise<RequestBody> => {
  const pieces: Uint8Array[] = []
  let bytes = 0
  try {
    for await (const chunk of chunksOf(incoming, corruptedByte)) {
      bytes += chunk.byteLength
      if (bytes > collectedBytesMax) break
      pieces.push(chunk)
    }
  } catch (cause) {
    throw Object.assign(new S3Error('IncompleteBody'), { cause })
  }
  if (bytes > collectedBytesMax) {
    const limit = `${collectedBytesMax / 1024 / 1024} MiB`
    throw new S3Error(
      'EntityTooLarge',
      `The proxy forwards at most ${limit} without a Content-Length. Send the length.`,
    )
  }
  return { kind: 'bytes', bytes: Buffer.concat(pieces) }
}
