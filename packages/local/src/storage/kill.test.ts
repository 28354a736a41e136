import { expect, test } from 'vitest'
import { killStorage } from '#test/support/kill/kill-storage.js'
import { runServer, runStorage } from '#test/support/kill/run-and-kill.js'

// Two kills of each here; any number of them with: node test/long/kill.mjs
test.each([
  { name: 'a storage process', run: runStorage },
  { name: 'a server process', run: runServer },
])('$name killed under load keeps all acknowledged writes and leaves no partial ones', async ({ run }) => {
  const seed = Date.now() % 1_000_000
  const outcome = await killStorage({ run, kills: 2, seed, durable: true })
  expect(outcome.problems).toEqual([])
  expect(outcome.acknowledged).toBeGreaterThan(2)
})
