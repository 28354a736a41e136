/** CPU per MB of moving one large file on loopback, each contender in a process of its own, in turns. */
import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { scratchFolder, writeFileOf } from './support/files.mjs'
import { rotated } from './support/statistics.mjs'
import { askOnce, load, mebibyte, startServer } from './support/transfer-bench.mjs'

const isInstalled = (program) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0

const contenders = () => [
  { label: 'r2kit', name: 'r2kit' },
  { label: 'r2kit, unverified', name: 'r2kit', options: { verify: false }, only: 'download-file' },
  { label: 'aws-sdk', name: 'aws-sdk' },
  { label: 'minio', name: 'minio' },
  ...(isInstalled('rclone') ? [{ label: 'rclone', name: 'rclone' }] : []),
]

/**
 * A virtual machine gets its memory page by page from its host, at the cost of whoever touches it first: more than all else
 * that a download does. So each contender finds as much memory as it needs for its file, just given back.
 */
const touchMemory = async (path, bytes) => {
  await writeFileOf(path, bytes)
  rmSync(path)
}

/**
 * Of each contender the round that took least: what the host's memory adds, it adds at random and to some rounds only, up to
 * three times of what the work itself takes.
 *
 * @returns {Promise<{ operation: string, name: string, microsecondsPerMegabyte: number, userPerMegabyte: number, mostPerMegabyte: number, timesOurs: number, wallSeconds: number, load: string }[]>}
 *   `userPerMegabyte`: of it in user mode; `mostPerMegabyte`: in the round that took most
 */
export const benchTransferCpu = async ({ bytes = 1024 * mebibyte, rounds = 5 } = {}) => {
  const scratch = scratchFolder()
  const source = scratch.file('source')
  await writeFileOf(source, bytes)
  const server = await startServer({ folder: scratch.file('data') })
  const results = []
  try {
    for (const operation of ['upload-file', 'download-file']) {
      const running = contenders().filter(({ only }) => only === undefined || only === operation)
      const runs = new Map(running.map(({ label }) => [label, []]))
      for (let round = 0; round < rounds; round++) {
        for (const { label, name, options } of rotated(running, round)) {
          const target = scratch.file('target')
          const isUpload = operation === 'upload-file'
          // Everybody fetches the object that was made of our parts, and writes a new file.
          const load = { operation, key: isUpload ? name : 'r2kit', path: isUpload ? source : target }
          await touchMemory(scratch.file('touched'), bytes)
          runs.get(label).push(await askOnce(server, name, load, options))
          rmSync(target, { force: true })
        }
      }
      const leastOf = (label) => runs.get(label).reduce((a, b) => (b.cpuMicroseconds < a.cpuMicroseconds ? b : a))
      const megabytes = bytes / 1e6
      for (const { label } of running) {
        const least = leastOf(label)
        results.push({
          operation,
          name: label,
          microsecondsPerMegabyte: least.cpuMicroseconds / megabytes,
          userPerMegabyte: least.userMicroseconds / megabytes,
          mostPerMegabyte: Math.max(...runs.get(label).map(({ cpuMicroseconds }) => cpuMicroseconds)) / megabytes,
          timesOurs: least.cpuMicroseconds / leastOf('r2kit').cpuMicroseconds,
          wallSeconds: least.wallMs / 1000,
          load: load(),
        })
      }
    }
  } finally {
    await server.stop()
    scratch.remove()
  }
  return results
}
