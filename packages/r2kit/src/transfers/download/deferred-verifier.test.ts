/** What a download does until it knows what the whole has to be. */
import { expect, test } from 'vitest'
import { downloadHarness, flushEventLoop } from '#test/support/download-harness.js'
import { objectOf } from '#test/support/object-server.js'
import { R2Error } from '../../errors/index.js'

const hundred = Uint8Array.from({ length: 100 }, (_, index) => index * 31)
const small = { rangeSizeBytes: 30 }

/** A server that answers no HEAD until it is told to. */
const heldWorld = (response?: R2Error, partSizeBytes?: number) => {
  const harness = downloadHarness(objectOf(hundred, partSizeBytes))
  let release: () => void = () => undefined
  const held = new Promise<R2Error | undefined>((resolve) => {
    release = () => resolve(response)
  })
  harness.server.faultOfHead = () => held
  return { ...harness, release }
}

test('all ranges come while the HEAD is under way, and are verified afterwards', async () => {
  for (const partSizeBytes of [undefined, 20]) {
    const { server, clock, toBytes, release, isIdle } = heldWorld(undefined, partSizeBytes)
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

test('wrong bytes that came before the HEAD are found', async () => {
  const { server, clock, toBytes, release } = heldWorld()
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

test('a stream hands nothing on that could not be checked any more, but is filled', async () => {
  const { server, clock, toStream, release } = heldWorld()
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
  'a HEAD that fails for good ends a download to %s, and what it had asked for',
  async (to) => {
    const { clock, toBytes, toStream, collect, release, isIdle } = heldWorld(
      new R2Error('TlsFailed', 'the test says so'),
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
  ['that learns what proves the whole', undefined],
  ['that learns where a suffix begins', { suffix: 100 }],
])('a HEAD %s is asked for until the server is no longer busy, as ranges are', async (_, range) => {
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
