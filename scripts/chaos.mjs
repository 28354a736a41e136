/**
 * Runs the client and its transfers against a model of R2 under seeded faults, on virtual time: `test/chaos/`.
 *
 * node scripts/chaos.mjs [--seeds N] [--from N]   N seeds (1,000), from seed 1
 * node scripts/chaos.mjs --seed N                 one seed
 * node scripts/chaos.mjs --mutants [--only TEXT]  breaks the engine on purpose, and requires that the simulation notices
 */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import { build } from 'esbuild'
import { fs } from 'memfs'
import { mutants } from '../test/chaos/mutants.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    mutants: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
  },
})
/** Inside the repository, so that the bundle finds its dependencies. */
const folder = mkdtempSync(join(root, 'node_modules', '.chaos-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))

/** Replaces a piece of one source file; fails where the file does not have it, so that no mutant is silently harmless. */
const breaking = (mutant) => ({
  name: 'mutant',
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, ({ path }) => {
      if (mutant === undefined || !path.endsWith(mutant.file)) return undefined
      const source = readFileSync(path, 'utf8')
      if (!source.includes(mutant.replace)) throw new Error(`${mutant.file} has no '${mutant.replace}'`)
      return { contents: source.replace(mutant.replace, mutant.by), loader: 'ts' }
    })
  },
})

/** Replaces the file system by one in memory, whose calls take no time and have the same order in every run. */
const filesInMemory = {
  name: 'files in memory',
  setup({ onLoad, onResolve }) {
    const exportsOf = (object, name) =>
      `import { fs as memory } from 'memfs'\nexport const { ${Object.keys(object).filter((key) => /^[a-z]\w*$/i.test(key))} } = ${name}\n`
    const modules = {
      'node:fs': exportsOf(fs, 'memory'),
      'node:fs/promises': exportsOf(
        { ...fs.promises, constants: 0 },
        '{ ...memory.promises, constants: memory.constants }',
      ),
    }
    onResolve({ filter: /^node:fs(?:\/promises)?$/ }, ({ path, importer }) =>
      importer.startsWith(join(root, 'packages')) ? { path, namespace: 'memory' } : undefined,
    )
    onLoad({ filter: /./, namespace: 'memory' }, ({ path }) => ({ contents: modules[path], resolveDir: root }))
  },
}

const bundle = async (name, mutant) => {
  const outfile = join(folder, `${name}.mjs`)
  await build({
    absWorkingDir: root,
    entryPoints: ['test/chaos/main.ts'],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    conditions: ['r2kit-source'],
    external: ['undici', 'undici/*', 'memfs'],
    plugins: [breaking(mutant), filesInMemory],
    logLevel: 'error',
  })
  return outfile
}

const run = async (file, from, seeds, mode = 'all') => {
  const { stdout } = await promisify(execFile)(process.execPath, [file, from, seeds, mode], {
    maxBuffer: 1e8,
  }).catch((error) => {
    if (typeof error.code === 'number' && error.stdout.includes('"seeds"')) return error
    throw error
  })
  const lines = stdout.trim().split('\n')
  return { sums: JSON.parse(lines.at(-1)), lines: lines.slice(0, -1) }
}

/** Splits the seeds over the cores: each seed is a run of its own. */
const runInParallel = async (file, first, count) => {
  const processes = Math.min(availableParallelism(), Math.ceil(count / 50))
  const share = Math.ceil(count / processes)
  const startedAt = performance.now()
  const results = await Promise.all(
    Array.from({ length: processes }, (_, index) => {
      const from = first + index * share
      return run(file, String(from), String(Math.min(share, first + count - from)))
    }),
  )
  const seconds = (performance.now() - startedAt) / 1_000
  const sum = (name) => results.reduce((total, { sums }) => total + sums[name], 0)
  return {
    sums: {
      seeds: sum('seeds'),
      failed: sum('failed'),
      calls: sum('calls'),
      faults: sum('faults'),
      seconds: Math.round(seconds),
      perMinute: Math.round((sum('seeds') / seconds) * 60),
    },
    lines: results.flatMap(({ lines }) => lines),
  }
}

let passed = 0
let failed = 0
if (values.mutants) {
  const waiting = mutants.filter(({ name }) => name.includes(values.only))
  const work = async () => {
    for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
      const bundled = await bundle(mutant.name.replaceAll(/\W+/g, '-'), mutant)
      const { sums, lines } = await run(bundled, '1', String(mutant.within), 'until-failure')
      const isCaught = sums.failed > 0
      if (isCaught) passed++
      else failed++
      const how = isCaught ? `caught by seed ${sums.seeds}:${lines[1]}` : 'NOT caught'
      console.log(`${mutant.name}: ${how} (at most ${mutant.within} seeds)`)
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, work))
} else {
  const first = Number(values.seed ?? values.from)
  const count = values.seed === undefined ? Number(values.seeds) : 1
  const { sums, lines } = await runInParallel(await bundle('chaos'), first, count)
  for (const line of lines) console.log(line)
  console.log(
    `${sums.seeds} seeds, ${sums.calls} calls, ${sums.faults} faults in ${sums.seconds} s: ${sums.perMinute} seeds per minute`,
  )
  if (sums.failed > 0) console.log('Replay one with: npm run chaos -- --seed N')
  passed = sums.seeds - sums.failed
  failed = sums.failed
}
console.log(`chaos: ${passed} passed, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)
