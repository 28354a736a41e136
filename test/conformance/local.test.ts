/** Runs the conformance suite against the local R2 in memory. `interop/conformance.mjs` runs it against other servers. */
import { type LocalR2, startLocalR2 } from '@r2kit/local'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { localGaps } from './local-gaps.js'
import { localTarget } from './local-target.js'
import { openSession } from './run.js'
import { suites } from './suites/index.js'

let server: LocalR2
let session: ReturnType<typeof openSession>

beforeAll(async () => {
  // Some cases provoke a 500 on purpose. Without a handler the server would log it.
  server = await startLocalR2({ memory: true, onInternalError: () => undefined })
  session = openSession(localTarget(server))
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
        test(`known gap: ${entry.sentence} (${gap})`, async () => {
          await expect(session.run(suite.name, entry), 'the case passes: remove its gap').rejects.toThrow()
        })
      }
    }
  })
}

test('every declared gap names an existing conformance case', () => {
  const ids = new Set(suites.flatMap((suite) => suite.cases.map((entry) => entry.id)))
  expect(Object.keys(localGaps).filter((id) => !ids.has(id))).toEqual([])
})
