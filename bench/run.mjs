/**
 * Runs all benchmarks and prints each figure next to its target: `npm run bench`.
 *
 *   --only NAME   runs one section: requests, events, streams, signing, lists, imports, local, http, sizes; or one of those that
 *                 take minutes and run only with --all: files, files-memory, transfer-memory, transfer-slow,
 *                 transfer-cpu and, as root, link-clean, link-loss, link-reno
 *   --all         runs all sections
 *   --quick       runs few rounds, to check that the benchmarks work; its figures are not for quotation
 *   --json        prints the figures as one JSON document
 *
 * Ratios are medians of ratios within a round, so they are comparable across machines and under load. Times are not.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { sections, usualSections } from './sections.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))

const { values: flags } = parseArgs({
  options: {
    only: { type: 'string' },
    all: { type: 'boolean' },
    quick: { type: 'boolean' },
    json: { type: 'boolean' },
  },
})

const run = (command, parameters, folder) => {
  const { status } = spawnSync(command, parameters, { cwd: folder, stdio: ['ignore', 2, 2] })
  if (status !== 0) throw new Error(`${command} ${parameters.join(' ')} failed in ${folder}`)
}

/** Builds the workspace and installs the dependencies of the benchmarks: peers and Cloudflare's simulator. */
const prepare = (names) => {
  run(process.execPath, ['scripts/setup.mjs'], root)
  const folders = names.includes('local') ? ['bench', 'interop'] : ['bench']
  for (const folder of folders) {
    if (!existsSync(`${root}${folder}/node_modules`)) run('npm', ['ci', '--no-audit', '--no-fund'], root + folder)
  }
}

const names = flags.only === undefined ? Object.keys(flags.all ? sections : usualSections) : [flags.only]
const unknown = names.find((name) => !(name in sections))
if (unknown !== undefined) {
  console.error(`Unknown section: ${unknown}. Known sections: ${Object.keys(sections).join(', ')}.`)
  process.exit(2)
}

const versionOf = (name, from) => {
  try {
    return createRequire(`${root}${from}/package.json`)(`${name}/package.json`).version
  } catch {
    // A package that does not export its package.json is read by path.
    const file = [`${root}${from}/node_modules/${name}/package.json`, `${root}node_modules/${name}/package.json`].find(
      existsSync,
    )
    return file === undefined ? 'not installed' : JSON.parse(readFileSync(file, 'utf8')).version
  }
}

prepare(names)
const machine = {
  cpu: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`,
  node: process.versions.node,
  undici: versionOf('undici', 'bench'),
  '@aws-sdk/client-s3': versionOf('@aws-sdk/client-s3', 'bench'),
  '@aws-sdk/lib-storage': versionOf('@aws-sdk/lib-storage', 'bench'),
  minio: versionOf('minio', 'bench'),
  s3mini: versionOf('s3mini', 'bench'),
  aws4fetch: versionOf('aws4fetch', '.'),
  miniflare: versionOf('miniflare', 'interop'),
}
const results = {}
for (const name of names) {
  if (!flags.json) console.error(`measuring ${name} …`)
  results[name] = await sections[name](flags.quick === true)
}

if (flags.json) {
  console.log(JSON.stringify({ machine, quick: flags.quick === true, results }, null, 2))
} else {
  const text = Object.entries(machine).map(([name, value]) => `${name} ${value}`)
  console.log(`\n${text.join(' · ')}${flags.quick ? '\nQuick run: too few rounds for quotable figures.' : ''}`)
  for (const rows of Object.values(results)) print(rows)
}

/** Prints the rows of a section as a table. */
function print(rows) {
  const shown = rows.map(({ measure, value, unit, ratio, target, holds, skipped }) => [
    measure,
    skipped === undefined
      ? `${value < 10 ? value.toFixed(2) : Math.round(value).toLocaleString('en')} ${unit}`
      : `not measured: ${skipped}`,
    ratio ?? '',
    target ?? '',
    holds === undefined ? '' : holds ? 'holds' : 'MISSES',
  ])
  const heads = ['measure', 'figure', 'ratio', 'target', '']
  const widths = heads.map((head, column) => Math.max(head.length, ...shown.map((row) => row[column].length)))
  const line = (cells) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column]))
      .join('  ')
      .trimEnd()
  console.log(`\n${line(heads)}\n${widths.map((width) => '-'.repeat(width)).join('  ')}`)
  for (const row of shown) console.log(line(row))
}
