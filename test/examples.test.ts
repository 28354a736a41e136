/** The examples are run as a reader would run them: as processes, on the built packages. */
import { execFile } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const folder = join(import.meta.dirname, '..', 'examples')
// The main job takes its own minute, and is `npm start`.
const examples = readdirSync(folder).filter((name) => name.endsWith('.mjs') && name !== 'main-job.mjs')

test('there are examples', () => {
  expect(examples.length).toBeGreaterThan(5)
})

test.each(examples)('%s runs to its end', async (name) => {
  const { R2_ACCESS_KEY_ID: _, ...environment } = process.env
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [join(folder, name)], { env: environment })
  expect(stderr).toBe('')
  expect(stdout).not.toBe('')
})
