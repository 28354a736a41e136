/** Bun and Deno from this folder's own packages, which are installed without their scripts. */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const here = (path) => fileURLToPath(new URL(path, import.meta.url))

const binaries = {
  bun: 'node_modules/@oven/bun-linux-x64/bin/bun',
  deno: 'node_modules/@deno/linux-x64-glibc/deno',
}

/**
 * The path of a runtime's program, installed where it is missing.
 *
 * @param {'bun' | 'deno'} name
 * @returns {string | undefined} undefined where it cannot be installed or does not run on this machine
 */
export const programOf = (name) => {
  const program = here(binaries[name])
  if (!existsSync(program)) {
    const parameters = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
    spawnSync('npm', parameters, { cwd: here('.'), stdio: ['ignore', 2, 2], shell: process.platform === 'win32' })
  }
  const { status } = spawnSync(program, ['--version'])
  return status === 0 ? program : undefined
}

/** Parameters that run a script with all permissions and without network access for packages. */
export const runParameters = { bun: ['run'], deno: ['run', '--allow-all', '--no-remote', '--node-modules-dir=manual'] }

/**
 * Runs a program until it ends. Its standard output is returned and not printed.
 *
 * @returns {Promise<{ code: number, stdout: string }>}
 */
export const run = (program, parameters, options = {}) =>
  new Promise((resolve) => {
    const child = spawn(program, parameters, { stdio: ['ignore', 'pipe', 'inherit'], ...options })
    let stdout = ''
    child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout += text
    })
    child.on('close', (code) => resolve({ code: code ?? 1, stdout }))
  })
