/** Runs the examples as a reader would: as processes, with the built packages. */
import { execFile } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const folder = join(import.meta.dirname, '..', 'examples')
// The main job takes a minute and has its own command, `npm start`.
const examples = readdirSync(folder).filter((name) => name.endsWith('.mjs') && name !== 'main-job.mjs')

test('the folder contains examples', () => {
  expect(examples.length).toBeGreaterThan(5)
})

test.each(examples)('example %s runs without errors', async (name) => {
  const { R2_ACCESS_KEY_ID: _, ...environment } = process.env
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [join(folder, name)], { env: environment })
  expect(stderr).toBe('')
  expect(stdout).not.toBe('')
})
