// Set-up for every command of the workspace: installs the dependencies of the lockfile and builds changed sources. Needs only
// Node and npm, so that `npm start` and `npm test` work in a fresh clone.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const stamp = join(root, 'node_modules', '.r2kit-installed')
const lockHash = createHash('sha256')
  .update(readFileSync(join(root, 'package-lock.json')))
  .digest('hex')

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`r2kit needs Node 20.19 or newer; this is ${process.version}.`)
  process.exit(1)
}

/** Runs a command in the workspace. If it fails, exits with its exit code. */
const run = (command, args) => {
  const result = spawnSync(command, args, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' })
  if (result.status !== 0) {
    console.error(`set-up: \`${command} ${args.join(' ')}\` failed`)
    process.exit(result.status ?? 1)
  }
}

const installed = existsSync(stamp) && readFileSync(stamp, 'utf8') === lockHash
if (!installed) {
  console.log('set-up: installing the dependencies of package-lock.json …')
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'])
  mkdirSync(dirname(stamp), { recursive: true })
  writeFileSync(stamp, lockHash)
}

run(process.execPath, [join('node_modules', 'typescript', 'bin', 'tsc'), '-b', 'packages/cli'])
run(process.execPath, [join('scripts', 'bundle.mjs')])
