/** The packed packages on Bun and Deno, which choose other files of them. */
import { join } from 'node:path'
import { programOf, runParameters } from '../../runtimes/runtime.mjs'
import { byImport, byRequire, program, run, runScenario, Skipped, write } from '../support.mjs'

const needed = (runtime) => {
  const path = programOf(runtime)
  if (path === undefined) throw new Skipped(`${runtime} cannot be installed, or does not run on this machine`)
  return path
}

const scenarioOn = (runtime, name, file, load) => ({
  name,
  run: async ({ project, environment }) => {
    const id = name.replaceAll(/\W+/g, '-')
    const folder = write(project(), { [file]: program(load, environment, id) })
    await runScenario(id, needed(runtime), [...runParameters[runtime], file], { cwd: folder })
  },
})

/** Prints the names of the transports of a client, which differ by runtime. */
const transportOf = (load) => `
${load}
const credentials = { accessKeyId: 'a'.repeat(32), secretAccessKey: 'b'.repeat(64) }
new R2Client({ endpoint: 'http://127.0.0.1:1', credentials, transport: (given) => { console.log('transport:', given.name); return given } })
`

const loads = {
  'main.mjs': "import { R2Client } from 'r2kit'",
  'main.cjs': "const { R2Client } = require('r2kit')",
}

const transportOn = (runtime, expected, file) => ({
  name: `a client in ${file} on ${runtime} has the transport ${expected}`,
  run: async ({ project }) => {
    const folder = write(project(), { [file]: transportOf(loads[file]) })
    const output = await run(needed(runtime), [...runParameters[runtime], file], { cwd: folder })
    if (!output.includes(`transport: ${expected}\n`)) throw new Error(output)
  },
})

export const runtimeChecks = [
  scenarioOn('bun', 'an ES module on Bun', 'main.mjs', byImport),
  scenarioOn('bun', 'a CommonJS program on Bun', 'main.cjs', byRequire),
  transportOn('bun', 'bun', 'main.mjs'),
  transportOn('bun', 'bun', 'main.cjs'),
  {
    name: 'a bundle that Bun makes for Bun',
    run: async ({ project, outside, environment }) => {
      const id = 'bundle-of-bun'
      const bun = needed('bun')
      const folder = write(project(), { 'main.mjs': program(byImport, environment, id) })
      const target = outside()
      await run(bun, ['build', '--target=bun', `--outdir=${target}`, join(folder, 'main.mjs')], { cwd: folder })
      await runScenario(id, bun, ['run', 'main.js'], { cwd: target })
    },
  },
  scenarioOn('deno', 'an ES module on Deno', 'main.mjs', byImport),
  scenarioOn('deno', 'a CommonJS program on Deno', 'main.cjs', byRequire),
  transportOn('deno', 'undici', 'main.mjs'),
  transportOn('deno', 'undici', 'main.cjs'),
]
