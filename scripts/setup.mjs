// Set-up for every command of the workspace: installs what the lockfile names if it is not there, and builds what has
// changed. Needs only Node and npm, so that `npm start` and `npm test` work on a fresh clone.
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

/** Runs a command in the workspace, and ends this process with its exit code if it fails. */
const run = (command, args) => {
  const result = spawnSync(command, args, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' })
  if (result.status !== 0) {
    console.error(`set-up: \`${command} ${args.join(' ')}\` failed`)
    process.exit(result.status ?? 1)
  }
}

const installed = existsSync(stamp) && readFileSync(stamp, 'utf8') === lockHash
if (!installed) {
  console.log('set-up: installing what package-lock.json names …')
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'])
  mkdirSync(dirname(stamp), { recursive: true })
  writeFileSync(stamp, lockHash)
}

run(process.execPath, [join('node_modules', 'typescript', 'bin', 'tsc'), '-b', 'packages/cli'])
run(process.execPath, [join('scripts', 'bundle.mjs')])
