/**
 * Large transfers over a shaped link: 50 ms round-trip time, 200 Mbit/s, with and without packet loss. The throughput of
 * the link is measured with bare TCP in the same round. Peers that exceed a time limit are stopped and rated by the bytes
 * they transferred until then.
 */
import { rmSync } from 'node:fs'
import { linkCapacity } from './link/link-capacity.mjs'
import { openLink } from './link/open-link.mjs'
import { credentials } from './support/bodies.mjs'
import { withBefore } from './support/builds.mjs'
import { scratchFolder, writeFileOf } from './support/files.mjs'
import { median, pairedRatio } from './support/statistics.mjs'
import { load, mebibyte, runOnce, startServer } from './support/transfer-bench.mjs'

/** Not the well-known credentials, which the local R2 accepts only on loopback. */
const access = { ...credentials, secretAccessKey: 'fedcba9876543210'.repeat(4) }

/** @returns bytes per second, and the peak of requests in flight if the contender reports it */
const rateOf = async (server, { client, options }, task, bytes) => {
  const result = await runOnce(server, client, task, options)
  return {
    bytesPerSecond: ((result.stopped ? result.movedBytes : bytes) / result.wallMs) * 1000,
    inFlight: result.peakInFlight,
  }
}

/** Runs all contenders in one direction, `rounds` times. */
const benchDirection = async (link, server, scratch, direction, { bytes, rounds, peerSeconds, peers, before }) => {
  const contenders = [
    ...withBefore([{ name: 'r2kit', client: 'r2kit' }], before),
    ...peers.map((name) => ({ name, client: name, seconds: peerSeconds })),
  ]
  const rates = new Map(['link', ...contenders.map(({ name }) => name)].map((name) => [name, []]))
  let inFlight = 0
  for (let round = 0; round < rounds; round++) {
    rates.get('link').push(await linkCapacity(link, { direction }))
    for (const contender of contenders) {
      const { name, seconds, isBefore = false } = contender
      const isUpload = direction === 'upload'
      // Overwriting a file would first have to free its space.
      rmSync(scratch.file('target'), { force: true })
      const task = {
        operation: `${direction}-file`,
        key: isUpload || isBefore ? name : 'r2kit',
        path: scratch.file(isUpload ? 'source' : 'target'),
        ...(seconds === undefined ? {} : { seconds }),
      }
      const moved = await rateOf(server, contender, task, bytes)
      rates.get(name).push(moved.bytesPerSecond)
      if (name === 'r2kit') inFlight = Math.max(inFlight, moved.inFlight)
    }
  }
  return [...rates].map(([name, series]) => ({
    name,
    direction,
    bytesPerSecond: median(series),
    over: (other) => (rates.has(other) ? pairedRatio(series, rates.get(other)) : undefined),
    congestionControl: link.congestionControl,
    inFlight: name === 'r2kit' ? inFlight : undefined,
    load: load(),
  }))
}

/**
 * @returns {Promise<{ name: string, direction: string, bytesPerSecond: number, over: (other: string) => number | undefined,
 *   congestionControl: string, inFlight: number | undefined, load: string }[]>}
 *   `name`: `link` is bare TCP. `over`: throughput over that of another contender
 */
export const benchTransferLink = async ({
  bytes = 1024 * mebibyte,
  rounds = 1,
  lossPercent = 0,
  congestionControl,
  peerSeconds = 60,
  peers = ['aws-sdk'],
  before,
} = {}) => {
  const scratch = scratchFolder()
  let link
  let server
  try {
    await writeFileOf(scratch.file('source'), bytes)
    link = await openLink({ roundTripMs: 50, megabitsPerSecond: 200, lossPercent, congestionControl })
    const ends = { host: link.host, credentials: access, options: link.far, near: link.near }
    server = await startServer({ folder: scratch.file('data'), ...ends })
    const results = []
    for (const direction of ['upload', 'download']) {
      const settings = { bytes, rounds, peerSeconds, peers, before }
      results.push(...(await benchDirection(link, server, scratch, direction, settings)))
    }
    return results
  } finally {
    await server?.stop()
    link?.close()
    scratch.remove()
  }
}
