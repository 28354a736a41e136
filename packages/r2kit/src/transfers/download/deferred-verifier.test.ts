/** Downloads whose expected digest is not known yet. */
import { expect, test } from 'vitest'
import { downloadHarness, flushEventLoop } from '#test/support/download-harness.js'
import { objectOf } from '#test/support/object-server.js'
import { R2Error } from '../../errors/index.js'

const hundred = Uint8Array.from({ length: 100 }, (_, index) => index * 31)
const small = { rangeSizeBytes: 30 }

/** A server that responds to no HEAD until `release` is called. */
const harnessWithHeldHead = (response?: R2Error, partSizeBytes?: number) => {
  const harness = downloadHarness(objectOf(hundred, partSizeBytes))
  let release: () => void = () => undefined
  const held = new Promise<R2Error | undefined>((resolve) => {
    release = () => resolve(response)
  })
  harness.server.faultOfHead = () => held
  return { ...harness, release }
}

test('all ranges are fetched while the HEAD is pending, and verified afterwards', async () => {
  for (const partSizeBytes of [undefined, 20]) {
    const { server, clock, toBytes, release, isIdle } = harnessWithHeldHead(undefined, partSizeBytes)
    const download = toBytes(small)
    const done = download.then((result) => result)
    while (download.progress.bytes < 100) await flushEventLoop(1)
    expect(server.ranges).toEqual(['bytes=0-29', 'bytes=30-59', 'bytes=60-89', 'bytes=90-99'])
    expect(download.progress).toMatchObject({ bytes: 100, state: 'running' })
    release()
    const { body, verifiedBy } = await clock.run(done)
    expect(body).toEqual(hundred)
    expect(verifiedBy).toBe('etag')
    expect(isIdle()).toBe(true)
  }
})

test('wrong bytes that arrived before the response to the HEAD are detected', async () => {
  const { server, clock, toBytes, release } = harnessWithHeldHead()
  server.faultOf = ({ index }) =>
    index === 2 ? (response) => ({ ...response, bytes: response.bytes.map((byte) => byte ^ 1) }) : undefined
  const outcome = toBytes(small).then(
    () => 'verified',
    (error: unknown) => error,
  )
  await flushEventLoop()
  release()
  expect(await clock.run(outcome)).toMatchObject({ code: 'IntegrityMismatch' })
})

test('a stream fills its window while the HEAD is pending, but delivers no byte', async () => {
  const { server, clock, toStream, release } = harnessWithHeldHead()
  const download = toStream(small)
  const reader = download.body.getReader()
  let isRead = false
  const first = reader.read().then((result) => {
    isRead = true
    return result
  })
  while (server.ranges.length < 4) await flushEventLoop(1)
  await flushEventLoop()
  expect(server.ranges).toHaveLength(4)
  expect(isRead).toBe(false)
  release()
  expect((await clock.run(first)).value?.[0]).toBe(hundred[0])
  await reader.cancel()
  await expect(download.then((done) => done)).rejects.toMatchObject({ code: 'Aborted' })
})

test.each(['bytes', 'stream'] as const)(
  'a final error of the HEAD fails a download to %s, and ends its requests',
  async (to) => {
    const { clock, toBytes, toStream, collect, release, isIdle } = harnessWithHeldHead(
      new R2Error('TlsFailed', 'final'),
    )
    const work = to === 'bytes' ? toBytes(small).then((done) => done) : collect(toStream(small))
    const outcome = work.catch((error: unknown) => error)
    await flushEventLoop()
    release()
    expect(await clock.run(outcome)).toMatchObject({ code: 'TlsFailed' })
    expect(isIdle()).toBe(true)
  },
)

test.each([
  ['for the expected digest', undefined],
  ['for the offset of a suffix', { suffix: 100 }],
])('the HEAD %s is retried until the server is no longer busy, as ranges are', async (_, range) => {
  const { server, clock, toBytes, isIdle } = downloadHarness(objectOf(hundred))
  const isBusy = () => clock.monotonicMs() < 20_000
  server.faultOfHead = () =>
    isBusy()
      ? () => ({ status: 503, headers: {}, bytes: new TextEncoder().encode('<Error><Code>SlowDown</Code></Error>') })
      : undefined
  const { body, verifiedBy } = await clock.run(toBytes({ ...small, ...(range && { range }) }).then((done) => done))
  expect(body).toEqual(hundred)
  expect(verifiedBy).toBe('etag')
  expect(isIdle()).toBe(true)
})
