import { expect, test } from 'vitest'
import { fakeClient } from '#test/support/fake-transport.js'
import { abortError } from '../../errors/index.js'
import { prefetchPages } from './prefetch-pages.js'

const pages = (events: string[], failing?: number) =>
  (async function* () {
    for (const page of [1, 2, 3]) {
      events.push(`requested ${page}`)
      if (page === failing) throw new Error(`page ${page}`)
      yield page
    }
  })()

test('a page is requested while the one before it is processed, and no earlier', async () => {
  const events: string[] = []
  for await (const page of prefetchPages(pages(events))) {
    await new Promise(setImmediate)
    events.push(`done with ${page}`)
  }
  expect(events).toEqual(['requested 1', 'requested 2', 'done with 1', 'requested 3', 'done with 2', 'done with 3'])
})

test('a prefetched page that fails rejects in its turn, and not at all if the consumer stops before', async () => {
  const seen: number[] = []
  const list = async (until: number) => {
    for await (const page of prefetchPages(pages([], 2))) {
      seen.push(page)
      await new Promise(setImmediate)
      if (page === until) return
    }
  }
  await list(1)
  await expect(list(3)).rejects.toThrow('page 2')
  expect(seen).toEqual([1, 1])
})

test('the request for a prefetched page is cancelled if the consumer stops', async () => {
  const { r2, transport } = fakeClient(
    ({ signal }, number) =>
      new Promise((resolve) => {
        const body = `<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken></ListBucketResult>`
        if (number === 1) resolve({ body })
        else signal?.addEventListener('abort', () => resolve(abortError(signal)))
      }),
  )
  for await (const page of prefetchPages(r2.objects.listAll({ bucket: 'photos' }).pages())) {
    expect(page.objects).toEqual([])
    await new Promise(setImmediate)
    break
  }
  expect(transport.sent.map(({ signal }) => signal?.aborted)).toEqual([true, true])
})
