/** CPU time per MB for transferring one large file on loopback. Each contender runs in its own process; they take turns. */
import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { scratchFolder, writeFileOf } from './support/files.mjs'
import { rotated } from './support/statistics.mjs'
import { load, mebibyte, runOnce, startServer } from './support/transfer-bench.mjs'

const isInstalled = (program) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0

const contenders = () => [
  { label: 'r2kit', name: 'r2kit' },
  { label: 'r2kit, unverified', name: 'r2kit', options: { verify: false }, only: 'download-file' },
  { label: 'aws-sdk', name: 'aws-sdk' },
  { label: 'minio', name: 'minio' },
  ...(isInstalled('rclone') ? [{ label: 'rclone', name: 'rclone' }] : []),
]

/**
 * A virtual machine receives its memory from the host page by page, and the first access to a page costs more than all
 * other work of a download. Writing and removing a file first gives each contender memory that the host already provided.
 */
const touchMemory = async (path, bytes) => {
  await writeFileOf(path, bytes)
  rmSync(path)
}

/**
 * Reports the fastest round of each contender, because page faults of the host add up to three times the actual work, in
 * random rounds.
 *
 * @returns {Promise<{ operation: string, name: string, microsecondsPerMegabyte: number, userPerMegabyte: number, mostPerMegabyte: number, timesOurs: number, wallSeconds: number, load: string }[]>}
 *   `userPerMegabyte`: share in user mode. `mostPerMegabyte`: CPU time of the slowest round
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
          // All contenders download the object that r2kit uploaded, into a new file.
          const task = { operation, key: isUpload ? name : 'r2kit', path: isUpload ? source : target }
          await touchMemory(scratch.file('touched'), bytes)
          runs.get(label).push(await runOnce(server, name, task, options))
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
