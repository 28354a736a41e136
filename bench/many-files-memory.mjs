/**
 * Memory of moving few and many small files, the server in another process. What is reachable at the end is the same
 * however many there were. The peak is not quite: V8 lets what is dead lie until it has reason to look. So each is measured a
 * second time in a small heap, in which it cannot.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { scratchFolder } from './support/files.mjs'
import { startWorker } from './support/processes.mjs'
import { bucket, startServer } from './support/transfer-bench.mjs'

const worker = fileURLToPath(new URL('workers/directory-worker.mjs', import.meta.url))
/** Twice what is reachable. */
const smallHeap = ['--max-old-space-size=16', '--max-semi-space-size=1']
const folders = 100

export const makeFiles = async (root, files, bytes) => {
  for (let index = 0; index < folders; index++) await mkdir(join(root, `folder-${index}`), { recursive: true })
  for (let index = 0; index < files; index++) {
    await writeFile(join(root, `folder-${index % folders}`, `file-${index}`), Buffer.alloc(bytes, index))
  }
}

/** @returns {Promise<{ direction: 'up' | 'down', files: number, liveBytes: number, peakBytes: number, smallHeapPeakBytes: number }[]>} */
export const benchManyFilesMemory = async ({ counts = [10_000, 60_000], bytes = 4096 } = {}) => {
  const scratch = scratchFolder()
  const { endpoint, access, stop } = await startServer({})
  const ask = async (question, flags) => {
    const started = await startWorker(worker, { endpoint, bucket, access }, { execArgv: ['--expose-gc', ...flags] })
    try {
      return await started.ask(question)
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
        // A folder of its own for each: where many files have just been removed, ext4 takes long to make others.
        const place = (way) => (direction === 'up' ? source : scratch.file(`target-${files}-${way}`))
        const question = { direction, files, prefix: String(files) }
        const { liveBytes, peakBytes } = await ask({ ...question, path: place('usual') }, [])
        const small = await ask({ ...question, path: place('small') }, smallHeap)
        results.push({ direction, files, liveBytes, peakBytes, smallHeapPeakBytes: small.peakBytes })
      }
    }
  } finally {
    await stop()
    scratch.remove()
  }
  return results
}
