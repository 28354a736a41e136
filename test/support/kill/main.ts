/** `test/long/kill.mjs` runs this with the loader for TypeScript. */
import { killStorage } from './kill-storage.js'
import { runServer, runStorage } from './run-and-kill.js'

const [kills = '60', seed = String(Date.now() % 1_000_000)] = process.argv.slice(2)
console.log(`seed ${seed}: replay with \`node test/long/kill.mjs ${kills} ${seed}\``)
let failed = 0
let passed = 0
const variants = [
  { name: 'storage, durable', run: runStorage, durable: true },
  { name: 'storage, not durable', run: runStorage, durable: false },
  { name: 'server, durable', run: runServer, durable: true },
]
for (const { name, run, durable } of variants) {
  const outcome = await killStorage({
    run,
    kills: Number(kills),
    seed: Number(seed),
    durable,
    onRound: ({ problems }) => {
      if (problems.length > 0) failed++
      else passed++
      for (const problem of problems) console.log(problem)
    },
  })
  const { acknowledged, openAndDone, openAndUndone } = outcome
  console.log(
    `${name}: ${kills} kills, ${acknowledged} acknowledged changes; ` +
      `of those open at a kill ${openAndDone} had been made, ${openAndUndone} had not`,
  )
}
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
