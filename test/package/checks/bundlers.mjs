import { join } from 'node:path'
import { build as esbuild } from 'esbuild'
import { build as vite } from 'vite'
import { byImport, byRequire, program, runScenario, write } from '../support.mjs'
import { runWebpack } from './webpack.mjs'

/** Bundles the scenario into a folder without packages, and runs it there. */
const bundled = (name, { source, load, output = 'bundle.mjs', bundle }) => ({
  name,
  run: async ({ project, outside, environment }) => {
    const id = name.replaceAll(/\W+/g, '-')
    const folder = write(project(), { 'package.json': { private: true }, [source]: program(load, environment, id) })
    const target = outside()
    await bundle({ folder, entry: join(folder, source), target, file: join(target, output) })
    await runScenario(id, process.execPath, [output], { cwd: target })
  },
})

const byEsbuild =
  (options) =>
  async ({ entry, file }) => {
    const { warnings } = await esbuild({
      entryPoints: [entry],
      outfile: file,
      bundle: true,
      logLevel: 'silent',
      ...options,
    })
    if (warnings.length > 0) throw new Error(warnings.map(({ text }) => text).join('\n'))
  }

const byVite =
  (options) =>
  async ({ folder, entry, target }) =>
    vite({
      configFile: false,
      root: folder,
      logLevel: 'error',
      ...options,
      build: {
        outDir: target,
        emptyOutDir: false,
        ...(options.build?.ssr ? {} : { lib: { entry, formats: ['es'], fileName: 'bundle' } }),
        ...options.build,
        ...(options.build?.ssr ? { ssr: entry } : {}),
        rollupOptions: { output: { entryFileNames: 'bundle.mjs' } },
      },
    })

const byWebpack =
  (options) =>
  ({ folder, entry, target }) =>
    runWebpack({
      context: folder,
      entry,
      ...options,
      output: { path: target, filename: 'bundle.mjs', ...options.output },
    })

const esmOutput = { library: { type: 'module' }, chunkFormat: 'module' }

export const bundlerChecks = [
  bundled('esbuild, ES module for Node', {
    source: 'main.mjs',
    load: byImport,
    bundle: byEsbuild({ platform: 'node', format: 'esm' }),
  }),
  bundled('esbuild, ES module for Node, minified, with conditions of its own', {
    source: 'main.mjs',
    load: byImport,
    bundle: byEsbuild({ platform: 'node', format: 'esm', minify: true, conditions: ['production'] }),
  }),
  bundled('esbuild, CommonJS for Node', {
    source: 'main.mjs',
    load: byImport,
    output: 'bundle.cjs',
    bundle: byEsbuild({ platform: 'node', format: 'cjs' }),
  }),
  bundled('esbuild, CommonJS for Node of a program that calls require', {
    source: 'main.cjs',
    load: byRequire,
    output: 'bundle.cjs',
    bundle: byEsbuild({ platform: 'node', format: 'cjs' }),
  }),
  bundled('esbuild, for browsers', {
    source: 'main.mjs',
    load: byImport,
    bundle: byEsbuild({ platform: 'browser', format: 'esm' }),
  }),
  bundled('Vite, for browsers', { source: 'main.js', load: byImport, bundle: byVite({}) }),
  bundled('Vite, SSR with the packages inlined', {
    source: 'main.js',
    load: byImport,
    bundle: byVite({ ssr: { noExternal: true }, build: { ssr: true } }),
  }),
  bundled('webpack, for Node', {
    source: 'main.js',
    load: byImport,
    output: 'bundle.cjs',
    bundle: byWebpack({ target: 'node20', output: { filename: 'bundle.cjs' } }),
  }),
  bundled('webpack, for Node of a program that calls require', {
    source: 'main.cjs',
    load: byRequire,
    output: 'bundle.cjs',
    bundle: byWebpack({ target: 'node20', output: { filename: 'bundle.cjs' } }),
  }),
  bundled('webpack, ES module for Node', {
    source: 'main.js',
    load: byImport,
    bundle: byWebpack({ target: 'node20', experiments: { outputModule: true }, output: esmOutput }),
  }),
  bundled('webpack, for browsers', {
    source: 'main.js',
    load: byImport,
    bundle: byWebpack({
      target: 'web',
      experiments: { outputModule: true },
      output: { ...esmOutput, chunkLoading: 'import' },
    }),
  }),
]
