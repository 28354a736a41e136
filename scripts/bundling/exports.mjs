import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * The `exports` of a package with these entry points, for its package.json. The conditions, in the order of their match:
 *
 * - `r2kit-source`: the workspace's own tests read sources.
 * - `require`, with `bun` (Bun loads ESM by `require`, but does not match `module-sync`), `module-sync` (Node loads ESM by
 *   `require`, so a process has one copy of the package) or `module` (bundlers too); otherwise CommonJS (Jest, and TypeScript's
 *   `node16`).
 * - `bun`, then `node`, which Bun matches too: the bundles; everything else: single modules without Node's.
 *
 * @param entryPoints name → source
 * @param runtimes that have bundles of their own, beside Node
 */
const exportsOf = (entryPoints, runtimes) => ({
  ...Object.fromEntries(
    Object.entries(entryPoints).map(([name, source]) => {
      const built = source.replace(/^src\//, './dist/').replace(/\.ts$/, '')
      const bundles = [...runtimes, 'node'].map((runtime) => [runtime, `./dist/${runtime}/${name}.js`])
      const esm = { ...Object.fromEntries(bundles), default: `${built}.js` }
      const types = `${built}.d.ts`
      return [
        name === 'index' ? '.' : `./${name}`,
        {
          'r2kit-source': `./${source}`,
          require: {
            ...Object.fromEntries(bundles.slice(0, -1).map(([runtime, file]) => [runtime, { types, default: file }])),
            'module-sync': { types, ...esm },
            module: esm,
            types: built.replace('./dist/', './dist/cjs/').concat('.d.ts'),
            default: `./dist/cjs/${name}.js`,
          },
          types,
          ...esm,
        },
      ]
    }),
  ),
  './package.json': './package.json',
})

/** For tools that do not read `exports`, such as TypeScript's `node10`. */
const fallbacksOf = ({ index: _index, ...subpaths }) => ({
  main: './dist/cjs/index.js',
  types: './dist/cjs/index.d.ts',
  ...(Object.keys(subpaths).length > 0 && {
    typesVersions: {
      '*': Object.fromEntries(Object.keys(subpaths).map((name) => [name, [`./dist/cjs/${name}.d.ts`]])),
    },
  }),
})

/**
 * Compares the entry points of a package's package.json with the table of entry points.
 *
 * @param runtimes that have bundles of their own, beside Node
 * @param write whether to correct them
 * @returns whether they were right
 */
export const syncExports = (folder, entryPoints, runtimes, write) => {
  const path = join(folder, 'package.json')
  const manifest = JSON.parse(readFileSync(path, 'utf8'))
  const expected = { ...manifest, ...fallbacksOf(entryPoints), exports: exportsOf(entryPoints, runtimes) }
  // As text: the order of conditions matters.
  if (JSON.stringify(manifest) === JSON.stringify(expected)) return true
  if (write) writeFileSync(path, `${JSON.stringify(expected, null, 2)}\n`)
  return false
}
