import { expect, test } from 'vitest'
import { hashedBody } from './hashed-body.js'

test('each chunk of a hashed body is hashed once, before it is sent', async () => {
  const order: string[] = []
  const source = async function* () {
    yield Uint8Array.of(1)
    yield Uint8Array.of(2, 3)
  }
  for await (const chunk of hashedBody(source(), (hashed) => order.push(`hash ${hashed}`))) order.push(`send ${chunk}`)
  expect(order).toEqual(['hash 1', 'send 1', 'hash 2,3', 'send 2,3'])
})

test('cancelling a hashed body reaches a source that has stalled', async () => {
  let isCancelled = false
  const stalled: AsyncIterable<Uint8Array> = {
    [Symbol.asyncIterator]: () => ({
      next: () => new Promise(() => undefined),
      async return() {
        isCancelled = true
        return { done: true, value: undefined }
      },
    }),
  }
  const iterator = hashedBody(stalled, () => expect.fail('there is nothing to hash'))[Symbol.asyncIterator]()
  iterator.next()
  await iterator.return?.()
  expect(isCancelled).toBe(true)
})
