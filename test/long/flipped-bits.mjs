/**
 * Flips single bits of requests and responses: every bit of the short ones, and some in each piece of the others. The local R2 must
 * refuse each damaged request or store the right bytes, and each call of a client must fail, or have the right bytes.
 *
 * node test/long/flipped-bits.mjs [--only TEXT]
 *
 * Prints a row per kind of message. The last line is "N passed, N failed". Exit code 1 if anything failed.
 */
import { parseArgs } from 'node:util'
import { register } from 'tsx/esm/api'

register()
const { clientCaseNamed, clientCaseNames } = await import('../flipped-bits/client-cases.ts')
const { flipCalls } = await import('../flipped-bits/client-side.ts')
const { formNames } = await import('../flipped-bits/requests.ts')
const { flipRequests } = await import('../flipped-bits/server-side.ts')
const { everyBit, scatteredBits } = await import('../flipped-bits/spans.ts')

const { values } = parseArgs({ options: { only: { type: 'string', default: '' } } })

/** Of the others, some bits in each piece are flipped: they differ in the algorithm only, or take long. */
const wholeForms = new Set([
  ...['object with CRC32 in a header', 'object with Content-MD5', 'object with a signed hash'],
  ...['object with a CRC32 trailer', 'object with a CRC32 trailer, in transfer chunks', 'part with a CRC32 trailer'],
])
const wholeCases = new Set([
  ...['request of a put of bytes', 'request of a put of a stream'],
  ...['response with an object in memory', 'response to a download'],
])

const sum = { passed: 0, failed: 0, bits: 0 }
const count = (bits, name, { problems }, text) => {
  for (const problem of problems.slice(0, 20)) console.log(`FAILED ${problem}`)
  if (problems.length > 20) console.log(`FAILED ${name}: ${problems.length - 20} more problems`)
  sum.bits += bits
  sum[problems.length === 0 ? 'passed' : 'failed']++
  console.log(`${name}: ${bits} bits: ${text}, ${problems.length} problems`)
}
const startedMs = performance.now()
const chosen = (names) => names.filter((name) => name.includes(values.only))

for (const name of chosen(formNames)) {
  const [report] = await flipRequests([name], wholeForms.has(name) ? everyBit : scatteredBits)
  const { refused, harmless } = report
  count(refused + harmless, name, report, `${refused} refused, ${harmless} stored with the right bytes`)
}
for (const name of chosen(clientCaseNames)) {
  const choose = wholeCases.has(name) && !clientCaseNamed(name).isLarge ? everyBit : scatteredBits
  const [report] = await flipCalls([name], choose)
  const { failed, codes, retried, harmless } = report
  const errors = codes.size === 0 ? '' : ` (${[...codes].sort().join(', ')})`
  count(
    failed + retried + harmless,
    name,
    report,
    `${failed} errors${errors}, ${retried} retried, ${harmless} harmless`,
  )
}
console.log(`${sum.bits} bits flipped in ${Math.round((performance.now() - startedMs) / 1_000)} s`)
console.log(`flipped bits: ${sum.passed} passed, ${sum.failed} failed`)
process.exit(sum.failed === 0 ? 0 : 1)
