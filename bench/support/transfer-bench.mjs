/** Shared by the transfer benchmarks: a server with a bucket, and one process per contender. */
import { loadavg } from 'node:os'
import { startWorker } from './processes.mjs'

const here = (file) => new URL(file, import.meta.url)
export const bucket = 'bench'
const programs = ['rclone', 'curl']
export const mebibyte = 1024 * 1024

/**
 * Starts the local R2 in another process, with its data in a folder that the caller removes.
 *
 * @param {{ folder: string, durable?: boolean, host?: string, options?: object, credentials?: object, near?: object }} settings
 *   `options`, `near`: options of `startWorker` for the server and for the clients, the two ends of a link
 */
export const startServer = async ({ folder, durable = false, host, credentials, options, near }) => {
  const server = await startWorker(
    here('../servers/local-r2-server.mjs'),
    { durable, folder, host, credentials },
    options,
  )
  const { endpoint, credentials: access } = server.ready
  const start = (name, options, process = {}) =>
    startWorker(
      here(`../workers/${programs.includes(name) ? 'command' : 'transfer'}-worker.mjs`),
      { name, endpoint, bucket, access, options },
      { ...near, ...process },
    )
  const client = await start('r2kit')
  await client.run({ operation: 'create-bucket' })
  await client.stop()
  return { endpoint, access, start, stop: server.stop }
}

/**
 * Runs one task in a new process. The result has only `unavailable`, a reason, if the contender cannot run.
 *
 * @param {{ execPath?: string }} [process] the runtime, if not the running Node
 */
export const runOnce = async (server, name, task, options, process) => {
  const worker = await server.start(name, options, process)
  try {
    return worker.ready?.unavailable === undefined ? await worker.run(task) : worker.ready
  } finally {
    await worker.stop()
  }
}

/** The load average of the last minute. */
export const load = () => `load ${loadavg()[0].toFixed(1)}`
