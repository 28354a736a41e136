/** Requirement 3.4: every call takes the time limits of its attempts, and each limit reaches the requests that it is about. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ObjectList, R2Error, type RequestBounds, type Timeouts } from 'r2kit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fakeClient, objectHeaders, streamOf } from '../support/fake-transport.js'
import { sampleOf } from '../support/inputs/argument-locations.js'
import { cases } from '../support/inputs/method-cases.js'
import { errorOf } from '../support/results.js'
import { bucket, uploadHarness } from '../support/upload-harness.js'

/** Each limit has a value of its own, so that a request shows which one it has. */
const timeouts: Required<Timeouts> = {
  smallObjectMs: 11_001,
  largeObjectMs: 11_002,
  listMs: 11_003,
  partMs: 11_004,
  stallTimeoutMs: 11_005,
  connectMs: 11_006,
}
const attemptLimits = [timeouts.smallObjectMs, timeouts.largeObjectMs, timeouts.listMs, timeouts.partMs]

const requireLimits = (requests: readonly { readonly bounds: RequestBounds }[]): void => {
  expect(requests).not.toHaveLength(0)
  for (const { bounds } of requests) {
    expect(bounds).toMatchObject({ stallTimeoutMs: timeouts.stallTimeoutMs, connectTimeoutMs: timeouts.connectMs })
    expect(attemptLimits).toContain(bounds.timeoutMs)
    if (bounds.largeResponse !== undefined) expect(bounds.largeResponse.timeoutMs).toBe(timeouts.largeObjectMs)
  }
}

const withOptions = cases.filter(
  ({ takes, name }) => takes.at(-1)?.name === 'options' && !name.startsWith('transfers.'),
)

test.each(withOptions.map((entry) => [entry.name, entry] as const))(
  '%s takes the time limits of its attempts as an option',
  async (_, { method, takes }) => {
    const { r2, transport } = fakeClient(() => new R2Error('AccessDenied', 'enough'))
    const values = takes.slice(0, -1).map(({ kind }) => (kind.is === 'scalar' ? kind.good[0]?.() : sampleOf(kind)))
    const returned = Reflect.apply(method(r2), undefined, [...values, { timeouts }]) as Promise<unknown> | ObjectList
    await errorOf('pages' in returned ? returned.pages().next() : returned)
    requireLimits(transport.sent)
  },
)

test('a limit that a call leaves out is that of the client', async () => {
  const { r2, transport } = fakeClient(() => ({ status: 400 }), { timeouts: { stallTimeoutMs: 7, smallObjectMs: 8 } })
  await errorOf(r2.objects.get({ bucket, key: 'k' }, { timeouts: { smallObjectMs: 9 } }))
  expect(transport.sent[0]).toMatchObject({
    bounds: { timeoutMs: 9, stallTimeoutMs: 7, largeResponse: { timeoutMs: 300_000 } },
  })
})

test('the requests that a call makes by itself have the limits of the call', async () => {
  const { r2, transport, clock } = fakeClient(({ method }, number) => {
    if (method === 'HEAD') return { status: 404 }
    if (number === 1)
      return { headers: objectHeaders(4), body: streamOf('ab', new R2Error('StreamInterrupted', 'cut')) }
    if (method === 'PUT') return new R2Error('ConnectionReset', 'lost')
    return { status: 206, headers: objectHeaders(2, { 'content-range': 'bytes 2-3/4' }), body: 'cd' }
  })
  const { body } = await r2.objects.getStream({ bucket, key: 'k' }, { timeouts })
  await clock.run(new Response(body as ReadableStream<Uint8Array<ArrayBuffer>>).text())
  await clock.run(errorOf(r2.objects.put({ bucket, key: 'k', body: 'x', ifNoneMatch: '*' }, { timeouts })))
  expect(new Set(transport.sent.map(({ method }) => method))).toEqual(new Set(['GET', 'PUT', 'HEAD']))
  requireLimits(transport.sent)
})

test('a list is bounded until it ends, and a streamed read until its headers arrive', async () => {
  const { r2, transport } = fakeClient(() => ({ status: 400 }))
  await errorOf(r2.objects.list({ bucket }))
  await errorOf(r2.objects.getStream({ bucket, key: 'k' }))
  expect(transport.sent.map(({ bounds }) => bounds.timeoutCovers)).toEqual(['response', 'head'])
})

describe('transfers', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'r2kit-timeouts-'))
    await writeFile(join(folder, 'file'), 'three')
  })
  afterAll(() => rm(folder, { recursive: true }))

  test('every request of every transfer has the limits of the transfer', async () => {
    await using harness = await uploadHarness()
    const { r2, transport } = harness
    const object = { bucket, key: 'p/key' }
    const options = { timeouts }
    transport.seen.length = 0
    await r2.transfers.upload(new Uint8Array(3), object, options)
    await r2.transfers.upload(new Uint8Array(3), { ...object, ifNoneMatch: 'x' }, { ...options, thresholdBytes: 1 })
    await r2.transfers.upload(new Blob(['three']).stream(), object, options)
    await r2.transfers.upload({ path: join(folder, 'file') }, object, { ...options, thresholdBytes: 1 })
    await r2.transfers.uploadDirectory(folder, { bucket, prefix: 'p' }, options)
    await r2.transfers.download(object, 'bytes', options)
    await r2.transfers.download({ ...object, range: { suffix: 2 } }, 'bytes', options)
    await new Response(
      r2.transfers.download(object, 'stream', options).body as ReadableStream<Uint8Array<ArrayBuffer>>,
    ).text()
    await r2.transfers.download(object, { path: join(folder, 'target') }, options)
    await r2.transfers.downloadDirectory({ bucket, prefix: 'p' }, join(folder, 'out'), options)
    requireLimits(transport.seen.map(({ request }) => request))
    const names = new Set(transport.seen.map(({ name }) => name))
    expect(names).toEqual(
      new Set(['PutObject', 'CreateMultipartUpload', 'UploadPart', 'CompleteMultipartUpload', 'HeadObject', 'other']),
    )
  })
})
