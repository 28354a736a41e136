/** The README's code is run as it stands: what a newcomer copies has to work. */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')

test('the code in the README runs and prints what it says', async () => {
  const readme = await readFile(join(root, 'README.md'), 'utf8')
  const [, code = ''] = /```js\n([\s\S]*?)```/.exec(readme) ?? []
  // In the workspace, so that its imports find the packages.
  const folder = await mkdtemp(join(root, 'examples', '.readme-'))
  try {
    await writeFile(join(folder, 'readme.mjs'), code)
    const { stdout } = await promisify(execFile)(process.execPath, [join(folder, 'readme.mjs')])
    expect(stdout).toBe('2026/cat 🐈.txt 4\nmeow\n')
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
