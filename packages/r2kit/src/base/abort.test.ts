import { getEventListeners } from 'node:events'
import { expect, test, vi } from 'vitest'
import { onAbort } from './abort.js'

test('many actions on one signal are one listener, so that Node does not warn of a leak', () => {
  const controller = new AbortController()
  const actions = Array.from({ length: 40 }, () => vi.fn())
  for (const action of actions) onAbort(controller.signal, action)
  expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1)
  controller.abort()
  for (const action of actions) expect(action).toHaveBeenCalledOnce()
})

test('an action that was taken back is not called, and the last one takes the listener with it', () => {
  const controller = new AbortController()
  const [first, second] = [vi.fn(), vi.fn()]
  const takeBackFirst = onAbort(controller.signal, first)
  const takeBackSecond = onAbort(controller.signal, second)
  takeBackFirst()
  expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1)
  takeBackSecond()
  expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0)
  controller.abort()
  expect(first).not.toHaveBeenCalled()
  expect(second).not.toHaveBeenCalled()
})

test('an action that takes back another while they run keeps it from being called', () => {
  const controller = new AbortController()
  const second = vi.fn()
  onAbort(controller.signal, () => takeBackSecond())
  const takeBackSecond = onAbort(controller.signal, second)
  controller.abort()
  expect(second).not.toHaveBeenCalled()
})

test('a signal can be listened to again after all actions were taken back', () => {
  const controller = new AbortController()
  onAbort(controller.signal, vi.fn())()
  const action = vi.fn()
  onAbort(controller.signal, action)
  controller.abort()
  expect(action).toHaveBeenCalledOnce()
})
