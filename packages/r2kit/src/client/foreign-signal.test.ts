/** Signals of another realm or a polyfill, which end a call like those of the platform. */
import { describe, expect, test } from 'vitest'
import { fakeClient, objectHeaders } from '#test/support/fake-transport.js'
import { errorOf } from '#test/support/results.js'
import { abortError } from '../errors/index.js'

/** The part of a signal that listeners use, without the platform's class. */
class ForeignSignal {
  aborted = false
  reason: unknown
  readonly listeners = new Set<(event: unknown) => void>()

  addEventListener(_: string, listener: (event: unknown) => void): void {
    this.listeners.add(listener)
  }

  removeEventListener(_: string, listener: (event: unknown) => void): void {
    this.listeners.delete(listener)
  }

  abort(reason: unknown): void {
    this.aborted = true
    this.reason = reason
    for (const listener of this.listeners) listener.call(this, { type: 'abort' })
  }
}

const foreign = () => {
  const signal = new ForeignSignal()
  return { signal: signal as unknown as AbortSignal, own: signal }
}

/** A transport that waits until the request is aborted, and then rejects as transports have to. */
const silent = ({ signal }: { readonly signal?: AbortSignal | undefined }) =>
  new Promise<never>((_, reject) => signal?.addEventListener('abort', () => reject(abortError(signal))))

const object = { bucket: 'photos', key: 'k' }

describe('a signal of another realm', () => {
  test.each([{}, { timeoutMs: 60_000 }])(
    'a signal of another realm ends a call with the options %j',
    async (options) => {
      const { r2, transport, clock } = fakeClient(silent)
      const { signal, own } = foreign()
      const work = errorOf(r2.objects.get(object, { signal, ...options }))
      while (transport.sent.length === 0) await Promise.resolve()
      own.abort(new Error('enough'))
      expect(await work).toMatchObject({ code: 'Aborted', cause: own.reason })
      expect(clock.timers).toBe(0)
    },
  )

  test('a signal of another realm that has aborted ends the call before it is sent', async () => {
    const { r2, transport } = fakeClient(silent)
    const { signal, own } = foreign()
    own.abort(new Error('enough'))
    const keys = ['a']
    for (const work of [
      r2.objects.get(object, { signal, timeoutMs: 5 }),
      r2.objects.deleteObjects({ bucket: 'photos', keys }, { signal, timeoutMs: 5 }),
    ])
      expect(await errorOf(work)).toMatchObject({ code: 'Aborted' })
    expect(transport.sent).toEqual([])
  })

  test('a signal of another realm has no listener left after a call with timeoutMs', async () => {
    const { r2 } = fakeClient(() => ({ headers: objectHeaders(0) }))
    const { signal, own } = foreign()
    await r2.objects.get(object, { signal, timeoutMs: 60_000 })
    expect(own.listeners.size).toBe(0)
  })
})

test('a getter of the key is called once, even if the call fails', async () => {
  for (const bucket of ['photos', 'NOT A BUCKET']) {
    const { r2 } = fakeClient(() => ({ status: 404 }))
    let reads = 0
    const input = {
      bucket,
      get key() {
        reads++
        return 'k'
      },
    }
    await errorOf(r2.objects.get(input))
    expect(reads).toBe(1)
  }
})

test('an error names the bucket and key of the call as far as they could be read', async () => {
  const { r2 } = fakeClient(() => ({ status: 404 }))
  expect(await errorOf(r2.objects.get(object))).toMatchObject({ ...object, operation: 'GetObject' })
  const refused = await errorOf(r2.objects.get({ ...object, partNumber: 0 }))
  expect(refused).toMatchObject({ ...object, field: 'partNumber', operation: 'GetObject' })
})
