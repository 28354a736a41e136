/**
 * The rows of results: data that is printed, stored, and shown in docs/performance.md.
 *
 * @typedef {object} Row
 * @property {string} group the measured load, such as `GET 1 KB, 32 in flight`; rows of a group have the same unit
 * @property {string} name the contender
 * @property {string} [runtime] such as `Node 22.23.3`, where a section compares runtimes or bundlers
 * @property {'ours' | 'before' | 'floor' | 'peer'} [kind] `ours` by default. `before`: the same contender with the other build
 * @property {number} [value] missing if it was not measured
 * @property {string} [unit]
 * @property {Record<string, number>} [ratios] name of another contender → the ratio to it, paired within the run
 * @property {string} [note] further figures, as text
 * @property {string} [target] as text
 * @property {boolean} [holds] whether the row meets its target
 * @property {number} [limit] the target in the unit of `value`
 * @property {string} [skipped] the reason why it was not measured
 */

const times = (ratio) => `${ratio.toFixed(ratio < 10 ? 2 : 1)} ×`

/** A target of the row's own value: at most this many units. */
export const atMost = (value, limit, unit = '') => ({
  target: `≤ ${limit.toLocaleString('en')}${unit}`,
  limit,
  holds: value <= limit,
})

/** A target of a ratio to another contender. `base`: the other contender's value, to show the target beside the row's own. */
export const atMostTimes = (ratio, most, of, base) => ({
  target: `≤ ${most} × ${of}`,
  ...(base === undefined ? {} : { limit: most * base }),
  holds: ratio <= most,
})

export const atLeastTimes = (ratio, least, of) => ({ target: `≥ ${least} × ${of}`, holds: ratio >= least })

/** Several targets of one row: all must hold. The first gives the limit. */
export const allOf = (...goals) => ({
  target: goals.map(({ target }) => target).join(', '),
  ...(goals[0].limit === undefined ? {} : { limit: goals[0].limit }),
  holds: goals.every(({ holds }) => holds),
})

/** A value as text: two decimals below ten, whole numbers above. */
export const figure = (value) => (Math.abs(value) < 10 ? value.toFixed(2) : Math.round(value).toLocaleString('en'))

/** The cells that a table shows of a row. */
export const cellsOf = ({ value, unit, ratios = {}, note, target = '', holds, skipped }) => {
  const compared = Object.entries(ratios).map(([name, ratio]) => `${times(ratio)} ${name}`)
  return {
    measured: skipped === undefined ? `${figure(value)} ${unit}` : `not measured: ${skipped}`,
    compared: [...compared, ...(note === undefined ? [] : [note])].join(', '),
    target,
    verdict: holds === undefined ? '' : holds ? 'holds' : 'MISSES',
  }
}

/** Rows by the value of a field, in the order in which the values first appear. */
export const grouped = (rows, field) => {
  const groups = new Map()
  for (const row of rows) groups.set(row[field], [...(groups.get(row[field]) ?? []), row])
  return groups
}

/** Prints the rows of a section as a table. */
export const printRows = (rows) => {
  const shown = rows.map((row) => {
    const { measured, compared, target, verdict } = cellsOf(row)
    return [
      `${row.group}${row.runtime === undefined ? '' : ` (${row.runtime})`}: ${row.name}`,
      measured,
      compared,
      target,
      verdict,
    ]
  })
  const heads = ['measure', 'figure', 'compared', 'target', '']
  const widths = heads.map((head, column) => Math.max(head.length, ...shown.map((row) => row[column].length)))
  const line = (cells) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column]))
      .join('  ')
      .trimEnd()
  console.log(`\n${line(heads)}\n${widths.map((width) => '-'.repeat(width)).join('  ')}`)
  for (const row of shown) console.log(line(row))
}

const isBefore = (name) => / before\b/.test(name)

/** The kind of a contender, by its name. */
export const kindOf = (name, floor = 'undici') =>
  name === floor ? 'floor' : !name.startsWith('r2') ? 'peer' : isBefore(name) ? 'before' : 'ours'

/**
 * Rows of contenders that took turns, with their ratios to the floor, to r2kit, and to the build before.
 *
 * @param {import('./support/turns.mjs').Turns[]} turns
 * @param {object} settings
 * @param {Record<string, string>} settings.groups the group of each operation
 * @param {string} settings.unit
 * @param {string} [settings.floor] the contender to compare with
 * @param {string} [settings.floorLabel] its name in ratios and targets
 * @param {(turns: object, over: (name: string) => number, base: (name: string) => object) => object | undefined} settings.goal
 *   the target of a contender. `base` returns the turns of another one
 * @param {(turns: object) => string | undefined} [settings.note]
 * @returns {Row[]}
 */
export const rowsOfTurns = (turns, { groups, unit, floor = 'undici', floorLabel = 'floor', goal, note }) =>
  turns.map((turn) => {
    const { operation, name, runtime, skipped, microseconds, over, before } = turn
    const kind = kindOf(name, floor)
    const label = kind === 'floor' && floorLabel === 'floor' ? `${name} (floor)` : name
    const row = { group: groups[operation], name: label, runtime, kind }
    if (skipped !== undefined) return { ...row, skipped }
    const baseOf = (other) =>
      turns.find((entry) => entry.operation === operation && entry.runtime === runtime && entry.name === other)
    const ratios = [
      [floorLabel, kind === 'floor' ? undefined : over(floor)],
      ['r2kit', kind === 'peer' ? over('r2kit') : undefined],
      ['before', before === undefined ? undefined : over(before)],
    ].filter(([, ratio]) => ratio !== undefined)
    return {
      ...row,
      value: microseconds,
      unit,
      ratios: Object.fromEntries(ratios),
      note: note?.(turn),
      ...goal(turn, over, baseOf),
    }
  })
