import { expect, test } from 'vitest'
import { VirtualClock } from '#test/support/virtual-clock.js'
import { ProgressMeter, type TransferProgress } from './progress.js'

const setUp = () => {
  const clock = new VirtualClock()
  const seen: TransferProgress[] = []
  const meter = new ProgressMeter(clock, (progress) => seen.push(progress))
  /** Counts `bytesPerSecond`, in small pieces. */
  const flow = async (seconds: number, bytesPerSecond: number) => {
    for (let tick = 0; tick < seconds * 20; tick++) {
      await clock.advance(50)
      meter.moved(bytesPerSecond / 20)
    }
  }
  return { clock, meter, seen, flow }
}

test('the rate covers the last seconds, and the time left follows from it', async () => {
  const { meter, flow } = setUp()
  meter.plan({ totalBytes: 10_000 })
  await flow(4, 100)
  expect(meter.snapshot).toMatchObject({ bytes: 400, ratePerSecond: 100, secondsLeft: 96 })
  await flow(6, 500)
  expect(meter.snapshot.ratePerSecond).toBeCloseTo(500, 0)
})

test('the time left is undefined before any byte has moved, and without a total', async () => {
  const { meter, flow } = setUp()
  await flow(1, 100)
  expect(meter.snapshot.secondsLeft).toBeUndefined()
  const idle = setUp()
  idle.meter.plan({ totalBytes: 1 })
  expect(idle.meter.snapshot.secondsLeft).toBeUndefined()
})

test('a pause does not lower the rate', async () => {
  const { clock, meter, flow } = setUp()
  await flow(2, 1000)
  meter.state = 'paused'
  await clock.advance(60_000)
  meter.state = 'running'
  await flow(2, 1000)
  expect(meter.snapshot.ratePerSecond).toBe(1000)
})

test('bytes of an earlier run count as transferred, but not for the rate', async () => {
  const { meter, flow } = setUp()
  meter.plan({ totalBytes: 2000 })
  meter.partResumed(1000)
  await flow(2, 100)
  expect(meter.snapshot).toMatchObject({
    bytes: 1200,
    resumedBytes: 1000,
    parts: 1,
    ratePerSecond: 100,
    secondsLeft: 8,
  })
})

test('bytes that are read for their checksum are reported, and do not count as transferred', async () => {
  const { clock, meter, seen } = setUp()
  meter.plan({ totalBytes: 2000 })
  for (let time = 0; time < 10; time++) {
    await clock.advance(50)
    meter.prepared(200)
  }
  expect(meter.snapshot).toMatchObject({ bytes: 0, preparedBytes: 2000, ratePerSecond: 0 })
  expect(seen.map(({ preparedBytes }) => preparedBytes)).toEqual([0, 400, 800, 1200, 1600, 2000])
})

test('onProgress is called at most ten times a second while bytes flow, and for each part and state', async () => {
  const { meter, seen, flow } = setUp()
  await flow(1, 100)
  expect(seen.length).toBeLessThanOrEqual(11)
  const before = seen.length
  meter.partDone()
  meter.state = 'verifying'
  meter.state = 'done'
  expect(seen.slice(before).map(({ parts, state }) => `${parts} ${state}`)).toEqual([
    '1 running',
    '1 verifying',
    '1 done',
  ])
})
