/** The main program of the kill tests, which `test/long/kill.mjs` starts with a TypeScript loader. */
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
  const { acknowledged, pendingAndStored, pendingAndLost } = outcome
  console.log(
    `${name}: ${kills} kills, ${acknowledged} acknowledged changes; ` +
      `of the pending changes ${pendingAndStored} had been stored, ${pendingAndLost} had not`,
  )
}
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
