/** All lists of a client, by the same tests: pages, items, collection, resumption from a marker, and early returns. */
import { describe, expect, onTestFinished, test } from 'vitest'
import { type FakeResponse, fakeClient, testCredentials } from '#test/support/fake-transport.js'
import { type Peer, rawServer } from '#test/support/raw-server.js'
import { errorOf } from '#test/support/results.js'
import { abortError } from '../../errors/index.js'
import { R2Client } from '../../r2-client.js'
import type { CallOptions } from '../operation.js'
import type { PagedList } from './paged-list.js'

interface Place {
  readonly pageSize?: number
  /** The name of the last item before. */
  readonly marker?: string | undefined
}

interface ListCase {
  readonly name: string
  /** The list from a marker on. */
  list(r2: R2Client, place?: Place, options?: CallOptions): PagedList<unknown, object>
  /** The name of an item. */
  nameOf(item: never): string
  /** The marker of the next page. */
  markerOf(page: never): string | undefined
  /** Makes the document of a page. */
  page(names: readonly string[], isTruncated: boolean): string
  /** The parameters of marker and page size. */
  readonly parameters: readonly [marker: string, size: string]
}

const dated = (element: string) => `<${element}>2026-01-01T00:00:00Z</${element}>`
const truncation = (isTruncated: boolean, marker: string) =>
  `<IsTruncated>${isTruncated}</IsTruncated>${isTruncated ? marker : ''}`
const upload = { bucket: 'photos', key: 'film.mp4', uploadId: 'u' }

const cases: readonly ListCase[] = [
  {
    name: 'objects.listAll',
    list: (r2, { pageSize, marker: continuationToken } = {}, options) =>
      r2.objects.listAll({ bucket: 'photos', pageSize, continuationToken }, options),
    nameOf: ({ key }: { key: string }) => key,
    markerOf: ({ nextContinuationToken }: { nextContinuationToken?: string }) => nextContinuationToken,
    page: (names, isTruncated) =>
      `<ListBucketResult>${names
        .map((name) => `<Contents><Key>${name}</Key><Size>1</Size><ETag>"e"</ETag>${dated('LastModified')}</Contents>`)
        .join(
          '',
        )}${truncation(isTruncated, `<NextContinuationToken>${names.at(-1)}</NextContinuationToken>`)}</ListBucketResult>`,
    parameters: ['continuation-token', 'max-keys'],
  },
  {
    name: 'buckets.listAll',
    list: (r2, { pageSize, marker: continuationToken } = {}, options) =>
      r2.buckets.listAll({ pageSize, continuationToken }, options),
    nameOf: ({ name }: { name: string }) => name,
    markerOf: ({ nextContinuationToken }: { nextContinuationToken?: string }) => nextContinuationToken,
    page: (names, isTruncated) =>
      `<ListAllMyBucketsResult><Buckets>${names
        .map((name) => `<Bucket><Name>${name}</Name>${dated('CreationDate')}</Bucket>`)
        .join(
          '',
        )}</Buckets>${truncation(isTruncated, `<NextContinuationToken>${names.at(-1)}</NextContinuationToken>`)}</ListAllMyBucketsResult>`,
    parameters: ['continuation-token', 'max-keys'],
  },
  {
    name: 'multipart.listAllUploads',
    list: (r2, { pageSize, marker: keyMarker } = {}, options) =>
      r2.multipart.listAllUploads({ bucket: 'photos', pageSize, keyMarker }, options),
    nameOf: ({ key }: { key: string }) => key,
    markerOf: ({ nextKeyMarker }: { nextKeyMarker?: string }) => nextKeyMarker,
    page: (names, isTruncated) =>
      `<ListMultipartUploadsResult>${names
        .map((name) => `<Upload><Key>${name}</Key><UploadId>u</UploadId>${dated('Initiated')}</Upload>`)
        .join(
          '',
        )}${truncation(isTruncated, `<NextKeyMarker>${names.at(-1)}</NextKeyMarker><NextUploadIdMarker>u</NextUploadIdMarker>`)}</ListMultipartUploadsResult>`,
    parameters: ['key-marker', 'max-uploads'],
  },
  {
    name: 'multipart.listAllParts',
    list: (r2, { pageSize, marker } = {}, options) => {
      const partNumberMarker = marker === undefined ? undefined : Number(marker)
      return r2.multipart.listAllParts({ ...upload, pageSize, partNumberMarker }, options)
    },
    nameOf: ({ partNumber }: { partNumber: number }) => String(partNumber),
    markerOf: ({ nextPartNumberMarker: marker }: { nextPartNumberMarker?: number }) =>
      marker === undefined ? undefined : String(marker),
    page: (names, isTruncated) =>
      `<ListPartsResult>${names
        .map(
          (name) =>
            `<Part><PartNumber>${name}</PartNumber><Size>9</Size><ETag>"e"</ETag>${dated('LastModified')}</Part>`,
        )
        .join(
          '',
        )}${truncation(isTruncated, `<NextPartNumberMarker>${names.at(-1)}</NextPartNumberMarker>`)}</ListPartsResult>`,
    parameters: ['part-number-marker', 'max-parts'],
  },
]

