/** CPU per MB of moving one large file on loopback, each contender in a process of its own, in turns. */
import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { scratchFolder, writeFileOf } from './support/files.mjs'
import { median, pairedRatio, rotated } from './support/statistics.mjs'
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
 * @returns {Promise<{ operation: string, name: string, microsecondsPerMegabyte: number, userPerMegabyte: number, timesOurs: number, wallSeconds: number, load: string }[]>}
 *   `userPerMegabyte`: of it in user mode; the rest is the kernel's, most of it for memory, and differs from run to run
 */
export const benchTransferCpu = async ({ bytes = 1024 * mebibyte, rounds = 3 } = {}) => {
  const scratch = scratchFolder()
  const source = scratch.file('source')
  await writeFileOf(source, bytes)
  const server = await startServer({ folder: scratch.file('data') })
  const results = []
  try {
    for (const operation of ['upload-file', 'download-file']) {
      const running = contenders().filter(({ only }) => only === undefined || only === operation)
      const cpu = new Map(running.map(({ label }) => [label, []]))
      const user = new Map(running.map(({ label }) => [label, []]))
      const wall = new Map(running.map(({ label }) => [label, []]))
      for (let round = 0; round < rounds; round++) {
        for (const { label, name, options } of rotated(running, round)) {
          const target = scratch.file('target')
          const isUpload = operation === 'upload-file'
          // Everybody fetches the object that was made of our parts, and writes a new file.
          const load = { operation, key: isUpload ? name : 'r2kit', path: isUpload ? source : target }
          await touchMemory(scratch.file('touched'), bytes)
          const { cpuMicroseconds, userMicroseconds, wallMs } = await askOnce(server, name, load, options)
          cpu.get(label).push(cpuMicroseconds / (bytes / 1e6))
          user.get(label).push(userMicroseconds / (bytes / 1e6))
          wall.get(label).push(wallMs / 1000)
          rmSync(target, { force: true })
        }
      }
      for (const { label } of running) {
        results.push({
          operation,
          name: label,
          microsecondsPerMegabyte: median(cpu.get(label)),
          userPerMegabyte: median(user.get(label)),
          timesOurs: pairedRatio(cpu.get(label), cpu.get('r2kit')),
          wallSeconds: median(wall.get(label)),
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
