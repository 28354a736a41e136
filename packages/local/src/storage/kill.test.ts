import { expect, test } from 'vitest'
import { killStorage } from '../../../../test/support/kill/kill-storage.js'

// The long version: node test/long/kill.mjs
test('a process that is killed while it writes loses nothing acknowledged and leaves nothing by half', async () => {
  const seed = Date.now() % 1_000_000
  const outcome = await killStorage({ kills: 4, seed, durable: true })
  expect(outcome.problems).toEqual([])
  expect(outcome.acknowledged).toBeGreaterThan(4)
})
