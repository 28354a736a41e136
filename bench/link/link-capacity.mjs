/** The throughput of a link: the rate at which bytes arrive over many bare TCP connections after their slow start. */
import { setTimeout as sleep } from 'node:timers/promises'
import { startWorker } from '../support/processes.mjs'

const worker = new URL('../workers/plain-tcp-worker.mjs', import.meta.url)

/**
 * @param {Awaited<ReturnType<import('./open-link.mjs').openLink>>} link
 * @param {{ direction: 'upload' | 'download', seconds?: number, connections?: number }} load
 * @returns {Promise<number>} bytes per second
 */
export const linkCapacity = async (link, { direction, seconds = 8, connections = 32 }) => {
  const far = await startWorker(worker, { listen: link.host }, link.far)
  const near = await startWorker(worker, {}, link.near)
  const receiver = direction === 'upload' ? far : near
  await near.run({ host: link.host, port: far.ready.port, direction, connections })
  await sleep(2000)
  const before = await receiver.run({})
  await sleep(seconds * 1000)
  const after = await receiver.run({ close: true })
  await Promise.all([near.stop(), far.stop()])
  return ((after.received - before.received) / (after.atMs - before.atMs)) * 1000
}
