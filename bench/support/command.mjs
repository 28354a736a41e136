/** Runs a command and measures its CPU time, including its child processes. */
import { spawn, spawnSync } from 'node:child_process'

/** The shell's `times` prints user and system time: one line for the shell, one for all its children. */
const script = '"$@" >&2; status=$?; times; exit $status'

const seconds = (text) => {
  const [, minutes, rest] = /^(\d+)m([\d.]+)s$/.exec(text.replace(',', '.')) ?? []
  return Number(minutes) * 60 + Number(rest)
}

/** @returns {boolean} whether the program can be started */
export const isInstalled = (program, parameters = ['--version']) =>
  spawnSync(program, parameters, { stdio: 'ignore' }).status === 0

/** @returns {Promise<{ wallMs: number, cpuMs: number }>} */
export const runCommand = async (command, env) => {
  const startMs = performance.now()
  const child = spawn('/bin/sh', ['-c', script, 'sh', ...command], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let times = ''
  let output = ''
  child.stdout.on('data', (text) => {
    times += text
  })
  child.stderr.on('data', (text) => {
    output = (output + text).slice(-2000)
  })
  const code = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve))
  const wallMs = performance.now() - startMs
  if (code !== 0) throw new Error(`${command.slice(0, 3).join(' ')} … exited with ${code}\n${output}`)
  const [user, system] = times.trim().split('\n')[1]?.split(/\s+/) ?? []
  return { wallMs, cpuMs: (seconds(user) + seconds(system)) * 1000 }
}
