/** The conformance suite against our local R2 in memory, with every test run. Other servers: `interop/conformance.mjs`. */
import { type LocalR2, startLocalR2 } from '@r2kit/local'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { localGaps } from './local-gaps.js'
import { openSession } from './run.js'
import { suites } from './suites/index.js'

let server: LocalR2
let session: ReturnType<typeof openSession>

beforeAll(async () => {
  // A case or two provoke a 500, which would be logged.
  server = await startLocalR2({ memory: true, onInternalError: () => undefined })
  const { endpoint, credentials } = server
  session = openSession({
    name: 'local',
    dialect: 'r2',
    endpoint,
    region: 'auto',
    credentials,
    capabilities: { createBucket: true },
  })
})

afterAll(async () => {
  await session.close()
  await server.close()
})

for (const suite of suites) {
  describe(suite.name, () => {
    for (const entry of suite.cases) {
      const gap = localGaps[entry.id]
      if (gap === undefined) {
        test(entry.sentence, () => session.run(suite.name, entry))
      } else {
        test(`not yet: ${entry.sentence} (${gap})`, async () => {
          await expect(session.run(suite.name, entry), 'the gap is closed: remove its declaration').rejects.toThrow()
        })
      }
    }
  })
}

test('no gap is declared for a case that does not exist', () => {
  const ids = new Set(suites.flatMap((suite) => suite.cases.map((entry) => entry.id)))
  expect(Object.keys(localGaps).filter((id) => !ids.has(id))).toEqual([])
})
