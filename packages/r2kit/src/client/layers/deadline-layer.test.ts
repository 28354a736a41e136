import { expect, test } from 'vitest'
import { fakeClient, objectHeaders } from '#test/support/fake-transport.js'

const object = { bucket: 'photos', key: 'cat' }
const once = { timeoutMs: 600_000, resume: false }

test('the timeout of a call with a streamed response ends when the body has been read', async () => {
  const { r2, clock } = fakeClient(() => ({ headers: objectHeaders(3), body: 'abc' }))
  const { body } = await r2.objects.getStream(object, once)
  expect(clock.timers).toBe(1)
  const chunks: Uint8Array[] = []
  for await (const chunk of body) chunks.push(chunk)
  expect(Buffer.concat(chunks).toString()).toBe('abc')
  expect(clock.timers).toBe(0)
})

test('the timeout of a call with a streamed response ends when the body is cancelled', async () => {
  const { r2, clock } = fakeClient(() => ({ headers: objectHeaders(3), body: 'abc' }))
  const { body } = await r2.objects.getStream(object, once)
  await body.cancel()
  expect(clock.timers).toBe(0)
})

test('the timeout of a call with a streamed response ends when the body fails', async () => {
  const broken = new ReadableStream<Uint8Array>({ start: (controller) => controller.error(new Error('broken')) })
  const { r2, clock } = fakeClient(() => ({ headers: objectHeaders(3), body: broken }))
  const { body } = await r2.objects.getStream(object, once)
  await expect(body.getReader().read()).rejects.toThrow('broken')
  expect(clock.timers).toBe(0)
})
