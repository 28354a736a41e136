/** CPU and wall time for transferring one large file on loopback. Each contender runs in its own process; they take turns. */
import { rmSync } from 'node:fs'
import { withBefore } from './support/builds.mjs'
import { scratchFolder, writeFileOf } from './support/files.mjs'
import { rotated } from './support/statistics.mjs'
import { mebibyte, runOnce, startServer } from './support/transfer-bench.mjs'
import { onRuntimes } from './support/turns.mjs'

/** The clients that run on every version of Node. */
const everywhere = (before) => [
  ...withBefore([{ name: 'r2kit' }], before),
  { name: 'r2kit, unverified', client: 'r2kit', options: { integrity: 'none' } },
]

const others = [
  { name: 'r2kit, MD5', client: 'r2kit', options: { integrity: 'md5' }, only: 'upload-file' },
  { name: 'aws-sdk' },
  { name: 'minio' },
  { name: 'opendal' },
  { name: 'rclone' },
  { name: 'curl' },
]

/**
 * A virtual machine receives its memory from the host page by page, and the first access to a page costs more than all
 * other work of a download. Writing and removing a file first gives each contender memory that the host already provided.
 * Half more than the download needs, because the guest returns free memory to the host meanwhile, the large blocks first:
 * writes that are aligned get those.
 */
const touchMemory = async (path, bytes) => {
  await writeFileOf(path, 1.5 * bytes)
  rmSync(path)
}

/**
 * Reports the fastest round of each contender, because page faults of the host add up to three times the actual work, in
 * random rounds.
 *
 * @returns {Promise<{ operation: string, name: string, runtime: string, before?: string, skipped?: string, microsecondsPerMegabyte?: number,
 *   userPerMegabyte?: number, mostPerMegabyte?: number, wallSeconds?: number }[]>}
 *   `userPerMegabyte`: share in user mode. `mostPerMegabyte`: CPU time of the slowest round. `wallSeconds`: the shortest
 */
export const benchTransferCpu = async ({ runtimes, before, bytes = 1024 * mebibyte, rounds = 5 }) => {
  const scratch = scratchFolder()
  const source = scratch.file('source')
  await writeFileOf(source, bytes)
  const server = await startServer({ folder: scratch.file('data') })
  const [first, ...rest] = runtimes
  const all = [...onRuntimes([first], [...everywhere(before), ...others]), ...onRuntimes(rest, everywhere(before))].map(
    (contender, index) => ({ ...contender, id: `object-${index}` }),
  )
  const skipped = new Map()
  const results = []
  try {
    for (const operation of ['upload-file', 'download-file']) {
      const contenders = all.filter(({ only }) => only === undefined || only === operation)
      const runs = new Map(contenders.map(({ id }) => [id, []]))
      for (let round = 0; round < rounds; round++) {
        for (const { id, name, client = name, options, runtime, isBefore = false } of rotated(contenders, round)) {
          if (runtime.unavailable !== undefined) skipped.set(id, runtime.unavailable)
          if (skipped.has(id)) continue
          const target = scratch.file('target')
          const isUpload = operation === 'upload-file'
          // Into a new file. All download the object that r2kit uploaded; the other build downloads its own.
          const key = isUpload || isBefore ? id : all[0].id
          const task = { operation, key, path: isUpload ? source : target }
          await touchMemory(scratch.file('touched'), bytes)
          const result = await runOnce(server, client, task, options, { execPath: runtime.execPath })
          if (result.unavailable === undefined) runs.get(id).push(result)
          else skipped.set(id, result.unavailable)
          rmSync(target, { force: true })
        }
      }
      const megabytes = bytes / 1e6
      for (const { id, name, runtime, before: counterpart } of contenders) {
        const common = { operation, name, runtime: runtime.name }
        if (skipped.has(id)) {
          results.push({ ...common, skipped: skipped.get(id) })
          continue
        }
        const own = runs.get(id)
        const least = own.reduce((a, b) => (b.cpuMicroseconds < a.cpuMicroseconds ? b : a))
        results.push({
          ...common,
          before: counterpart,
          microsecondsPerMegabyte: least.cpuMicroseconds / megabytes,
          userPerMegabyte: least.userMicroseconds / megabytes,
          mostPerMegabyte: Math.max(...own.map(({ cpuMicroseconds }) => cpuMicroseconds)) / megabytes,
          wallSeconds: Math.min(...own.map(({ wallMs }) => wallMs)) / 1000,
        })
      }
    }
  } finally {
    await server.stop()
    scratch.remove()
  }
  return results
}
