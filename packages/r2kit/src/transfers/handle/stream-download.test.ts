/** What a reader of a download's stream gets, however it reads. */
import fc from 'fast-check'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { systemClock } from '../../base/clock.js'
import { StreamDownload, type StreamOutlet } from './stream-download.js'

afterEach(() => {
  vi.unstubAllGlobals()
})

const bytesOf = (length: number): Uint8Array => Uint8Array.from({ length }, (_, index) => (index * 31) & 255)

/** Hands on all of these bytes, as the reader asks for them. */
const write = (outlet: StreamOutlet<string>, lent: Uint8Array): Promise<void> =>
  new Promise((resolve) => {
    let at = 0
    outlet.onAsked = () => {
      while (outlet.isAsked && at < lent.byteLength) {
        const from = at
        // The reader may ask from within.
        outlet.onAsked = () => undefined
        at += outlet.give(lent.subarray(from))
      }
      if (at === lent.byteLength) resolve()
      else outlet.onAsked = proceed
    }
    const proceed = outlet.onAsked
    proceed()
  })

/** Writes pieces out of one buffer, as the engine does: what has been taken is overwritten by the next. */
const downloadOf = (pieces: readonly Uint8Array[], end?: Error): StreamDownload<string> =>
  new StreamDownload<string>(systemClock, {}, async (_, outlet: StreamOutlet<string>) => {
    outlet.open('opened')
    const lent = new Uint8Array(Math.max(0, ...pieces.map(({ byteLength }) => byteLength)))
    for (const piece of pieces) {
      lent.fill(0)
      lent.set(piece)
      await write(outlet, lent.subarray(0, piece.byteLength))
    }
    lent.fill(0)
    if (end !== undefined) throw end
    outlet.close()
    return 'done'
  })

const collect = async (body: AsyncIterable<Uint8Array>): Promise<Uint8Array> => {
  const chunks: Uint8Array[] = []
  for await (const chunk of body) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** Reads all with one buffer of `bufferBytes` that the reader brings again and again. */
const collectInto = async (body: ReadableStream<Uint8Array>, bufferBytes: number): Promise<Uint8Array> => {
  const reader = body.getReader({ mode: 'byob' })
  const chunks: Uint8Array[] = []
  for (let buffer = new ArrayBuffer(bufferBytes); ; ) {
    const { done, value } = await reader.read(new Uint8Array(buffer))
    if (value !== undefined) {
      chunks.push(Uint8Array.from(value))
      buffer = value.buffer
      expect(buffer.byteLength).toBe(bufferBytes)
    }
    if (done) return Buffer.concat(chunks)
  }
}

const pieces = fc.array(fc.integer({ min: 1, max: 300 }).map(bytesOf), { maxLength: 12 })

test('chunks are the reader’s own: those it kept are whole when the memory they came from has served again', async () => {
  const given = [bytesOf(10), bytesOf(200), bytesOf(3)]
  const download = downloadOf(given)
  expect(await collect(download.body)).toEqual(Buffer.concat(given))
  expect(await download).toBe('done')
})

describe('a reader that brings its own buffer', () => {
  test('gets all bytes there, whatever the sizes', async () => {
    await fc.assert(
      fc.asyncProperty(pieces, fc.integer({ min: 1, max: 400 }), async (given, bufferBytes) => {
        const download = downloadOf(given)
        expect(await collectInto(download.body, bufferBytes)).toEqual(Buffer.concat(given))
        expect(await download).toBe('done')
      }),
    )
  })

  test('may change its way of reading in between', async () => {
    const download = downloadOf([bytesOf(100), bytesOf(50)])
    const first = download.body.getReader({ mode: 'byob' })
    const { value } = await first.read(new Uint8Array(30))
    first.releaseLock()
    expect(Buffer.concat([value ?? new Uint8Array(0), await collect(download.body)])).toEqual(
      Buffer.concat([bytesOf(100), bytesOf(50)]),
    )
  })

  test('learns of a failure', async () => {
    const download = downloadOf([bytesOf(10)], new Error('the line is dead'))
    await expect(collectInto(download.body, 64)).rejects.toThrow('the line is dead')
    await expect(download).rejects.toThrow('the line is dead')
  })

  test('ends the download by cancelling while it waits', async () => {
    const download = new StreamDownload<string>(systemClock, {}, async (control, outlet) => {
      await write(outlet, bytesOf(5))
      await new Promise((_, reject) => control.signal.addEventListener('abort', () => reject(new Error('aborted'))))
      return 'never'
    })
    const reader = download.body.getReader({ mode: 'byob' })
    await reader.read(new Uint8Array(5))
    const waiting = reader.read(new Uint8Array(5))
    await reader.cancel('enough')
    expect(await waiting).toMatchObject({ done: true })
    await expect(download).rejects.toMatchObject({ code: 'Aborted' })
  })
})

test('a runtime without byte streams gets a stream of chunks', async () => {
  vi.stubGlobal('ReadableByteStreamController', undefined)
  const given = [bytesOf(10), bytesOf(200)]
  const { body } = downloadOf(given)
  expect(() => body.getReader({ mode: 'byob' })).toThrow(TypeError)
  expect(await collect(body)).toEqual(Buffer.concat(given))
})
