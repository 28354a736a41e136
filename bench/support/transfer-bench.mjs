/** What benches of transfers share: a server with a bucket, and one process per contender. */
import { loadavg } from 'node:os'
import { startWorker } from './processes.mjs'

const here = (file) => new URL(file, import.meta.url)
export const bucket = 'bench'
export const mebibyte = 1024 * 1024

/**
 * The local R2 in another process, with its data in a folder that the caller removes.
 *
 * @param {{ folder: string, durable?: boolean, host?: string, options?: object, credentials?: object, near?: object }} where
 *   `options`, `near`: for `startWorker`, the ends of a link
 */
export const startServer = async ({ folder, durable = false, host, credentials, options, near }) => {
  const server = await startWorker(
    here('../servers/local-r2-server.mjs'),
    { durable, folder, host, credentials },
    options,
  )
  const { endpoint, credentials: access } = server.ready
  const start = (name, options) =>
    startWorker(
      here(`../workers/${name === 'rclone' ? 'rclone' : 'transfer'}-worker.mjs`),
      { name, endpoint, bucket, access, options },
      near,
    )
  const maker = await start('r2kit')
  await maker.ask({ operation: 'make-bucket' })
  await maker.stop()
  return { endpoint, access, start, stop: server.stop }
}

/** Runs one question in a process of its own. */
export const askOnce = async (server, name, question, options) => {
  const worker = await server.start(name, options)
  try {
    return await worker.ask(question)
  } finally {
    await worker.stop()
  }
}

/** How busy the machine was: runnable processes in the last minute. */
export const load = () => `load ${loadavg()[0].toFixed(1)}`
