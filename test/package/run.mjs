/**
 * Packs the packages as npm publishes them, installs them into an empty project, and loads them as users do: Node, Bun, Deno,
 * TypeScript, test runners, bundlers and a Workers runtime. Each program puts, gets, lists and presigns against a local R2 from the same
 * install. A check whose tool is missing is reported as skipped.
 *
 *   npm run test:package [-- PART OF A CHECK'S NAME]
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { Skipped } from './support.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const root = join(here, '../..')
const scratch = mkdtempSync(join(tmpdir(), 'r2kit-package-'))
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }))
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130))

const npm = (cwd, ...parameters) => {
  const { status, stdout, stderr } = spawnSync('npm', parameters, { cwd, encoding: 'utf8' })
  if (status !== 0) throw new Error(`npm ${parameters.join(' ')} failed:\n${stdout}${stderr}`)
  return stdout
}

// miniflare needs Node 22, which is one of the tools; npm passes the root's `engine-strict` down to this process.
const install = ['ci', '--engine-strict=false', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
if (!existsSync(join(here, 'node_modules'))) npm(here, ...install)

// They import the tools that have just been installed.
const { bundlerChecks } = await import('./checks/bundlers.mjs')
const { manifestChecks } = await import('./checks/manifests.mjs')
const { nodeChecks } = await import('./checks/node.mjs')
const { runtimeChecks } = await import('./checks/runtimes.mjs')
const { testRunnerChecks } = await import('./checks/test-runners.mjs')
const { typeScriptChecks } = await import('./checks/typescript.mjs')
const { workerChecks } = await import('./checks/workers.mjs')

const tarballs = join(scratch, 'tarballs')
mkdirSync(tarballs)
npm(
  root,
  'pack',
  '--workspace',
  'r2kit',
  '--workspace',
  '@r2kit/local',
  '--workspace',
  '@r2kit/cli',
  '--pack-destination',
  tarballs,
)
const packed = readdirSync(tarballs).map((file) => join(tarballs, file))

/** The install, in a parent folder of all projects. Nothing else is installed, not even types. */
const installed = join(scratch, 'installed')
mkdirSync(installed)
writeFileSync(join(installed, 'package.json'), '{ "private": true }')
npm(installed, 'install', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error', ...packed)

const { startLocalR2 } = await import(
  pathToFileURL(join(installed, 'node_modules/@r2kit/local/dist/node/index.js')).href
)
const server = await startLocalR2()
const { R2Client } = await import(pathToFileURL(join(installed, 'node_modules/r2kit/dist/node/index.js')).href)
const { endpoint, credentials } = server
const r2 = new R2Client({ endpoint, credentials })
await r2.buckets.create({ bucket: 'packages' })
await r2.dispose()
const environment = { endpoint, ...credentials, bucket: 'packages' }

/** What each check gets. `project` makes a folder that finds the install as a user's project does. */
let projects = 0
const context = {
  packed,
  installed,
  environment,
  tools: join(here, 'node_modules'),
  /** A folder with `@types/node`, which the install does not have. */
  nodeTypes: join(root, 'node_modules/@types'),
  project: () => {
    const folder = join(installed, `project-${++projects}`)
    mkdirSync(folder)
    return folder
  },
  /** A folder that finds no package, for bundles that must be complete. */
  outside: () => mkdtempSync(join(scratch, 'outside-')),
}

const wanted = process.argv[2] ?? ''
const checks = [
  ...manifestChecks,
  ...nodeChecks,
  ...runtimeChecks,
  ...typeScriptChecks,
  ...testRunnerChecks,
  ...bundlerChecks,
  ...workerChecks,
].filter(({ name }) => name.includes(wanted))

const counts = { passed: 0, failed: 0, skipped: 0 }
const report = (result, name, detail = '') => {
  counts[result]++
  console.log(`${{ passed: 'ok', failed: 'FAILED', skipped: 'skipped' }[result].padEnd(8)}${name}${detail}`)
}
const runChecks = async () => {
  for (let check = checks.shift(); check !== undefined; check = checks.shift()) {
    const startedMs = Date.now()
    try {
      await check.run(context)
      report('passed', check.name, ` (${((Date.now() - startedMs) / 1000).toFixed(1)} s)`)
    } catch (error) {
      if (error instanceof Skipped) report('skipped', check.name, `: ${error.message}`)
      else report('failed', check.name, `\n${String(error?.message ?? error).slice(0, 4000)}`)
    }
  }
}
await Promise.all([runChecks(), runChecks()])
await server.close()
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
process.exitCode = counts.failed === 0 && counts.passed > 0 ? 0 : 1
