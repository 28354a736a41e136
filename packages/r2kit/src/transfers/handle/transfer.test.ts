import { expect, test } from 'vitest'
import { VirtualClock } from '#test/support/virtual-clock.js'
import { TransferControl, TransferHandle } from './transfer.js'

test('pause, resume and abort after the end of a transfer change nothing', async () => {
  const control = new TransferControl(new VirtualClock())
  const transfer = new TransferHandle(control, async () => 'result')
  expect(await transfer).toBe('result')
  transfer.pause()
  expect([transfer.paused, transfer.progress.state]).toEqual([false, 'done'])
  transfer.resume()
  transfer.abort()
  expect(transfer.progress.state).toBe('done')
  expect(control.signal.aborted).toBe(false)
})

test('a paused transfer that is aborted stays failed after resume', async () => {
  const control = new TransferControl(new VirtualClock())
  control.pause()
  const transfer = new TransferHandle(control, () => control.whenRunning())
  transfer.abort('enough')
  await expect(transfer).rejects.toMatchObject({ code: 'Aborted', cause: 'enough' })
  transfer.resume()
  expect([transfer.paused, transfer.progress.state]).toEqual([false, 'failed'])
})

test('the first of several failures is the error of a transfer', async () => {
  const control = new TransferControl(new VirtualClock())
  control.pause()
  const transfer = new TransferHandle(control, () => control.whenRunning())
  control.signal.addEventListener('abort', () => control.fail(new Error('a consequence')))
  control.fail(new Error('the cause'))
  control.abort()
  await expect(transfer).rejects.toThrow('the cause')
})
