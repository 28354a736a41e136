/**
 * Runs the conformance suite of `test/conformance` against servers:
 * `node interop/conformance.mjs [--target local,local-durable,miniflare,radosgw,r2] [--verbose]`.
 *
 * Prints a row per suite and server, every failure, and the differences between the local R2 and Cloudflare's simulator.
 * Each difference needs an explanation, in `gaps/miniflare.json` or, if both servers pass, in `differences.json`. A
 * declared gap (`gaps/<server>.json`) counts as skipped; a gap whose case passes counts as failed until it is removed.
 * The last line is "N passed, N failed, N skipped". Exit code 1 if anything failed. `--write` rewrites `differences.md`.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { register } from 'tsx/esm/api'
import { compareOutcomes, differencesAsMarkdown } from './differences.mjs'
import { launcherNamed, serverNames } from './servers/index.mjs'

const { values } = parseArgs({
  options: {
    target: { type: 'string', default: serverNames.join(',') },
    only: { type: 'string', default: '' },
    verbose: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
})

register()
const { runConformance } = await import('../test/conformance/run.ts')
const { suites: allSuites } = await import('../test/conformance/suites/index.ts')
const { localGaps } = await import('../test/conformance/local-gaps.ts')

const here = (name) => new URL(name, import.meta.url)
const readJson = async (name) => JSON.parse(await readFile(here(name), 'utf8'))
const suites = allSuites
  .map((suite) => ({ ...suite, cases: suite.cases.filter((entry) => entry.id.startsWith(values.only)) }))
  .filter((suite) => suite.cases.length > 0)
const caseIds = new Set(allSuites.flatMap((suite) => suite.cases.map((entry) => entry.id)))

/** The declared gaps of a server. Throws if one names no existing case. */
const gapsOf = async (name) => {
  const gaps = name.startsWith('local') ? localGaps : await readJson(`./gaps/${name}.json`)
  const unknown = Object.keys(gaps).filter((id) => !caseIds.has(id))
  if (unknown.length > 0) throw new Error(`The gaps of ${name} name cases that do not exist: ${unknown.join(', ')}.`)
  return gaps
}

const counts = { passed: 0, failed: 0, skipped: 0 }
const columns = ['passed', 'failed', 'gap', 'gap closed', 'skipped']
const row = (...cells) => console.log(cells.map((cell, index) => String(cell).padEnd(index < 2 ? 15 : 11)).join(''))

const printTable = (name, outcomes) => {
  row('server', 'suite', ...columns)
  for (const suite of suites) {
    const own = outcomes.filter((outcome) => outcome.case.id.startsWith(`${suite.name}/`))
    row(
      name,
      suite.name,
      ...columns.map((verdict) => own.filter((outcome) => outcome.verdict === verdict).length || '·'),
    )
  }
}

const outcomesOf = {}
for (const name of values.target.split(',')) {
  const launcher = await launcherNamed(name)
  const reason = await launcher.unavailable()
  if (reason !== undefined) {
    counts.skipped += suites.reduce((sum, suite) => sum + suite.cases.length, 0)
    console.log(`${name}: skipped: ${reason}\n`)
    continue
  }
  const gaps = await gapsOf(name)
  const startedMs = performance.now()
  const server = await launcher.start()
  const upMs = performance.now() - startedMs
  try {
    const outcomes = await runConformance(server, suites, gaps, ({ case: entry, verdict, detail }) => {
      if (verdict === 'failed')
        console.log(
          `FAILED ${name} ${entry.id}: ${entry.sentence}\n       ${detail.replaceAll('\n', '\n       ').slice(0, 700)}`,
        )
      else if (verdict === 'gap closed')
        console.log(`GAP CLOSED ${name} ${entry.id}: the case passes; remove its gap (${gaps[entry.id]})`)
      else if (values.verbose)
        console.log(
          `${verdict.padEnd(7)} ${name} ${entry.id}: ${verdict === 'gap' ? gaps[entry.id] : detail || entry.sentence}`,
        )
    })
    outcomesOf[name] = outcomes
    for (const { verdict } of outcomes) {
      counts[
        { passed: 'passed', failed: 'failed', 'gap closed': 'failed', gap: 'skipped', skipped: 'skipped' }[verdict]
      ]++
    }
    printTable(name, outcomes)
    console.log(
      `${name}: started in ${upMs.toFixed(0)} ms, ran for ${((performance.now() - startedMs - upMs) / 1000).toFixed(1)} s\n`,
    )
  } finally {
    await server.stop()
  }
}

if (outcomesOf.local && outcomesOf.miniflare) {
  const reasons = { ...(await gapsOf('miniflare')), ...(await readJson('./differences.json')) }
  const differences = compareOutcomes(outcomesOf.local, outcomesOf.miniflare, reasons)
  const problems = differences.filter((difference) => difference.problem)
  console.log(
    `local and miniflare: ${differences.length - problems.length} explained differences (interop/differences.md)`,
  )
  for (const { id, problem, local, other } of problems) {
    console.log(`FAILED difference ${id}: ${problem}\n       local:     ${local}\n       miniflare: ${other}`)
  }
  counts.failed += problems.length
  if (values.write) await writeFile(here('./differences.md'), differencesAsMarkdown(differences))
}
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
process.exitCode = counts.failed > 0 ? 1 : 0
