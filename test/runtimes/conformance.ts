/** Runs the conformance suite against a local R2 in another process. Input: `{ endpoint, credentials }` as JSON. */
import { localGaps } from '../conformance/local-gaps.js'
import { localTarget } from '../conformance/local-target.js'
import { runConformance } from '../conformance/run.js'
import { suites } from '../conformance/suites/index.js'

const target = localTarget(JSON.parse(process.argv[2] ?? ''))
const counts = { passed: 0, failed: 0, skipped: 0 }
const sums = { passed: 'passed', failed: 'failed', 'gap closed': 'failed', gap: 'skipped', skipped: 'skipped' } as const
await runConformance(target, suites, localGaps, ({ case: entry, verdict, detail }) => {
  counts[sums[verdict]]++
  if (sums[verdict] === 'failed') console.log(`FAILED ${entry.id}: ${entry.sentence}\n       ${detail.slice(0, 700)}`)
})
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
process.exit(counts.failed === 0 ? 0 : 1)
