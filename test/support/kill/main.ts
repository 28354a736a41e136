/** `test/long/kill.mjs` runs this with the loader for TypeScript. */
import { killStorage } from './kill-storage.js'

const [kills = '60', seed = String(Date.now() % 1_000_000)] = process.argv.slice(2)
console.log(`seed ${seed}: replay with \`node test/long/kill.mjs ${kills} ${seed}\``)
let failed = 0
let passed = 0
for (const durable of [true, false]) {
  const outcome = await killStorage({
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
    `${durable ? 'durable' : 'not durable'}: ${kills} kills, ${acknowledged} acknowledged changes; ` +
      `of those open at a kill ${openAndDone} had been made, ${openAndUndone} had not`,
  )
}
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
