import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { type FakeResponse, fakeClient, type Script, streamOf } from '#test/support/fake-transport.js'
import { errorOf } from '#test/support/results.js'
import { type ErrorCode, R2Error } from '../../errors/index.js'

const keys = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `k${String(index).padStart(7, '0')}`)

const entry = (key: string): string =>
  `<Contents><Key>${key}</Key><Size>1</Size><ETag>"e"</ETag><LastModified>2026-01-01T00:00:00Z</LastModified></Contents>`

interface Page {
  readonly objects: readonly string[]
  /** The document without its end, which contains the continuation token. */
  readonly body: string
  readonly end: string
}

/** A bucket that evaluates token, start-after and max-keys as R2 does. */
const pageOf = (all: readonly string[], query: string): Page => {
  const parameters = new URLSearchParams(query)
  const after = parameters.get('continuation-token') ?? parameters.get('start-after') ?? ''
  const left = all.filter((key) => key > after)
  const objects = left.slice(0, Math.min(1000, Number(parameters.get('max-keys') ?? 1000)))
  const isTruncated = objects.length < left.length
  const token = isTruncated ? `<NextContinuationToken>${objects.at(-1)}</NextContinuationToken>` : ''
  return {
    objects,
    body: `<ListBucketResult>${objects.map(entry).join('')}`,
    end: `<IsTruncated>${isTruncated}</IsTruncated>${token}</ListBucketResult>`,
  }
}

const bucketOf =
  (all: readonly string[]): Script =>
  ({ query }) => {
    const { body, end } = pageOf(all, query)
    return { body: body + end }
  }

/** The same bucket, whose pages break off after `breakAt(number)` objects; undefined for a whole page. */
const brittle = (all: readonly string[], breakAt: (number: number) => number | undefined, code: ErrorCode): Script => {
  return ({ query }, number): FakeResponse => {
    const { objects, body, end } = pageOf(all, query)
    const broken = breakAt(number)
    if (broken === undefined) return { body: body + end }
    const start = `<ListBucketResult>${objects.slice(0, broken).map(entry).join('')}`
    return { body: streamOf(start, '<Contents><Key>half', new R2Error(code, 'broke off')) }
  }
}

const collected = async (list: AsyncIterable<{ readonly key: string }>): Promise<string[]> => {
  const seen: string[] = []
  for await (const { key } of list) seen.push(key)
  return seen
}

const bucket = 'photos'

describe('all objects', () => {
  test('listAll yields each object once, in order, over many pages', async () => {
    const all = keys(4_321)
    const { r2, transport } = fakeClient(bucketOf(all))
    expect(await collected(r2.objects.listAll({ bucket }))).toEqual(all)
    expect(transport.sent).toHaveLength(5)
  })

  test('listAll yields nothing for an empty bucket', async () => {
    const { r2, transport } = fakeClient(bucketOf([]))
    expect(await collected(r2.objects.listAll({ bucket }))).toEqual([])
    expect(transport.sent).toHaveLength(1)
  })

  test('listAll sends nothing before the iteration begins, and each iteration lists from the start', async () => {
    const { r2, transport } = fakeClient(bucketOf(keys(2)))
    const list = r2.objects.listAll({ bucket })
    expect(transport.sent).toHaveLength(0)
    expect(await collected(list)).toHaveLength(2)
    expect(await collected(list)).toHaveLength(2)
    expect(transport.sent).toHaveLength(2)
  })

  test('a page is requested only after the previous one has been consumed', async () => {
    const { r2, transport } = fakeClient(bucketOf(keys(30)))
    const iterator = r2.objects.listAll({ bucket, pageSize: 10 })[Symbol.asyncIterator]()
    for (let taken = 0; taken < 10; taken++) await iterator.next()
    expect(transport.sent).toHaveLength(1)
    await iterator.next()
    expect(transport.sent).toHaveLength(2)
    await iterator.return?.()
  })

  test('objects are yielded before their page has ended', async () => {
    let end: (() => void) | undefined
    const { body, end: rest } = pageOf(keys(3), '')
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(Buffer.from(body))
        end = () => {
          controller.enqueue(Buffer.from(rest))
          controller.close()
        }
      },
    })
    const { r2 } = fakeClient(() => ({ body: stream }))
    const iterator = r2.objects.listAll({ bucket })[Symbol.asyncIterator]()
    expect((await iterator.next()).value).toMatchObject({ key: 'k0000000' })
    end?.()
    expect((await iterator.next()).value).toMatchObject({ key: 'k0000001' })
    expect((await iterator.next()).value).toMatchObject({ key: 'k0000002' })
    expect((await iterator.next()).done).toBe(true)
  })

  test('ending the iteration within a page cancels the response', async () => {
    let cancelled = false
    const stream = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(Buffer.from(pageOf(keys(10), '').body)),
      cancel() {
        cancelled = true
      },
    })
    const { r2 } = fakeClient(() => ({ body: stream }))
    for await (const { key } of r2.objects.listAll({ bucket })) {
      expect(key).toBe('k0000000')
      break
    }
    expect(cancelled).toBe(true)
  })
})

