/** Builds of r2kit: that of this checkout, and that of another one, to measure before and after in one run. */
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const thisCheckout = fileURLToPath(new URL('../..', import.meta.url))

/**
 * A built module of a checkout.
 *
 * @param {string | undefined} checkout folder; this checkout by default
 * @param {string} file path in the folder of a package, such as `r2kit/dist/node/index.js`
 */
export const builtFile = (checkout, file) => join(checkout ?? thisCheckout, 'packages', file)

/**
 * Imports an entry point of r2kit, such as `r2kit/resilience` of a checkout.
 *
 * @param {string} [checkout] folder of another checkout
 */
export const importR2kit = (checkout, entry = 'r2kit') =>
  checkout === undefined ? import(entry) : import(pathToFileURL(entryFile(checkout, entry)).href)

const runtimeCondition = ['bun', 'deno'].find((name) => name in process.versions)

/** The file that the running runtime loads for an entry point of a checkout. */
export const entryFile = (checkout, entry = 'r2kit') => {
  const { exports } = JSON.parse(readFileSync(builtFile(checkout, 'r2kit/package.json'), 'utf8'))
  const conditions = exports[entry.replace('r2kit', '.')]
  if (conditions === undefined) throw new Error(`${checkout} has no entry point ${entry}.`)
  return builtFile(checkout, `r2kit/${conditions[runtimeCondition] ?? conditions.node ?? conditions.default}`)
}

/** @returns {string} the absolute path of a checkout. Throws if it is not built */
export const requireBuilt = (folder) => {
  const checkout = resolve(folder)
  const files = ['r2kit/dist/node/index.js', 'cli/dist/node/bin.js']
  const missing = files.find((file) => !existsSync(builtFile(checkout, file)))
  if (missing === undefined) return checkout
  throw new Error(`--before: ${folder} has no built packages/${missing}. Run \`npm run build\` in that checkout.`)
}

/** The name of a contender that runs the other build. */
const nameBefore = (name) => name.replace(/^[^,]+/, (client) => `${client} before`)

/**
 * Adds to each contender the same one with the build of the checkout `before`.
 *
 * @template {{ name: string, options?: object }} Contender
 * @param {Contender[]} contenders
 * @param {string | undefined} before
 * @returns {Contender[]} `before` in a contender is the name of its counterpart
 */
export const withBefore = (contenders, before) =>
  before === undefined
    ? contenders
    : contenders.flatMap((contender) => {
        const { name, client = name, options } = contender
        const counterpart = nameBefore(name)
        return [
          { ...contender, before: counterpart },
          { ...contender, name: counterpart, client, options: { ...options, build: before }, isBefore: true },
        ]
      })
