/**
 * Large transfers over a shaped link: 50 ms there and back, 200 Mbit/s, with and without losses. What the link carries is
 * measured over bare TCP in the same round; peers that take too long are stopped and rated by what they had moved.
 */
import { rmSync } from 'node:fs'
import { linkCapacity } from './link/link-capacity.mjs'
import { openLink } from './link/open-link.mjs'
import { credentials } from './support/bodies.mjs'
import { scratchFolder, writeFileOf } from './support/files.mjs'
import { median, pairedRatio } from './support/statistics.mjs'
import { askOnce, load, mebibyte, startServer } from './support/transfer-bench.mjs'

/** Other than loopback's, so not the ones that everybody knows. */
const access = { ...credentials, secretAccessKey: 'fedcba9876543210'.repeat(4) }

/** @returns bytes per second, and how many requests there were at once, where the contender tells */
const rateOf = async (server, name, question, bytes) => {
  const response = await askOnce(server, name, question)
  return {
    bytesPerSecond: ((response.stopped ? response.movedBytes : bytes) / response.wallMs) * 1000,
    inFlight: response.peakInFlight,
  }
}

/** All contenders, in one direction, `rounds` times. */
const benchDirection = async (link, server, scratch, direction, { bytes, rounds, peerSeconds, peers }) => {
  const rates = new Map(['link', 'r2kit', ...peers].map((name) => [name, []]))
  let inFlight = 0
  for (let round = 0; round < rounds; round++) {
    rates.get('link').push(await linkCapacity(link, { direction }))
    for (const name of ['r2kit', ...peers]) {
      const isUpload = direction === 'upload'
      // Whoever finds a file there has to give its space back first.
      rmSync(scratch.file('target'), { force: true })
      const question = {
        operation: `${direction}-file`,
        key: isUpload ? name : 'r2kit',
        path: scratch.file(isUpload ? 'source' : 'target'),
        ...(name === 'r2kit' ? {} : { seconds: peerSeconds }),
      }
      const moved = await rateOf(server, name, question, bytes)
      rates.get(name).push(moved.bytesPerSecond)
      if (name === 'r2kit') inFlight = Math.max(inFlight, moved.inFlight)
    }
  }
  return [...rates].map(([name, series]) => ({
    name,
    direction,
    bytesPerSecond: median(series),
    ofLink: pairedRatio(series, rates.get('link')),
    timesPeer: pairedRatio(series, rates.get(peers[0] ?? name)),
    congestionControl: link.congestionControl,
    inFlight: name === 'r2kit' ? inFlight : undefined,
    load: load(),
  }))
}

/**
 * @returns {Promise<{ name: string, direction: string, bytesPerSecond: number, ofLink: number, timesPeer: number,
 *   congestionControl: string, inFlight: number | undefined, load: string }[]>}
 *   `timesPeer`: times as fast as the first of `peers`
 */
export const benchTransferLink = async ({
  bytes = 1024 * mebibyte,
  rounds = 1,
  lossPercent = 0,
  congestionControl,
  peerSeconds = 60,
  peers = ['aws-sdk'],
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
      const settings = { bytes, rounds, peerSeconds, peers }
      results.push(...(await benchDirection(link, server, scratch, direction, settings)))
    }
    return results
  } finally {
    await server?.stop()
    link?.close()
    scratch.remove()
  }
}
