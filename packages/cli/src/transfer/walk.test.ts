import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type WalkOptions, walk } from './walk.js'

let root = ''
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'r2-walk-'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

const found = async (options?: WalkOptions): Promise<string[]> => {
  const lines: string[] = []
  for await (const entry of walk(root, options)) {
    lines.push(
      entry.kind === 'file' ? `file ${entry.name} ${entry.size}` : `${entry.kind} ${entry.path.slice(root.length + 1)}`,
    )
  }
  return lines.sort()
}

test('files at every depth come out with their keys and sizes', async () => {
  await mkdir(join(root, 'a', 'b'), { recursive: true })
  await writeFile(join(root, 'a', 'b', 'deep ☃.txt'), 'four')
  await writeFile(join(root, 'empty'), '')
  expect(await found()).toEqual(['file a/b/deep ☃.txt 4', 'file empty 0'])
})

test('links, empty folders and names that are not UTF-8 are reported, not left out in silence', async () => {
  await mkdir(join(root, 'hollow'))
  await symlink('nowhere', join(root, 'link'))
  await writeFile(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0x62, 0xff])]), 'x')
  expect(await found()).toEqual(['failed b\ufffd', 'skipped hollow', 'skipped link'])
})

test('followed links give what they point to; a loop ends and a broken link fails', async () => {
  await mkdir(join(root, 'dir'))
  await writeFile(join(root, 'dir', 'file'), 'abc')
  await symlink('dir', join(root, 'other'))
  await symlink('..', join(root, 'dir', 'up'))
  await symlink('nowhere', join(root, 'broken'))
  expect(await found({ followSymlinks: true })).toEqual([
    'failed broken',
    'file dir/file 3',
    'file other/file 3',
    'skipped dir/up',
    'skipped other/up',
  ])
})

test.skipIf(process.getuid?.() === 0)('a folder that cannot be read fails, and the rest is walked', async () => {
  await mkdir(join(root, 'locked'))
  await writeFile(join(root, 'open'), '')
  await chmod(join(root, 'locked'), 0)
  expect(await found()).toEqual(['failed locked', 'file open 0'])
  await chmod(join(root, 'locked'), 0o700)
})