describe('limits', () => {
  test.each([0, 1, 999, 1000, 1001, 2500])('maxObjects: %i ends the list after as many objects', async (maxObjects) => {
    const all = keys(2_200)
    const { r2, transport } = fakeClient(bucketOf(all))
    expect(await collected(r2.objects.listAll({ bucket, maxObjects }))).toEqual(all.slice(0, maxObjects))
    expect(transport.sent).toHaveLength(Math.ceil(Math.min(maxObjects, 2_200) / 1000))
  })

  test('the last page is requested with the number of objects that are left', async () => {
    const { r2, transport } = fakeClient(bucketOf(keys(50)))
    await collected(r2.objects.listAll({ bucket, maxObjects: 25, pageSize: 10 }))
    expect(transport.sent.map(({ query }) => new URLSearchParams(query).get('max-keys'))).toEqual(['10', '10', '5'])
  })

  test('collect returns the first objects up to its limit', async () => {
    const { r2 } = fakeClient(bucketOf(keys(30)))
    const list = r2.objects.listAll({ bucket, pageSize: 7 })
    expect((await list.collect(20)).map(({ key }) => key)).toEqual(keys(20))
    expect(await list.collect(100)).toHaveLength(30)
    expect(await list.collect(0)).toEqual([])
  })

  test('pages contain tokens, and a list continues from one', async () => {
    const all = keys(25)
    const { r2 } = fakeClient(bucketOf(all))
    const pages = []
    for await (const page of r2.objects.listAll({ bucket, pageSize: 10 }).pages()) pages.push(page)
    expect(pages.map(({ objects }) => objects.length)).toEqual([10, 10, 5])
    const continuationToken = pages[0]?.nextContinuationToken ?? ''
    expect(await collected(r2.objects.listAll({ bucket, continuationToken }))).toEqual(all.slice(10))
    expect(await collected(r2.objects.listAll({ bucket, startAfter: 'k0000019' }))).toEqual(all.slice(20))
  })

  test('prefix, delimiter and owner are sent with every page, startAfter with the first only', async () => {
    const { r2, transport } = fakeClient(bucketOf(keys(3)))
    const input = { bucket, prefix: 'k', delimiter: '/', fetchOwner: true, startAfter: 'a', pageSize: 2 }
    await collected(r2.objects.listAll(input))
    expect(transport.sent.map(({ query }) => query)).toEqual([
      'delimiter=%2F&encoding-type=url&fetch-owner=true&list-type=2&max-keys=2&prefix=k&start-after=a',
      'continuation-token=k0000001&delimiter=%2F&encoding-type=url&fetch-owner=true&list-type=2&max-keys=2&prefix=k',
    ])
  })
})

