import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test, vi } from 'vitest'
import { onAbort } from './abort-node.js'

test('removed actions of a signal in use become garbage while they are young', () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as (options?: { type: 'minor' }) => void
  const oldBytes = () =>
    getHeapSpaceStatistics().find(({ space_name }) => space_name === 'old_space')?.space_used_size ?? 0
  const { signal } = new AbortController()
  // The list of actions is old before the requests begin.
  const inFlight = [onAbort(signal, vi.fn())]
  collect()
  const before = oldBytes()
  for (let request = 0; request < 5000; request++) {
    const state = new Array(200).fill(request)
    inFlight.push(onAbort(signal, () => void state.pop()))
    if (inFlight.length > 32) inFlight.shift()?.()
    if (request % 100 === 0) collect({ type: 'minor' })
  }
  // 8 MB in all. With a Set, every one of them grew old.
  expect(oldBytes() - before).toBeLessThan(2_000_000)
})
