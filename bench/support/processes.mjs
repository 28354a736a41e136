/**
 * Worker processes. Each contender runs in its own process, so that its CPU time can be measured and no module that a peer
 * loads affects another contender.
 */
import { fork } from 'node:child_process'

const running = new Set()

/** Stops the workers that a failed benchmark left. */
export const stopAllWorkers = () => {
  for (const child of running) child.kill('SIGKILL')
}
process.on('exit', stopAllWorkers)

/**
 * Starts a worker (a module that calls `serve`).
 *
 * @param {string | URL} file
 * @param {unknown} input the parameter of the worker's `start`
 * @param {{ execArgv?: string[], execPath?: string }} [options]
 * @returns {Promise<{ ready: any, run(task: unknown): Promise<any>, stop(): Promise<void> }>}
 */
export const startWorker = async (file, input, options = {}) => {
  const child = fork(file, [], { execArgv: [], stdio: ['ignore', 'ignore', 'pipe', 'ipc'], ...options })
  running.add(child)
  let stderr = ''
  child.stderr.on('data', (text) => {
    stderr = (stderr + text).slice(-4000)
  })
  let pending
  const ended = new Promise((resolve) => {
    child.once('exit', (code, signal) => {
      running.delete(child)
      pending?.reject(new Error(`${file} exited with ${signal ?? code}\n${stderr}`))
      resolve()
    })
  })
  child.on('message', ({ result, error }) => {
    if (error !== undefined) pending.reject(new Error(`${file}: ${error}`))
    else pending.resolve(result)
  })
  const run = (task) =>
    new Promise((resolve, reject) => {
      pending = { resolve, reject }
      child.send(task)
    })
  const stop = async () => {
    pending = undefined
    child.kill('SIGKILL')
    await ended
  }
  return { ready: await run(input), run, stop }
}

/**
 * The worker's side. `start` receives the first message and returns its result and a handler for all later ones.
 *
 * @param {(input: any) => Promise<{ ready?: unknown, handle?: (task: any) => Promise<unknown> }>} start
 */
export const serve = (start) => {
  let handle
  process.on('message', async (task) => {
    try {
      if (handle !== undefined) return process.send({ result: await handle(task) })
      const started = await start(task)
      handle = started.handle ?? (async () => undefined)
      process.send({ result: started.ready })
    } catch (error) {
      process.send({ error: error?.stack ?? String(error) })
    }
  })
  process.on('disconnect', () => process.exit(0))
}

/** CPU time of all threads of this process during `action`, in microseconds, in user and in system mode. */
export const cpuPartsOf = async (action) => {
  const before = process.cpuUsage()
  await action()
  return process.cpuUsage(before)
}

/** The sum of `cpuPartsOf`. */
export const cpuOf = async (action) => {
  const { user, system } = await cpuPartsOf(action)
  return user + system
}
