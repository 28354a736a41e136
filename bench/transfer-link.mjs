/**
 * Large transfers over a shaped link: 50 ms there and back, 200 Mbit/s, with and without losses. What the link carries is
 * measured over bare TCP in the same round; peers that take too long are stopped and rated by what they had moved.
 */
import { linkCapacity } from './link/link-capacity.mjs'
import { openLink } from './link/open-link.mjs'
import { credentials } from './support/bodies.mjs'
import { scratchFolder, writeFileOf } from './support/files.mjs'
import { median, pairedRatio } from './support/statistics.mjs'
import { askOnce, load, mebibyte, startServer } from './support/transfer-bench.mjs'

const directions = ['upload', 'download']
const access = { ...credentials, secretAccessKey: 'fedcba9876543210'.repeat(4) }

/**
 * @returns {Promise<{ name: string, direction: string, lossPercent: number, bytesPerSecond: number, ofLink: number,
 *   overPeer: number, congestionControl: string, peakInFlight: number, load: string }[]>}
 *   `overPeer`: times as fast as the AWS SDK
 */
export const benchTransferLink = async ({
  bytes = 1024 * mebibyte,
  rounds = 1,
  losses = [0, 0.1],
  congestionControl,
  peerSeconds = 60,
  peers = ['aws-sdk'],
} = {}) => {
  const scratch = scratchFolder()
  const path = scratch.file('source')
  await writeFileOf(path, bytes)
  const results = []
  for (const lossPercent of losses) {
    const link = await openLink({ roundTripMs: 50, megabitsPerSecond: 200, lossPercent, congestionControl })
    let server
    try {
      const ends = { host: link.host, credentials: access, options: link.far, near: link.near }
      server = await startServer({ folder: scratch.file(`data-${lossPercent}`), ...ends })
      for (const direction of directions) {
        const rates = new Map(['link', 'r2kit', ...peers].map((name) => [name, []]))
        let peakInFlight = 0
        for (let round = 0; round < rounds; round++) {
          rates.get('link').push(await linkCapacity(link, { direction }))
          for (const name of ['r2kit', ...peers]) {
            const question = {
              operation: `${direction}-file`,
              key: direction === 'upload' ? name : 'r2kit',
              path: direction === 'upload' ? path : scratch.file('target'),
              ...(name === 'r2kit' ? {} : { seconds: peerSeconds }),
            }
            const answer = await askOnce(server, name, question)
            const moved = answer.stopped ? answer.movedBytes : bytes
            rates.get(name).push((moved / answer.wallMs) * 1000)
            if (name === 'r2kit') peakInFlight = answer.peakInFlight
          }
        }
        for (const [name, series] of rates) {
          results.push({
            name,
            direction,
            lossPercent,
            bytesPerSecond: median(series),
            ofLink: pairedRatio(series, rates.get('link')),
            overPeer: pairedRatio(series, rates.get(peers[0] ?? name)),
            congestionControl: link.congestionControl,
            peakInFlight,
            load: load(),
          })
        }
      }
    } finally {
      await server?.stop()
      link.close()
    }
  }
  scratch.remove()
  return results
}
