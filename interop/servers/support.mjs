/** Shared by the launchers: free ports, polling, and child processes that never outlive the runner. */
import { spawn } from 'node:child_process'
import { createServer } from 'node:net'

/** A loopback port that was free when this function returned it. */
export const freePort = () =>
  new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })

/** Polls `isTrue` until it returns true; an exception counts as false. Rejects after `timeoutMs`, naming `condition`. */
export const waitFor = async (condition, timeoutMs, isTrue) => {
  const deadline = Date.now() + timeoutMs
  let last
  while (Date.now() < deadline) {
    try {
      if (await isTrue()) return
    } catch (error) {
      last = error
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`${condition}: not within ${timeoutMs} ms${last ? ` (${last.message})` : ''}`, { cause: last })
}

const running = new Set()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130))

/**
 * Starts a long-running program. `output()` returns the end of its output. `stop()` sends SIGTERM, and SIGKILL after five
 * seconds.
 */
export const startProcess = (command, parameters, options = {}) => {
  const child = spawn(command, parameters, { stdio: ['pipe', 'pipe', 'pipe'], ...options })
  running.add(child)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output = (output + text).slice(-20_000)
    })
  }
  const ended = new Promise((resolve) => {
    const end = () => {
      running.delete(child)
      resolve()
    }
    child.once('exit', end)
    child.once('error', (error) => {
      output += error.message
      end()
    })
  })
  return {
    child,
    output: () => output,
    hasEnded: () => !running.has(child),
    async stop() {
      if (!running.has(child)) return
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), 5000)
      await ended
      clearTimeout(timer)
    },
  }
}

/** Runs a program until it exits. Resolves with its standard output, or rejects with its output if the exit code is not 0. */
export const runProgram = (command, parameters, { timeoutMs = 120_000, input, ...options } = {}) =>
  new Promise((resolve, reject) => {
    const child = spawn(command, parameters, {
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      ...options,
    })
    running.add(child)
    const stdout = []
    const stderr = []
    child.stdout.on('data', (chunk) => stdout.push(chunk))
    child.stderr.on('data', (chunk) => stderr.push(chunk))
    if (input !== undefined) child.stdin.end(input)
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs)
    child.once('error', (error) => {
      running.delete(child)
      clearTimeout(timer)
      reject(error)
    })
    child.once('close', (code, signal) => {
      running.delete(child)
      clearTimeout(timer)
      if (code === 0) return resolve(Buffer.concat(stdout))
      const output = Buffer.concat([...stderr, ...stdout])
        .toString()
        .trim()
        .slice(-1500)
      reject(new Error(`${command} ${parameters.slice(0, 6).join(' ')}: ended with ${signal ?? code}: ${output}`))
    })
  })
