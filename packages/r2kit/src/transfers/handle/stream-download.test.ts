/** The body of a download to a stream: whole and in order, however it is read. */
import fc from 'fast-check'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { systemClock } from '../../base/clock.js'
import { type StreamDownload, StreamDownloadHandle, type StreamOutlet } from './stream-download.js'

afterEach(() => {
  vi.unstubAllGlobals()
})

const bytesOf = (length: number): Uint8Array => Uint8Array.from({ length }, (_, index) => (index * 31) & 255)

/** Gives all of these bytes to the outlet, as reads become pending. */
const write = (outlet: StreamOutlet<string>, bytes: Uint8Array): Promise<void> =>
  new Promise((resolve) => {
    let at = 0
    outlet.onRead = () => {
      while (outlet.isReadPending && at < bytes.byteLength) {
        const from = at
        // The next read can become pending within `give`.
        outlet.onRead = () => undefined
        at += outlet.give(bytes.subarray(from))
      }
      if (at === bytes.byteLength) resolve()
      else outlet.onRead = proceed
    }
    const proceed = outlet.onRead
    proceed()
  })

/** Writes pieces from one reused buffer, as the engine does: each piece overwrites the one before. */
const downloadOf = (pieces: readonly Uint8Array[], end?: Error): StreamDownload<string> =>
  new StreamDownloadHandle<string>(systemClock, {}, async (_, outlet: StreamOutlet<string>) => {
    outlet.open('opened')
    const shared = new Uint8Array(Math.max(0, ...pieces.map(({ byteLength }) => byteLength)))
    for (const piece of pieces) {
      shared.fill(0)
      shared.set(piece)
      await write(outlet, shared.subarray(0, piece.byteLength))
    }
    shared.fill(0)
    if (end !== undefined) throw end
    outlet.close()
    return 'done'
  })

const collect = async (body: AsyncIterable<Uint8Array>): Promise<Uint8Array> => {
  const chunks: Uint8Array[] = []
  for await (const chunk of body) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** Reads all bytes with one buffer of `bufferBytes`, which the reader brings for each read. */
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

test('chunks that a reader keeps are intact after the engine has reused its buffer', async () => {
  const given = [bytesOf(10), bytesOf(200), bytesOf(3)]
  const download = downloadOf(given)
  expect(await collect(download.body)).toEqual(Buffer.concat(given))
  expect(await download).toBe('done')
})

describe('a BYOB reader of a stream download', () => {
  test('receives all bytes in its own buffer, whatever the sizes', async () => {
    await fc.assert(
      fc.asyncProperty(pieces, fc.integer({ min: 1, max: 400 }), async (given, bufferBytes) => {
        const download = downloadOf(given)
        expect(await collectInto(download.body, bufferBytes)).toEqual(Buffer.concat(given))
        expect(await download).toBe('done')
      }),
    )
  })

  test('can be replaced by an ordinary reader in between', async () => {
    const download = downloadOf([bytesOf(100), bytesOf(50)])
    const first = download.body.getReader({ mode: 'byob' })
    const { value } = await first.read(new Uint8Array(30))
    first.releaseLock()
    expect(Buffer.concat([value ?? new Uint8Array(0), await collect(download.body)])).toEqual(
      Buffer.concat([bytesOf(100), bytesOf(50)]),
    )
  })

  test('receives the failure of the download', async () => {
    const download = downloadOf([bytesOf(10)], new Error('the connection broke'))
    await expect(collectInto(download.body, 64)).rejects.toThrow('the connection broke')
    await expect(download).rejects.toThrow('the connection broke')
  })

  test('aborts the download by cancelling while a read is pending', async () => {
    const download = new StreamDownloadHandle<string>(systemClock, {}, async (control, outlet) => {
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

test('a runtime without byte streams receives a stream of chunks', async () => {
  vi.stubGlobal('ReadableByteStreamController', undefined)
  const given = [bytesOf(10), bytesOf(200)]
  const { body } = downloadOf(given)
  expect(() => body.getReader({ mode: 'byob' })).toThrow(TypeError)
  expect(await collect(body)).toEqual(Buffer.concat(given))
})
