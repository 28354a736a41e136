/** Files of any size to upload, in a folder that is removed when the process exits. */
import { mkdtempSync, rmSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pattern } from './bodies.mjs'

/** A temporary folder for a section. Removed by `remove`, at the latest when the process exits. */
export const scratchFolder = () => {
  const path = mkdtempSync(join(tmpdir(), 'r2kit-bench-'))
  const remove = () => {
    process.off('exit', remove)
    rmSync(path, { recursive: true, force: true })
  }
  process.on('exit', remove)
  return { path, file: (name) => join(path, name), remove }
}

/** Writes a file of this many bytes in which no two blocks are equal. */
export const writeFileOf = async (path, bytes) => {
  const file = await open(path, 'w')
  const block = Buffer.from(pattern)
  for (let at = 0; at < bytes; at += block.length) {
    block.writeDoubleLE(at, 0)
    await file.write(block, 0, Math.min(block.length, bytes - at))
  }
  await file.close()
}
