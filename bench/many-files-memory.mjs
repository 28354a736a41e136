/**
 * Memory for transferring few and many small files, with the server in another process. The reachable memory at the end
 * must not depend on the number of files. The peak does, because V8 collects garbage late in a large heap; each transfer
 * therefore runs a second time with a small heap.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { withBefore } from './support/builds.mjs'
import { scratchFolder } from './support/files.mjs'
import { startWorker } from './support/processes.mjs'
import { bucket, startServer } from './support/transfer-bench.mjs'

const worker = fileURLToPath(new URL('workers/directory-worker.mjs', import.meta.url))
/** Twice the reachable memory. */
const smallHeap = ['--max-old-space-size=16', '--max-semi-space-size=1']
const folders = 100

export const makeFiles = async (root, files, bytes) => {
  for (let index = 0; index < folders; index++) await mkdir(join(root, `folder-${index}`), { recursive: true })
  for (let index = 0; index < files; index++) {
    await writeFile(join(root, `folder-${index % folders}`, `file-${index}`), Buffer.alloc(bytes, index))
  }
}

/**
 * @returns {Promise<{ direction: 'up' | 'down', files: number, name: string, before?: string, liveBytes: number, peakBytes: number, smallHeapPeakBytes: number }[]>}
 *   `name`: r2kit, or the other build
 */
export const benchManyFilesMemory = async ({ counts = [10_000, 60_000], bytes = 4096, before } = {}) => {
  const scratch = scratchFolder()
  const { endpoint, access, stop } = await startServer({})
  const run = async (task, build, flags) => {
    const execArgv = ['--expose-gc', ...flags]
    const started = await startWorker(worker, { endpoint, bucket, access, build }, { execArgv })
    try {
      return await started.run(task)
    } finally {
      await started.stop()
    }
  }
  const results = []
  try {
    for (const files of counts) {
      const source = scratch.file(`source-${files}`)
      await makeFiles(source, files, bytes)
      for (const direction of ['up', 'down']) {
        for (const { name, before: counterpart, options } of withBefore([{ name: 'r2kit' }], before)) {
          // A separate folder for each run: on ext4, creating files is slow after many files were removed.
          const pathFor = (heap) => (direction === 'up' ? source : scratch.file(`target-${files}-${heap}-${name}`))
          const task = { direction, files, prefix: String(files) }
          const { liveBytes, peakBytes } = await run({ ...task, path: pathFor('usual') }, options?.build, [])
          const small = await run({ ...task, path: pathFor('small') }, options?.build, smallHeap)
          const smallHeapPeakBytes = small.peakBytes
          results.push({ direction, files, name, before: counterpart, liveBytes, peakBytes, smallHeapPeakBytes })
        }
      }
    }
  } finally {
    await stop()
    scratch.remove()
  }
  return results
}
