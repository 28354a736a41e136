/**
 * Child processes that answer: each contender has one of its own, so that its CPU time is its own, and no module that one
 * peer loads changes another.
 */
import { fork } from 'node:child_process'

const running = new Set()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/**
 * Starts a worker (a module that calls `serve`).
 *
 * @param {string | URL} file
 * @param {unknown} input what the worker's `start` receives
 * @param {{ execArgv?: string[], execPath?: string }} [options]
 * @returns {Promise<{ ready: any, ask(question: unknown): Promise<any>, stop(): Promise<void> }>}
 */
export const startWorker = async (file, input, options = {}) => {
  const child = fork(file, [], { execArgv: [], stdio: ['ignore', 'ignore', 'pipe', 'ipc'], ...options })
  running.add(child)
  let complaints = ''
  child.stderr.on('data', (text) => {
    complaints = (complaints + text).slice(-4000)
  })
  let settle
  const ended = new Promise((resolve) => {
    child.once('exit', (code, signal) => {
      running.delete(child)
      settle?.reject(new Error(`${file} ended with ${signal ?? code}\n${complaints}`))
      resolve()
    })
  })
  child.on('message', ({ response, error }) => {
    if (error !== undefined) settle.reject(new Error(`${file}: ${error}`))
    else settle.resolve(response)
  })
  const ask = (question) =>
    new Promise((resolve, reject) => {
      settle = { resolve, reject }
      child.send(question)
    })
  const stop = async () => {
    settle = undefined
    child.kill('SIGKILL')
    await ended
  }
  return { ready: await ask(input), ask, stop }
}

/**
 * The worker's side: `start` gets the first message and gives a response and a function for all further ones.
 *
 * @param {(input: any) => Promise<{ ready?: unknown, answer?: (question: any) => Promise<unknown> }>} start
 */
export const serve = (start) => {
  let responder
  process.on('message', async (question) => {
    try {
      if (responder !== undefined) return process.send({ response: await responder(question) })
      const started = await start(question)
      responder = started.response ?? (async () => undefined)
      process.send({ response: started.ready })
    } catch (error) {
      process.send({ error: error?.stack ?? String(error) })
    }
  })
  process.on('disconnect', () => process.exit(0))
}

/** CPU time of this process in microseconds that `action` takes, all threads, in user and in system mode. */
export const cpuPartsOf = async (action) => {
  const before = process.cpuUsage()
  await action()
  return process.cpuUsage(before)
}

/** As `cpuPartsOf`, the sum. */
export const cpuOf = async (action) => {
  const { user, system } = await cpuPartsOf(action)
  return user + system
}
