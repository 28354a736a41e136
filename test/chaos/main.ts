/**
 * `npm run chaos`: see `scripts/chaos.mjs`. Prints the problems of each failing seed, and the sums at the end or when it is
 * stopped by SIGTERM. Every twentieth seed is run twice, and must send the same requests at the same times.
 */
import { runSeed } from './run-seed.js'

const [first, count, untilFailure] = process.argv.slice(2)
const from = Number(first ?? 1)
const seeds = Number(count ?? 1)
const startedAt = performance.now()
let calls = 0
let faults = 0
let failed = 0
let done = 0
let isStopped = false
process.once('SIGTERM', () => {
  isStopped = true
})
for (let seed = from; seed < from + seeds && !isStopped; seed++) {
  const result = await runSeed(seed)
  const problems = [...result.problems]
  if (seed % 20 === 0 && JSON.stringify((await runSeed(seed)).exchanges) !== JSON.stringify(result.exchanges)) {
    problems.push('the second run differed from the first')
  }
  done++
  calls += result.calls
  faults += result.faults
  if (problems.length > 0) {
    failed++
    console.log(`seed ${seed}:`)
    for (const problem of problems) console.log(`  ${problem}`)
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
