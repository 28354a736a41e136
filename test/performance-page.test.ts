/** Tests of `npm run bench:plot` on a folder with stored results, and of what `npm run check` finds. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'

const repository = join(import.meta.dirname, '..')

const rows = [
  {
    group: 'GET <1 KB>',
    name: 'r2kit',
    runtime: 'Node 20',
    kind: 'ours',
    value: 36,
    unit: 'µs CPU',
    ratios: { floor: 1.2 },
    target: '≤ 1.1 × floor',
    limit: 33,
    holds: false,
  },
  { group: 'GET <1 KB>', name: 'undici (floor)', runtime: 'Node 20', kind: 'floor', value: 30, unit: 'µs CPU' },
  { group: 'GET <1 KB>', name: 'slow peer', runtime: 'Node 20', kind: 'peer', value: 30_000, unit: 'µs CPU' },
  { group: 'GET <1 KB>', name: 'r2kit', runtime: 'Node 24', kind: 'ours', skipped: 'Node 24 is not installed' },
]

const place = (section: string) => `# Performance\n\n<!-- results: ${section}, plots -->\n<!-- /results -->\n`

const folderWith = (page: string) => {
  const folder = mkdtempSync(join(tmpdir(), 'r2kit-page-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const machine = { cpu: '2 × A', node: '20.0.0' }
  const stored = { section: 'requests', date: '2026-11-27', commit: 'abc', machine, quick: false, rows }
  mkdirSync(join(folder, 'results'))
  writeFileSync(join(folder, 'results/requests.json'), JSON.stringify(stored))
  writeFileSync(join(folder, 'performance.md'), page)
  const read = (path: string) => readFileSync(join(folder, path), 'utf8')
  const write = (path: string, text: string) => writeFileSync(join(folder, path), text)
  const make = (...parameters: string[]) => {
    const script = join(repository, 'scripts/make-performance-page.mjs')
    const flags = ['--docs', folder, '--results', join(folder, 'results'), ...parameters]
    const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...flags], { encoding: 'utf8' })
    return { status, output: stdout + stderr }
  }
  return { read, write, make }
}

const plot = 'plots/requests-get-1-kb.svg'

describe('the performance page', () => {
  test('shows figures, ratios, missed targets and what was not measured, in a table and in a plot', () => {
    const { read, make } = folderWith(place('requests'))
    expect(make()).toMatchObject({ status: 0 })
    const page = read('performance.md')
    expect(page).toContain(`![GET <1 KB>](${plot})`)
    expect(page).toContain('| Client | Node 20 | Node 24 | Target |')
    expect(page).toContain(
      '| r2kit | 36 µs CPU, 1.20 × floor | not measured: Node 24 is not installed | ≤ 1.1 × floor: **missed** |',
    )
    const svg = read(plot)
    for (const text of [
      'GET &lt;1 KB&gt;',
      '≤ 1.1 × floor: missed',
      'not measured: Node 24 is not installed',
      '30,000',
    ])
      expect(svg).toContain(text)
    expect(svg).not.toContain('<1 KB>')
    // The dashed line of the target, and the gap in the bar of the slow peer.
    for (const name of ['target', 'cut']) expect(svg.match(new RegExp(`class="${name}"`, 'g'))).toHaveLength(1)
  })

  test('is up to date after it was made, and out of date after a figure or a plot was edited', () => {
    const { read, write, make } = folderWith(place('requests'))
    make()
    expect(make('--check')).toEqual({ status: 0, output: '' })
    write(plot, read(plot).replace('>36<', '>35<'))
    write('performance.md', read('performance.md').replace('36 µs', '35 µs'))
    const { status, output } = make('--check')
    expect(status).toBe(1)
    for (const path of ['performance.md', plot]) expect(output).toContain(`${path} differs from the stored results`)
  })

  test('is incomplete if it has no place for stored results', () => {
    const { status, output } = folderWith(place('streams')).make('--check')
    expect(status).toBe(1)
    expect(output).toContain('no place for the results of requests')
  })
})

describe('npm run bench', () => {
  const bench = (...parameters: string[]) => {
    const { status, stderr } = spawnSync(process.execPath, [join(repository, 'bench/run.mjs'), ...parameters], {
      encoding: 'utf8',
    })
    return { status, stderr }
  }

  test.each([
    ['a section that does not exist', ['--only', 'nothing'], 'Unknown section: nothing.'],
    ['a folder without a build', ['--before', tmpdir()], 'has no built packages/r2kit'],
    ['versions of Node that are no majors', ['--node', '20,lts'], '--node 20,lts: the versions must be majors'],
    ['to store figures of a quick run beside quotable ones', ['--quick', '--save'], '--results FOLDER'],
  ])('rejects %s before it measures anything', (_, parameters, message) => {
    expect(bench(...parameters)).toMatchObject({ status: 2, stderr: expect.stringContaining(message) })
  })
})
