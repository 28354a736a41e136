import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { unframe } from '#test/support/aws-chunked.js'
import { errorOf } from '#test/support/results.js'
import { AwsChunkedDecoder } from '../../../../local/src/http/aws-chunked.js'
import { awsChunked, awsChunkedLength } from './aws-chunked.js'

const mebibyte = 1024 * 1024
const source = Uint8Array.from({ length: 3 * mebibyte + 20 }, (_, index) => (index * 7919) >> 5)

async function* chunksOf(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let at = 0, index = 0; at < bytes.byteLength; index++) {
    const size = sizes[index % sizes.length] ?? 1
    yield bytes.subarray(at, at + size)
    at += size
  }
}

/** A trailer that consists of the number of bytes before it. */
const counting = () => {
  let bytes = 0
  return {
    name: 'x-bytes',
    valueLength: 8,
    update: (chunk: Uint8Array) => {
      bytes += chunk.byteLength
    },
    value: () => String(bytes).padStart(8, '0'),
  }
}

const collected = async (chunks: AsyncIterable<Uint8Array>): Promise<Buffer> => {
  const pieces: Uint8Array[] = []
  for await (const chunk of chunks) pieces.push(chunk)
  return Buffer.concat(pieces)
}

const length = fc.oneof(
  fc.integer({ min: 1, max: 300 }),
  fc
    .tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: -17, max: 17 }))
    .map(([whole, more]) => whole * mebibyte + more),
)
/** Few chunks for each length: from a byte, in short bodies, to more than a frame. */
const chunkSizes = fc.array(fc.integer({ min: 1, max: 2 * mebibyte }), { minLength: 1, maxLength: 3 })

describe('a body in frames', () => {
  test('is as long as announced, and two decoders restore its bytes and its trailer', async () => {
    await fc.assert(
      fc.asyncProperty(length, chunkSizes, fc.boolean(), async (contentLength, sizes, isTiny) => {
        const bytes = source.subarray(0, contentLength)
        const chunks = chunksOf(bytes, isTiny && contentLength < 1000 ? [1, 3] : [...sizes, 65_536])
        const framed = await collected(awsChunked(chunks, contentLength, counting()))
        expect(framed.byteLength).toBe(awsChunkedLength(contentLength, counting()))
        const { bytes: restored, trailers, frames } = unframe(framed)
        expect(restored.equals(bytes)).toBe(true)
        expect(trailers).toEqual({ 'x-bytes': String(contentLength).padStart(8, '0') })
        expect(frames.slice(0, -1).every((frame) => frame === mebibyte)).toBe(true)
        const decoder = new AwsChunkedDecoder()
        const decoded = await collected(decoder.decode(chunksOf(framed, [70_000])))
        expect(decoded.equals(bytes)).toBe(true)
        expect(Object.fromEntries(decoder.trailers)).toEqual(trailers)
      }),
      { numRuns: 40 },
    )
  })

  test('has the chunks of the source themselves, not copies', async () => {
    const chunk = new Uint8Array(100)
    const framed = awsChunked(chunksOf(chunk, [100]), 100, counting())
    const pieces: Uint8Array[] = []
    for await (const piece of framed) pieces.push(piece)
    expect(pieces.some((piece) => piece.buffer === chunk.buffer)).toBe(true)
  })

  test.each([
    [9, 'the body has only 9 of its 10 declared bytes'],
    [11, 'the body has more than its 10 declared bytes'],
  ])('of a source with %i bytes in place of 10 fails before its trailer', async (actual, message) => {
    const trailer = counting()
    const framed = awsChunked(chunksOf(new Uint8Array(actual), [5, 5, 5]), 10, {
      ...trailer,
      value: () => expect.fail('the trailer was sent'),
    })
    expect(await errorOf(collected(framed))).toMatchObject({ code: 'SourceFailed', message })
  })

  test('that is cancelled cancels a source that has stalled', async () => {
    let isCancelled = false
    const stalled: AsyncIterable<Uint8Array> = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise(() => undefined),
        return: async () => {
          isCancelled = true
          return { done: true, value: undefined }
        },
      }),
    }
    const iterator = awsChunked(stalled, 10, counting())[Symbol.asyncIterator]()
    await iterator.next()
    void iterator.next()
    await iterator.return?.()
    expect(isCancelled).toBe(true)
    expect(await iterator.next()).toEqual({ done: true, value: undefined })
  })
})
