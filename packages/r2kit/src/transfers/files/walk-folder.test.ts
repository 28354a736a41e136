import { chmod, mkdir, mkdtemp, readdir, readlink, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { compareUtf8 } from '../../base/bytes.js'
import { type WalkOptions, walkFolder } from './walk-folder.js'

let scratch = ''
let root = ''
beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'r2-walk-'))
  root = scratch
})
afterEach(() => rm(scratch, { recursive: true }))

const found = async (options?: WalkOptions): Promise<string[]> => {
  const lines: string[] = []
  for await (const entry of walkFolder(root, options)) {
    lines.push(entry.kind === 'file' ? `file ${entry.name}` : `${entry.kind} ${entry.path.slice(root.length + 1)}`)
  }
  return lines
}

test('a walk yields the files of every depth with their keys', async () => {
  await mkdir(join(root, 'a', 'b'), { recursive: true })
  await writeFile(join(root, 'a', 'b', 'deep ☃.txt'), 'four')
  await writeFile(join(root, 'empty'), '')
  expect(await found()).toEqual(['file a/b/deep ☃.txt', 'file empty'])
})

test('a walk reports links, empty folders and names that are not UTF-8', async () => {
  await mkdir(join(root, 'hollow'))
  await symlink('nowhere', join(root, 'link'))
  await writeFile(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0x62, 0xff])]), 'x')
  expect(await found()).toEqual(['failed b\ufffd', 'skipped hollow', 'skipped link'])
})

test('a walk with followLinks yields what links point to, skips loops and reports broken links', async () => {
  await mkdir(join(root, 'dir'))
  await writeFile(join(root, 'dir', 'file'), 'abc')
  await symlink('dir', join(root, 'other'))
  await symlink('..', join(root, 'dir', 'up'))
  await symlink('nowhere', join(root, 'broken'))
  expect(await found({ followLinks: true })).toEqual([
    'failed broken',
    'file dir/file',
    'skipped dir/up',
    'file other/file',
    'skipped other/up',
  ])
})

test.skipIf(process.getuid?.() === 0)(
  'a walk reports a folder that cannot be read, and continues with the rest',
  async () => {
    await mkdir(join(root, 'locked'))
    await writeFile(join(root, 'open'), '')
    await chmod(join(root, 'locked'), 0)
    expect(await found()).toEqual(['failed locked', 'file open'])
    await chmod(join(root, 'locked'), 0o700)
  },
)

/** Pieces of names that sort differently by UTF-16 units and by UTF-8 bytes, and with or without a slash after them. */
const namePiece = fc.constantFrom('a', 'b', '-', '.x', '0', 'é', '\u{1f600}', '\uffee', ' ', '!')

test('a walk yields files in the order of their keys’ UTF-8 bytes, as R2 lists them', async () => {
  const name = fc.array(namePiece, { minLength: 1, maxLength: 3 }).map((pieces) => pieces.join(''))
  const path = fc.array(name, { minLength: 1, maxLength: 3 })
  await fc.assert(
    fc.asyncProperty(fc.array(path, { maxLength: 12 }), fc.constantFrom(2, 16_384), async (paths, namesMax) => {
      root = await mkdtemp(join(scratch, 'run-'))
      const written = new Set<string>()
      for (const segments of paths) {
        const key = segments.map((segment) => (segment.startsWith('.') ? `n${segment}` : segment)).join('/')
        const isBlocked = [...written].some((other) => other.startsWith(`${key}/`) || key.startsWith(`${other}/`))
        if (isBlocked) continue
        await mkdir(dirname(join(root, key)), { recursive: true })
        await writeFile(join(root, key), '')
        written.add(key)
      }
      const expected = [...written].sort(compareUtf8).map((key) => `file ${key}`)
      const actual = (await found({ namesMax })).filter((line) => line !== 'skipped ')
      // A folder with more names than are sorted together is walked in sorted runs, with each name once.
      expect(namesMax === 2 ? actual.sort() : actual).toEqual(namesMax === 2 ? expected.sort() : expected)
    }),
    { numRuns: 60 },
  )
})

test.skipIf(process.platform !== 'linux')('a walk that ends early closes its folders', async () => {
  await mkdir(join(root, 'a', 'b'), { recursive: true })
  for (const name of ['1', '2', '3']) await writeFile(join(root, 'a', 'b', name), '')
  for await (const entry of walkFolder(root, { namesMax: 1 })) {
    expect(entry).toMatchObject({ kind: 'file' })
    expect(await openBelow(root)).toBeGreaterThan(0)
    break
  }
  expect(await openBelow(root)).toBe(0)
})

/** Returns how many files and folders below `folder` are open in this process. */
const openBelow = async (folder: string): Promise<number> => {
  const descriptors = await readdir('/proc/self/fd')
  const paths = await Promise.all(descriptors.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')))
  return paths.filter((path) => path.startsWith(folder)).length
}
