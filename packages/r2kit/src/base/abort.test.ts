import { getEventListeners } from 'node:events'
import { expect, test, vi } from 'vitest'
import { onAbort } from './abort.js'

test('onAbort adds one listener for many actions, so that Node does not warn of a leak', () => {
  const controller = new AbortController()
  const actions = Array.from({ length: 40 }, () => vi.fn())
  for (const action of actions) onAbort(controller.signal, action)
  expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1)
  controller.abort()
  for (const action of actions) expect(action).toHaveBeenCalledOnce()
})

test('onAbort does not call a removed action, and removes the listener with the last action', () => {
  const controller = new AbortController()
  const [first, second] = [vi.fn(), vi.fn()]
  const removeFirst = onAbort(controller.signal, first)
  const removeSecond = onAbort(controller.signal, second)
  removeFirst()
  expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1)
  removeSecond()
  expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0)
  controller.abort()
  expect(first).not.toHaveBeenCalled()
  expect(second).not.toHaveBeenCalled()
})

test('an action that removes another one during the abort prevents its call', () => {
  const controller = new AbortController()
  const second = vi.fn()
  onAbort(controller.signal, () => removeSecond())
  const removeSecond = onAbort(controller.signal, second)
  controller.abort()
  expect(second).not.toHaveBeenCalled()
})

test('onAbort adds a listener again after all actions were removed', () => {
  const controller = new AbortController()
  onAbort(controller.signal, vi.fn())()
  const action = vi.fn()
  onAbort(controller.signal, action)
  controller.abort()
  expect(action).toHaveBeenCalledOnce()
})