const names = Array.from({ length: 25 }, (_, index) => String(100 + index))

/** A server that evaluates marker and page size as R2 does. */
const serve =
  ({ page, parameters: [marker, size] }: ListCase) =>
  ({ query }: { readonly query: string }): FakeResponse => {
    const parameters = new URLSearchParams(query)
    const left = names.filter((name) => name > (parameters.get(marker) ?? ''))
    const found = left.slice(0, Number(parameters.get(size) ?? 1000))
    return { body: page(found, found.length < left.length) }
  }

const namesOf = async ({ nameOf }: ListCase, list: AsyncIterable<unknown>): Promise<string[]> => {
  const found: string[] = []
  for await (const item of list) found.push(nameOf(item as never))
  return found
}

describe.each(cases.map((entry) => [entry.name, entry] as const))('%s', (name, entry) => {
  test(`${name} yields each item once, over all pages, and each iteration lists from the start`, async () => {
    const { r2, transport } = fakeClient(serve(entry))
    const list = entry.list(r2, { pageSize: 10 })
    expect(transport.sent).toHaveLength(0)
    expect(await namesOf(entry, list)).toEqual(names)
    expect(await namesOf(entry, list)).toEqual(names)
    expect(transport.sent).toHaveLength(6)
  })

  test(`${name} requests a page only after the one before it has been consumed`, async () => {
    const { r2, transport } = fakeClient(serve(entry))
    const items = entry.list(r2, { pageSize: 10 })[Symbol.asyncIterator]()
    for (let taken = 0; taken < 10; taken++) await items.next()
    expect(transport.sent).toHaveLength(1)
    await items.next()
    expect(transport.sent).toHaveLength(2)
    await items.return()
  })

  test(`${name} collects the first items up to a limit`, async () => {
    const { r2, transport } = fakeClient(serve(entry))
    const items = await entry.list(r2, { pageSize: 10 }).collect(12)
    expect(items.map((item) => entry.nameOf(item as never))).toEqual(names.slice(0, 12))
    expect(transport.sent).toHaveLength(2)
    expect(await errorOf(entry.list(r2).collect(-1))).toMatchObject({ code: 'InvalidInput', field: 'limit' })
  })

  test(`${name} yields pages, and a later list continues from the marker of one`, async () => {
    const { r2 } = fakeClient(serve(entry))
    const pages: object[] = []
    for await (const page of entry.list(r2, { pageSize: 10 }).pages()) pages.push(page)
    expect(pages).toHaveLength(3)
    const marker = entry.markerOf(pages[0] as never)
    expect(await namesOf(entry, entry.list(r2, { pageSize: 10, marker }))).toEqual(names.slice(10))
  })

  test(`${name} rejects a truncated page without a marker, or with a repeated one`, async () => {
    const page = entry.page(['100'], true)
    const bare = page.replace(/<Next.*(?=<\/List)/, '')
    for (const body of [page, bare]) {
      const { r2, transport } = fakeClient(() => ({ body }))
      expect(await errorOf(namesOf(entry, entry.list(r2)))).toMatchObject({ code: 'InvalidResponse' })
      expect(transport.sent.length).toBeLessThan(4)
    }
  })

  test(`${name} is cancelled by the signal of the call, with its reason`, async () => {
    const controller = new AbortController()
    const { r2 } = fakeClient(async ({ signal }) => {
      controller.abort('enough')
      return abortError(signal)
    })
    const pages = entry.list(r2, {}, { signal: controller.signal }).pages()
    expect(await errorOf(pages.next())).toMatchObject({ code: 'Aborted', cause: 'enough' })
  })

  test(`${name} cancels the request in flight when the iteration returns`, async () => {
    let arrive: (peer: Peer) => void = () => undefined
    const server = await rawServer(async (peer) => {
      await peer.request()
      arrive(peer)
    })
    const r2 = new R2Client({ endpoint: server.origin, credentials: testCredentials })
    onTestFinished(async () => {
      await r2.dispose()
      await server[Symbol.asyncDispose]()
    })
    for (const iterate of ['pages', Symbol.asyncIterator] as const) {
      const arrival = new Promise<Peer>((resolve) => {
        arrive = resolve
      })
      const iterator = entry.list(r2)[iterate]()
      const pending = iterator.next()
      const peer = await arrival
      expect(await iterator.return()).toEqual({ done: true, value: undefined })
      expect(await pending).toEqual({ done: true, value: undefined })
      expect(await iterator.next()).toEqual({ done: true, value: undefined })
      await peer.closed()
    }
    expect(server.peers).toHaveLength(2)
  })
})
