/** What the launchers share: a free port, waiting for a fact, and child processes that never outlive the runner. */
import { spawn } from 'node:child_process'
import { createServer } from 'node:net'

/** A port of the loopback interface that was free a moment ago. */
export const freePort = () =>
  new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })

/** Asks `isTrue` until it answers true; an exception counts as "not yet". Fails after `timeoutMs` with what was waited for. */
export const waitFor = async (what, timeoutMs, isTrue) => {
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
  throw new Error(`${what}: not within ${timeoutMs} ms${last ? ` (${last.message})` : ''}`, { cause: last })
}

const running = new Set()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130))

/**
 * Starts a long-running program. `output()` is the end of what it said; `stop()` asks it to end, and insists after five
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
      const insist = setTimeout(() => child.kill('SIGKILL'), 5000)
      await ended
      clearTimeout(insist)
    },
  }
}

/** Runs a program to its end. Rejects with what it said unless it ends with 0. Answers its standard output. */
export const runProgram = (command, parameters, { timeoutMs = 120_000, input, ...options } = {}) =>
  new Promise((resolve, reject) => {
    const child = spawn(command, parameters, {
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      ...options,
    })
    running.add(child)
    const out = []
    const said = []
    child.stdout.on('data', (chunk) => out.push(chunk))
    child.stderr.on('data', (chunk) => said.push(chunk))
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
      const output = Buffer.concat(out)
      if (code === 0) return resolve(output)
      const words = Buffer.concat([...said, ...out])
        .toString()
        .trim()
        .slice(-1500)
      reject(new Error(`${command} ${parameters.slice(0, 6).join(' ')}: ended with ${signal ?? code}: ${words}`))
    })
  })
