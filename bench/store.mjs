/** Stored results: one JSON file per section, so that a section can be measured again without the others. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const resultsFolder = fileURLToPath(new URL('results', import.meta.url))
const thisCheckout = fileURLToPath(new URL('..', import.meta.url))

/** The commit of a checkout, short. */
const commitOf = (folder) =>
  spawnSync('git', ['-C', folder, 'rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).stdout?.trim() || 'unknown'

/**
 * @typedef {{ section: string, date: string, commit: string, before?: string, machine: Record<string, string>, quick: boolean, rows: import('./rows.mjs').Row[] }} Stored
 *   `commit`, `before`: commits of this checkout and of the other one
 */

/** Three significant digits, or whole numbers: more is noise, and would fill the history. */
const rounded = (value) =>
  typeof value !== 'number' ? value : Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3))

/** @param {{ section: string, machine: Record<string, string>, quick: boolean, before?: string, rows: import('./rows.mjs').Row[] }} result */
export const saveSection = (folder, { section, machine, quick, before, rows }) => {
  const stored = {
    section,
    date: new Date().toISOString().slice(0, 10),
    commit: commitOf(thisCheckout),
    ...(before === undefined ? {} : { before: commitOf(before) }),
    machine,
    quick,
    rows,
  }
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, `${section}.json`), `${JSON.stringify(stored, (_, value) => rounded(value), 2)}\n`)
}

/** @returns {Map<string, Stored>} by section, in the order of names */
export const loadSections = (folder = resultsFolder) =>
  new Map(
    (existsSync(folder) ? readdirSync(folder).sort() : [])
      .filter((name) => name.endsWith('.json'))
      .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')))
      .map((stored) => [stored.section, stored]),
  )
