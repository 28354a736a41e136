/** `npm run chaos`: see `scripts/chaos.mjs`. Prints one line per failing seed, and the sums at the end. */
import { runSeed } from './run-seed.js'

const [first, count, untilFailure] = process.argv.slice(2)
const from = Number(first ?? 1)
const seeds = Number(count ?? 1)
const startedAt = performance.now()
let calls = 0
let faults = 0
let failed = 0
let done = 0
for (let seed = from; seed < from + seeds; seed++) {
  const result = await runSeed(seed)
  done++
  calls += result.calls
  faults += result.faults
  if (result.problems.length > 0) {
    failed++
    console.log(`seed ${seed}:`)
    for (const problem of result.problems) console.log(`  ${problem}`)
    if (untilFailure === 'until-failure') break
  }
}
const minutes = (performance.now() - startedAt) / 60_000
console.log(
  JSON.stringify({
    seeds: done,
    failed,
    calls,
    faults,
    perMinute: Math.round(done / minutes),
    seconds: Math.round(minutes * 60),
  }),
)
process.exit(failed === 0 ? 0 : 1)
