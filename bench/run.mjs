/**
 * Runs benchmarks and prints each figure next to its target: `npm run bench`.
 *
 *   --only NAMES     runs these sections, separated by commas. Of all sections, those that take minutes or need root run only
 *                    with --only, --all, --report or --losses
 *   --all            runs all sections
 *   --report         runs the sections of docs/performance.md that compare r2kit with its peers, in about 15 minutes, and
 *                    stores their results; --node is 20,22,24 by default
 *   --losses         runs the sections that must not become worse: memory, links, import, in about 15 minutes. Links need root
 *   --before FOLDER  measures the build of another checkout too, in turns with this one, and prints the ratios
 *   --node MAJORS    runs the clients of requests, streams and transfer-cpu on these versions of Node: 20,22,24
 *   --save           stores the results, one file per section, from which `npm run bench:plot` makes plots and tables
 *   --results FOLDER where results are stored; bench/results by default
 *   --quick          runs few rounds, to check that the benchmarks work; its figures are not for quotation
 *   --json           prints the results as one JSON document
 *
 * Ratios are medians of ratios within a round, so they are comparable across machines and under load. Times are not.
 */
import { parseArgs } from 'node:util'
import { describeMachine, prepare } from './machine.mjs'
import { printRows } from './rows.mjs'
import { losses, report, sections, usualSections } from './sections.mjs'
import { resultsFolder, saveSection } from './store.mjs'
import { requireBuilt } from './support/builds.mjs'
import { stopAllWorkers } from './support/processes.mjs'
import { nodeRuntimes, parseMajors } from './support/runtimes.mjs'

const { values: flags } = parseArgs({
  options: {
    only: { type: 'string' },
    all: { type: 'boolean' },
    report: { type: 'boolean' },
    losses: { type: 'boolean' },
    before: { type: 'string' },
    node: { type: 'string' },
    save: { type: 'boolean' },
    results: { type: 'string' },
    quick: { type: 'boolean' },
    json: { type: 'boolean' },
  },
})

// The workers, temporary folders and links of a run are removed when the process exits.
for (const [signal, code] of Object.entries({ SIGINT: 130, SIGTERM: 143 }))
  process.once(signal, () => process.exit(code))

const fail = (message) => {
  console.error(message)
  process.exit(2)
}

const chosenNames = () => {
  if (flags.only !== undefined) return flags.only.split(',')
  if (flags.report) return report
  if (flags.losses) return losses
  return Object.keys(flags.all ? sections : usualSections)
}

const names = chosenNames()
const unknown = names.find((name) => !(name in sections))
if (unknown !== undefined) fail(`Unknown section: ${unknown}. Known sections: ${Object.keys(sections).join(', ')}.`)
const isSaved = flags.save === true || flags.report === true
const quick = flags.quick === true
const folder = flags.results ?? resultsFolder
if (isSaved && quick && flags.results === undefined)
  fail('--quick: its figures are not for quotation. Choose another folder to store them with --results FOLDER.')

/** Reads a flag, or ends the program. */
const read = (value, reader) => {
  try {
    return value === undefined ? undefined : reader(value)
  } catch (error) {
    return fail(error.message)
  }
}
const before = read(flags.before, requireBuilt)
const majors = read(flags.node ?? (flags.report ? '20,22,24' : undefined), parseMajors)

prepare(names)
const runtimes = nodeRuntimes(majors)
const machine = describeMachine()
const settings = { quick, brief: flags.report === true || flags.losses === true, before, runtimes }
// A report must end in time: only the short sections run on all versions of Node.
const settingsOf = (name) =>
  flags.report && name.startsWith('transfer') ? { ...settings, runtimes: runtimes.slice(0, 1) } : settings

const results = {}
const failed = []
for (const name of names) {
  const startMs = performance.now()
  if (!flags.json) console.error(`measuring ${name} …`)
  try {
    results[name] = await sections[name](settingsOf(name))
    if (isSaved) saveSection(folder, { section: name, machine, quick, before, rows: results[name] })
  } catch (error) {
    // The results of the other sections are worth having.
    failed.push(name)
    stopAllWorkers()
    console.error(`${name} failed: ${error.stack ?? error}`)
  }
  if (!flags.json) console.error(`  ${Math.round((performance.now() - startMs) / 1000)} s`)
}

if (flags.json) {
  console.log(JSON.stringify({ machine, quick, results }, null, 2))
} else {
  const text = Object.entries(machine).map(([name, value]) => `${name} ${value}`)
  console.log(`\n${text.join(' · ')}${quick ? '\nQuick run: too few rounds for quotable figures.' : ''}`)
  for (const rows of Object.values(results)) printRows(rows)
}
if (failed.length > 0) console.error(`\nFailed: ${failed.join(', ')}.`)
process.exitCode = failed.length === 0 ? 0 : 1
