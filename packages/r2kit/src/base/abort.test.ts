import { getEventListeners } from 'node:events'
import { describe, expect, test, vi } from 'vitest'
import * as node from './abort-node.js'
import * as web from './abort-web.js'

const { onAbort } = node

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

test('removing an action twice leaves the actions that were added in between', () => {
  const controller = new AbortController()
  const remove = onAbort(controller.signal, vi.fn())
  remove()
  const later = vi.fn()
  onAbort(controller.signal, later)
  remove()
  controller.abort()
  expect(later).toHaveBeenCalledOnce()
})

test('actions run in the order in which they were added, also after others were removed', () => {
  const controller = new AbortController()
  const called: number[] = []
  const removals = Array.from({ length: 6 }, (_, index) => onAbort(controller.signal, () => called.push(index)))
  for (const index of [0, 3, 5]) removals[index]?.()
  removals[3]?.()
  onAbort(controller.signal, () => called.push(6))
  controller.abort()
  expect(called).toEqual([1, 2, 4, 6])
})

describe('the implementation for browsers and Workers', () => {
  test('exports the names of the one for Node', () => {
    expect(Object.keys(web).sort()).toEqual(Object.keys(node).sort())
  })

  test('calls each action once, also one that was added twice, and no action that was removed', () => {
    const controller = new AbortController()
    const [twice, removed] = [vi.fn(), vi.fn()]
    web.onAbort(controller.signal, twice)
    web.onAbort(controller.signal, twice)
    web.onAbort(controller.signal, removed)()
    controller.abort()
    expect(twice).toHaveBeenCalledTimes(2)
    expect(removed).not.toHaveBeenCalled()
  })

  test('leaves no listener after the last action was removed', () => {
    const controller = new AbortController()
    for (const remove of [1, 2].map(() => web.onAbort(controller.signal, vi.fn()))) remove()
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0)
  })

  test('calls an action immediately where the signal has aborted', () => {
    const action = vi.fn()
    expect(web.whenAborted(AbortSignal.abort(), action)).toBeUndefined()
    expect(action).toHaveBeenCalledOnce()
  })
})
