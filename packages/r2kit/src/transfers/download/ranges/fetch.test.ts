import { expect, test } from 'vitest'
import { downloadHarness } from '#test/support/download-harness.js'
import { objectOf } from '#test/support/object-server.js'
import { TransferControl } from '../../handle/transfer.js'
import { ProgressWatch } from '../../transfer-retries.js'
import { openObject } from '../open-object.js'
import { fetchRange } from './fetch.js'

test('a range whose transfer ends before its first attempt returns its permit', async () => {
  const { context, clock, server, isIdle } = downloadHarness(objectOf(new Uint8Array(100)))
  const control = new TransferControl(clock)
  const input = { bucket: 'bucket', key: 'k' }
  const job = { context, control, watch: new ProgressWatch(context), input, options: {}, rangeSizeBytes: 10 }
  const object = await openObject(job)
  const permit = await context.limit.acquire(control.signal)
  expect(context.limit.inUse).toBe(2)
  control.abort()
  const fetched = fetchRange(job, object, { offset: 10, length: 10 }, { permit }, () => undefined)
  await expect(fetched).rejects.toMatchObject({ code: 'Aborted' })
  expect(context.limit.inUse).toBe(1)
  const { first } = object
  if (first === undefined) throw new Error('the first range arrives with the response')
  await expect(fetchRange(job, object, first, first, () => undefined)).rejects.toMatchObject({ code: 'Aborted' })
  expect(isIdle()).toBe(true)
  expect(server.ranges).toEqual(['bytes=0-9']) // and nothing else was requested
})
