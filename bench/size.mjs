/**
 * The bundle size of programs that import r2kit on runtimes with `fetch` (Workers, browsers), minified and gzipped, by esbuild and
 * by Rollup. "At the start" counts the entry and the chunks that it imports statically; chunks that are loaded on first use are
 * counted separately. "As one file" is the same program without code splitting. Fails if a program exceeds its ceiling: the target
 * or, while the target is missed, the current size.
 *
 *   npm run size                  the programs of r2kit
 *   npm run size -- --verbose     also the largest source files of each
 *   npm run size -- --peers       also the program of five operations with other clients, where they are installed
 */
import { fileURLToPath, pathToFileURL } from 'node:url'
import { bundlers } from './bundlers.mjs'
import { peerPrograms, programs } from './programs.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))

/**
 * @param {string} [checkout] folder of another checkout, whose build is measured. Programs that it cannot build are left out
 * @returns {Promise<{ name: string, bundler: string, gzipBytes: number, budgetBytes: number }[]>} `gzipBytes`: at the start
 */
export const benchSizes = async (checkout) => {
  const own = programs.filter(({ budgetBytes }) => budgetBytes !== undefined)
  const cases = Object.keys(bundlers).flatMap((bundler) => own.map((program) => ({ program, bundler })))
  const measured = await Promise.allSettled(
    cases.map(({ program, bundler }) => measure(program, bundler, checkout ?? root)),
  )
  const failed = measured.find(({ status }) => status === 'rejected')
  if (failed !== undefined && checkout === undefined) throw failed.reason
  return measured.flatMap(({ status, value }, index) => {
    const { program, bundler } = cases[index]
    const { name, budgetBytes } = program
    return status === 'fulfilled' ? [{ name, bundler, gzipBytes: value.start, budgetBytes }] : []
  })
}

const measure = ({ code }, bundler, folder) => bundlers[bundler](code, folder, folder === root ? 'warning' : 'silent')

const print = async (program, { verbose = false, folder = root } = {}) => {
  const { name, budgetBytes, ceilings = {} } = program
  console.log(budgetBytes === undefined ? name : `${name} (target ${budgetBytes} B)`)
  const grown = []
  for (const bundler of Object.keys(bundlers)) {
    const sizes = await measure(program, bundler, folder).catch((error) => {
      if (folder === root) throw error
    })
    if (sizes === undefined) {
      console.log(`  ${bundler.padEnd(8)} is not installed, or cannot be bundled`)
      continue
    }
    const { start, minified, later, oneFile, largest = [] } = sizes
    const verdict =
      budgetBytes === undefined ? '' : start <= budgetBytes ? ': holds' : `: MISSED by ${start - budgetBytes} B`
    console.log(`  ${bundler.padEnd(8)} at the start ${start} B (${minified} B minified)${verdict}`)
    console.log(`  ${' '.repeat(8)} on first use ${later} B; as one file ${oneFile} B`)
    if (verbose) for (const [path, bytes] of largest) console.log(`    ${String(bytes).padStart(6)}  ${path}`)
    const [startMax = Number.POSITIVE_INFINITY, oneFileMax = Number.POSITIVE_INFINITY] = ceilings[bundler] ?? []
    if (start > startMax) grown.push(`${name} by ${bundler}: ${start} B at the start, at most ${startMax} B allowed`)
    if (oneFile > oneFileMax)
      grown.push(`${name} by ${bundler}: ${oneFile} B as one file, at most ${oneFileMax} B allowed`)
  }
  return grown
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  console.log('Bundles for runtimes with fetch, minified and gzipped:')
  const verbose = process.argv.includes('--verbose')
  const grown = []
  for (const program of programs) grown.push(...(await print(program, { verbose })))
  if (process.argv.includes('--peers')) {
    const folder = fileURLToPath(new URL('.', import.meta.url))
    for (const program of peerPrograms) await print(program, { folder })
  }
  // A missed target is only reported above. Growth beyond the ceiling fails.
  for (const line of grown) console.error(`A ceiling is exceeded. ${line}`)
  process.exitCode = grown.length === 0 ? 0 : 1
}
