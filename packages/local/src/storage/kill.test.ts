import { expect, test } from 'vitest'
import { killStorage } from '#test/support/kill/kill-storage.js'
import { runServer, runStorage } from '#test/support/kill/run-and-kill.js'

// Two kills of each here, as many as one likes with: node test/long/kill.mjs
test.each([
  { name: 'a process on storage alone', run: runStorage },
  { name: 'a server', run: runServer },
])('$name that is killed under load loses nothing acknowledged and leaves nothing by half', async ({ run }) => {
  const seed = Date.now() % 1_000_000
  const outcome = await killStorage({ run, kills: 2, seed, durable: true })
  expect(outcome.problems).toEqual([])
  expect(outcome.acknowledged).toBeGreaterThan(2)
})
