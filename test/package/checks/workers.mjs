import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build as esbuild } from 'esbuild'
import webpack from 'webpack'
import { byImport, laterNode, runScenario, scenarioFunction, write } from '../support.mjs'

const workerOf = (environment, name) => `${byImport}
${scenarioFunction}
export default {
  fetch: () => scenario(r2kit, presign, ${JSON.stringify(environment)}, '${name}')
    .then((text) => new Response(text), (error) => new Response(String(error.stack), { status: 500 })),
}`

/** Runs a bundled Worker in workerd, Cloudflare's own runtime, without its compatibility layer for Node. */
const inWorkerd = (name, bundle) => ({
  name,
  run: async ({ project, outside, environment, tools }) => {
    const id = name.replaceAll(/\W+/g, '-')
    const folder = write(project(), { 'package.json': { private: true }, 'worker.js': workerOf(environment, id) })
    const file = join(outside(), 'worker.mjs')
    await bundle(join(folder, 'worker.js'), file)
    const runner = fileURLToPath(new URL('../run-worker.mjs', import.meta.url))
    await runScenario(id, laterNode(tools), [runner, file], { cwd: folder })
  },
})

export const workerChecks = [
  inWorkerd('a Worker bundled by esbuild with the conditions of Wrangler', (entry, file) =>
    esbuild({
      entryPoints: [entry],
      outfile: file,
      bundle: true,
      format: 'esm',
      target: 'es2024',
      conditions: ['workerd', 'worker', 'browser'],
    }),
  ),
  inWorkerd(
    'a Worker bundled by webpack for webworker',
    (entry, file) =>
      new Promise((resolve, reject) => {
        const config = {
          mode: 'production',
          performance: false,
          optimization: { minimize: false },
          devtool: false,
          entry,
          target: 'webworker',
          experiments: { outputModule: true },
          plugins: [new webpack.optimize.LimitChunkCountPlugin({ maxChunks: 1 })],
          output: {
            path: join(file, '..'),
            filename: 'worker.mjs',
            library: { type: 'module' },
            chunkFormat: 'module',
          },
        }
        webpack(config, (error, stats) => {
          if (error) reject(error)
          else if (stats.hasErrors() || stats.hasWarnings())
            reject(new Error(stats.toString({ all: false, errors: true, warnings: true })))
          else resolve()
        })
      }),
  ),
]
