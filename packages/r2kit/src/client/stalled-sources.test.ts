/** Bodies that are read before their request is sent, from sources that stall: the call ends when it is asked to. */
import { describe, expect, test, vi } from 'vitest'
import { fakeClient } from '#test/support/fake-transport.js'
import { errorOf } from '#test/support/results.js'
import { bucket, uploadHarness } from '#test/support/upload-harness.js'

/** A stream that yields nothing, and counts its cancellations. */
const stalled = () => {
  const cancel = vi.fn()
  return { cancel, stream: new ReadableStream<Uint8Array>({ cancel }) }
}

/** A Blob whose bytes do not arrive, as those of a file on a server that is gone. @param whole streams that are read before */
const stalledBlob = (stream: ReadableStream, ...whole: ReadableStream[]): Blob => {
  const blob = { size: 5, type: '', slice: () => blob, stream: () => whole.shift() ?? stream }
  return blob as unknown as Blob
}

const sources = {
  'a stream that is declared empty': (stream: ReadableStream) => ({ body: stream, contentLength: 0 }),
  'a Blob, which is read for its checksum': (stream: ReadableStream) => ({ body: stalledBlob(stream) }),
} as const

describe.each(Object.entries(sources))('a put of %s', (_, bodyOf) => {
  const object = { bucket: 'photos', key: 'cat.jpg' }

  test('ends when its signal aborts', async () => {
    const { r2, transport } = fakeClient()
    const abort = new AbortController()
    const put = r2.objects.put({ ...object, ...bodyOf(stalled().stream) }, { signal: abort.signal })
    abort.abort()
    expect(await errorOf(put)).toMatchObject({ code: 'Aborted', ...object })
    expect(transport.sent).toEqual([])
  })

  test('ends with its timeout', async () => {
    const { r2, clock } = fakeClient()
    const put = r2.objects.put({ ...object, ...bodyOf(stalled().stream) }, { timeoutMs: 20_000 })
    expect(await clock.run(errorOf(put))).toMatchObject({ code: 'Timeout', operation: 'PutObject' })
  })

  test('ends when its client is disposed', async () => {
    const { r2 } = fakeClient()
    const put = r2.objects.put({ ...object, ...bodyOf(stalled().stream) })
    await r2.dispose()
    expect(await errorOf(put)).toMatchObject({ code: 'ClientClosed' })
  })
})

test.each([
  ['read for its checksum', 0],
  ['sent', 1],
])(
  'an upload of a Blob that stalls while it is %s ends when it is aborted, and cancels the Blob',
  async (_, readings) => {
    await using harness = await uploadHarness()
    const { stream, cancel } = stalled()
    const whole = Array.from({ length: readings }, () => new Blob(['bytes']).stream())
    const transfer = harness.r2.transfers.upload(stalledBlob(stream, ...whole), { bucket, key: 'k' })
    await vi.waitFor(() => expect(stream.locked).toBe(true))
    transfer.abort()
    expect(await errorOf(transfer.then())).toMatchObject({ code: 'Aborted' })
    expect(cancel).toHaveBeenCalledTimes(1)
  },
)
