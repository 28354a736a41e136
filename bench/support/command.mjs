/** Runs a command and measures its CPU time, including its child processes. */
import { spawn, spawnSync } from 'node:child_process'

/**
 * The shell's `times` prints user and system time: one line for the shell, one for all its children that have exited. Bash
 * reads them with `getrusage`, in milliseconds; other shells count ticks of 10 ms.
 */
const script = '"$@" >&2; status=$?; times; exit $status'

const seconds = (text) => {
  const [, minutes, rest] = /^(\d+)m([\d.]+)s$/.exec(text.replace(',', '.')) ?? []
  return Number(minutes) * 60 + Number(rest)
}

/** @returns {boolean} whether the program can be started */
export const isInstalled = (program, parameters = ['--version']) =>
  spawnSync(program, parameters, { stdio: 'ignore' }).status === 0

/** @returns {Promise<{ wallMs: number, cpuMs: number, userMs: number }>} */
export const runCommand = async (command, env) => {
  const startMs = performance.now()
  const child = spawn('bash', ['-c', script, 'bash', ...command], { env, stdio: ['ignore', 'pipe', 'pipe'] })
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
  const [user, system] = (times.trim().split('\n')[1]?.split(/\s+/) ?? []).map(seconds)
  return { wallMs, cpuMs: (user + system) * 1000, userMs: user * 1000 }
}