describe('a page that breaks off', () => {
  test.each<ErrorCode>(['StreamInterrupted', 'ConnectionReset'])(
    'a page that breaks off with %s continues after its last key, so that every key is yielded once',
    async (code) => {
      const all = keys(3_500)
      const script = brittle(all, (number) => (number % 2 === 1 ? 600 : undefined), code)
      const { r2, transport, clock } = fakeClient(script)
      expect(await clock.run(collected(r2.objects.listAll({ bucket })))).toEqual(all)
      expect(new URLSearchParams(transport.sent[1]?.query).get('start-after')).toBe('k0000599')
    },
  )

  test('every page may break off as long as each yields an object', async () => {
    const all = keys(60)
    const { r2, clock } = fakeClient(brittle(all, (number) => (number < 55 ? 1 : undefined), 'StreamInterrupted'))
    expect(await clock.run(collected(r2.objects.listAll({ bucket })))).toEqual(all)
  })

  test('a page that breaks off without an object is requested four times, with growing delays', async () => {
    const { r2, transport, clock } = fakeClient(brittle(keys(10), () => 0, 'StreamInterrupted'))
    const before = clock.now()
    const work = collected(r2.objects.listAll({ bucket }, { maxAttempts: 1 }))
    expect(await clock.run(errorOf(work))).toMatchObject({ code: 'StreamInterrupted' })
    expect(transport.sent).toHaveLength(4)
    expect(clock.now() - before).toBe(50 + 100 + 200)
  })

  test('an abort ends the wait before a page is requested again', async () => {
    const controller = new AbortController()
    const { r2, transport, clock } = fakeClient(brittle(keys(10), () => 0, 'StreamInterrupted'))
    const work = errorOf(collected(r2.objects.listAll({ bucket }, { signal: controller.signal })))
    await clock.advance(20)
    controller.abort()
    expect(await work).toMatchObject({ code: 'Aborted' })
    expect([transport.sent.length, clock.timers]).toEqual([1, 0])
  })

  test('maxObjects counts the objects that were yielded before a page broke off', async () => {
    const all = keys(100)
    const { r2, clock } = fakeClient(brittle(all, (number) => (number === 1 ? 30 : undefined), 'StreamInterrupted'))
    const objects = collected(r2.objects.listAll({ bucket, maxObjects: 50 }))
    expect(await clock.run(objects)).toEqual(all.slice(0, 50))
  })

  test('an error other than a broken page ends the list', async () => {
    const script = bucketOf(keys(9))
    const { r2, clock } = fakeClient((request, number) => (number === 1 ? script(request, number) : { status: 403 }))
    const seen: string[] = []
    const work = async () => {
      for await (const { key } of r2.objects.listAll({ bucket, pageSize: 5 })) seen.push(key)
    }
    expect(await clock.run(errorOf(work()))).toMatchObject({ code: 'AccessDenied', operation: 'ListObjectsV2', bucket })
    expect(seen).toEqual(keys(5))
  })

  test('a truncated page without a continuation token is an error', async () => {
    const response = { body: `<ListBucketResult>${entry('a')}<IsTruncated>true</IsTruncated></ListBucketResult>` }
    const { r2 } = fakeClient(() => response)
    expect(await errorOf(collected(r2.objects.listAll({ bucket })))).toMatchObject({ code: 'InvalidResponse' })
    const pages = async () => {
      for await (const page of r2.objects.listAll({ bucket }).pages()) expect(page.objects).toHaveLength(1)
    }
    expect(await errorOf(pages())).toMatchObject({ code: 'InvalidResponse' })
  })
})

test('listAll needs the memory of one page, whatever the number of objects', async () => {
  setFlagsFromString('--expose-gc')
  const collectGarbage: () => void = runInNewContext('gc')
  const heap = () => {
    collectGarbage()
    return process.memoryUsage().heapUsed
  }
  const page = Array.from({ length: 1000 }, (_, index) => entry(`k${index}-${'x'.repeat(200)}`)).join('')
  const { r2, transport } = fakeClient((_, number) => ({
    body: `<ListBucketResult>${page}<IsTruncated>${number < 100}</IsTruncated><NextContinuationToken>${number}</NextContinuationToken></ListBucketResult>`,
  }))
  let count = 0
  let highest = 0
  const before = heap()
  for await (const { size } of r2.objects.listAll({ bucket })) {
    count += size
    if (count % 20_000 === 10_000) highest = Math.max(highest, heap() - before)
  }
  expect(count).toBe(100_000)
  expect(transport.sent).toHaveLength(100)
  // All objects together have over 30 MB, a page 0.3 MB.
  expect(highest).toBeLessThan(8_000_000)
})
