import { byImport, byRequire, laterNode, program, run, runScenario, write } from '../support.mjs'

/** Imports every entry point of both libraries. */
const everyEntryPoint = ({ installed }) => `
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
const require = createRequire(import.meta.url)
for (const name of ['r2kit', '@r2kit/local']) {
  const { exports, peerDependencies = {} } = JSON.parse(readFileSync(${JSON.stringify(installed)} + '/node_modules/' + name + '/package.json', 'utf8'))
  for (const subpath of Object.keys(exports)) {
    if (subpath.endsWith('.json')) continue
    const specifier = name + subpath.slice(1)
    const imported = await import(specifier).catch((error) => {
      // The optional peers of this entry point are not installed here.
      if (Object.keys(peerDependencies).some((peer) => error.message.includes(peer))) return undefined
      throw error
    })
    if (imported === undefined) continue
    const required = require(specifier)
    if (Object.keys(imported).length === 0) throw new Error(specifier + ' exports nothing')
    for (const [key, value] of Object.entries(imported))
      if (required[key] !== value) throw new Error(specifier + ': ' + key + ' exists twice in this process')
    console.log(specifier)
  }
}
console.log('every entry point')`

const scenarioIn = (name, file, load, node = () => process.execPath, flags = []) => ({
  name,
  run: async ({ project, environment, tools }) => {
    const id = name.replaceAll(/\W+/g, '-')
    const folder = write(project(), { [file]: program(load, environment, id) })
    await runScenario(id, node(tools), [...flags, file], { cwd: folder })
  },
})

const entryPointsIn = (name, node) => ({
  name,
  run: async (context) => {
    const folder = write(context.project(), { 'main.mjs': everyEntryPoint(context) })
    const output = await run(node(context.tools), ['main.mjs'], { cwd: folder })
    if (!output.includes('every entry point')) throw new Error(output)
  },
})

const thisNode = () => process.execPath

export const nodeChecks = [
  scenarioIn('an ES module on this Node', 'main.mjs', byImport),
  scenarioIn('a CommonJS program on this Node', 'main.cjs', byRequire),
  scenarioIn('a CommonJS program on Node without require(esm)', 'main.cjs', byRequire, thisNode, [
    '--no-experimental-require-module',
  ]),
  entryPointsIn('import and require load the same copy of every entry point on this Node', thisNode),
  scenarioIn('an ES module on Node 24', 'main.mjs', byImport, laterNode),
  scenarioIn('a CommonJS program on Node 24', 'main.cjs', byRequire, laterNode),
  entryPointsIn('import and require load the same copy of every entry point on Node 24', laterNode),
  {
    name: 'the command r2 of the tarball prints its version',
    run: async ({ installed }) => {
      const output = await run('node_modules/.bin/r2', ['--version'], { cwd: installed })
      if (!/^\d+\.\d+\.\d+/.test(output)) throw new Error(output)
    },
  },
]
