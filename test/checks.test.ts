/** Tests that the checks of `npm run check` fail: each runs on a folder with a planted violation, and on one without. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'

const repository = join(import.meta.dirname, '..')

const folderWith = (files: Readonly<Record<string, string>>, parent = join(tmpdir(), 'r2kit-checks-')): string => {
  const folder = mkdtempSync(parent)
  onTestFinished(() => rmSync(folder, { recursive: true }))
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), content)
  }
  return folder
}

const run = (command: string, parameters: readonly string[], cwd: string) => {
  const { status, stdout, stderr } = spawnSync(command, parameters, { cwd, encoding: 'utf8' })
  return { status, output: stdout + stderr }
}

const runCheck = (name: string, root: string, ...parameters: string[]) =>
  run(process.execPath, [join(repository, `scripts/check-${name}.mjs`), '--root', root, ...parameters], repository)

describe('check-public-types', () => {
  const packageJson = JSON.stringify({ exports: { '.': { types: './dist/index.d.ts' } } })
  const declarations = (index: string, other = '') => ({
    'packages/r2kit/package.json': packageJson,
    'packages/local/package.json': packageJson,
    'packages/local/dist/index.d.ts': 'export {}',
    'packages/r2kit/dist/index.d.ts': index,
    'packages/r2kit/dist/other.d.ts': other,
  })
  const other = 'export interface Options { readonly size?: number | undefined }'

  test('check-public-types accepts exported types whose optional properties accept undefined', () => {
    const folder = folderWith(
      declarations(
        "import { Options } from './other.js'\nexport { Options }\nexport declare const f: (options: Options) => void",
        other,
      ),
    )
    expect(runCheck('public-types', folder)).toMatchObject({ status: 0 })
  })

  test('check-public-types rejects types that are not exported, and optional properties without undefined', () => {
    const index = `
import { Options } from './other.js'
export declare const f: (options: Options) => void
export interface Input { readonly size?: number; readonly find?: () => string | undefined }`
    const { status, output } = runCheck('public-types', folderWith(declarations(index, other)))
    expect(status).toBe(1)
    for (const finding of ['f names Options', 'Input.size is optional', 'Input.find is optional'])
      expect(output).toContain(finding)
  })
})

describe('check-words', () => {
  test('check-words accepts plain English', () => {
    const folder = folderWith({ 'a.ts': '/** Resumes the upload. */\nexport const resume = 1\n' })
    expect(runCheck('words', folder)).toEqual({
      status: 0,
      output: expect.stringMatching(/^words: 1 files, 0 findings/),
    })
  })

  // The words are joined here, so that the check does not find them in this file.
  test.each([
    ['in a comment', 'a.ts', `/** The ans${'wer'} of the server. */`, 'a.ts:1'],
    [
      'in a phrase over two lines of a comment',
      'a.ts',
      `/**\n * The upload goes\n * ${'on'} after a pause.\n */`,
      'a.ts:2',
    ],
    ['in an identifier in camel case', 'a.ts', `const go${'On'} = () => undefined`, 'a.ts:1'],
    ['in a message', 'a.mjs', `throw new Error('no${'body'} listens')`, 'a.mjs:1'],
    ['in a document', 'docs/a.md', `This page\n\nis to${'ld'} so.`, 'docs/a.md:3'],
    ['in a file name', `le${'nt'}-reads.ts`, '', '-reads.ts:0'],
  ])('check-words finds an avoided word %s', (_, path, content, finding) => {
    const { status, output } = runCheck('words', folderWith({ [path]: content }))
    expect(status).toBe(1)
    expect(output).toContain(finding)
  })

  test('check-words fails on a folder without files', () => {
    expect(runCheck('words', folderWith({})).status).toBe(1)
  })
})

describe('check-docs', () => {
  const valid = {
    'README.md': '# Project\n\n[Guide](docs/guide.md#first-steps) [Top](#project) [Site](https://example.com)\n',
    'docs/guide.md': '# Guide\n\n## First steps\n\n[Back](../README.md)\n',
  }

  test('check-docs accepts existing files and anchors', () => {
    expect(runCheck('docs', folderWith(valid))).toEqual({
      status: 0,
      output: 'documents: 2 files, 4 links, 0 paths, 0 problems\n',
    })
  })

  test.each([
    ['a link to a missing file', { 'docs/a.md': '[x](missing.md)' }, 'does not exist'],
    ['a link to a missing anchor', { 'docs/a.md': '[x](guide.md#last-steps)' }, 'has no such heading'],
    ['a link out of the repository', { 'docs/a.md': '[x](../../secret.md)' }, 'leaves the repository'],
    ['a link out of a published package', { 'packages/a/README.md': '[x](../../README.md)' }, 'leaves the package'],
    ['a path that does not exist in ARCHITECTURE.md', { 'ARCHITECTURE.md': 'See `http/none.ts`.' }, 'does not exist'],
  ])('check-docs finds %s', (_, files, problem) => {
    const { status, output } = runCheck('docs', folderWith({ ...valid, ...files }))
    expect(status).toBe(1)
    expect(output).toContain(problem)
  })
})

describe('check-boundaries', () => {
  const source = 'packages/r2kit/src'
  const valid = {
    [`${source}/http/a.ts`]: "import { b } from '../base/b.js'\n",
    [`${source}/base/b.ts`]: 'export const b = 1\n',
  }

  test('check-boundaries accepts an import that the tables allow', () => {
    expect(runCheck('boundaries', folderWith(valid))).toEqual({
      status: 0,
      output: 'boundaries: 1 imports checked, 0 against the tables, 0 circles\n',
    })
  })

  test.each([
    ['an import in the wrong direction', "import '../transfers/c.js'\n", 'goes from base to transfers'],
    [
      'a type import in the wrong direction',
      "import type { C } from '../transfers/c.js'\n",
      'goes from base to transfers',
    ],
    [
      'a lazy import in the wrong direction',
      "const load = () => import('../transfers/c.js')\n",
      'goes from base to transfers',
    ],
    ['an import of an unknown package', "import 'left-pad'\n", 'is not an allowed dependency'],
    ['an import from another package', "import '../../../local/src/x.js'\n", 'leaves the package'],
    ['a circle of imports', "import { d } from './d.js'\n", '2 files import each other'],
  ])('check-boundaries finds %s', (_, code, problem) => {
    const circle = { [`${source}/base/d.ts`]: "import { b } from './b.js'\n" }
    const { status, output } = runCheck(
      'boundaries',
      folderWith({ ...valid, ...circle, [`${source}/base/b.ts`]: code }),
    )
    expect(status).toBe(1)
    expect(output).toContain(problem)
  })
})

describe('check-commits', () => {
  /** A Git repository with a first commit and one commit per subject. */
  const history = (...subjects: string[]) => {
    const folder = folderWith({})
    const git = (...parameters: string[]) => {
      const { status, output } = run(
        'git',
        ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...parameters],
        folder,
      )
      if (status !== 0) throw new Error(output)
      return output.trim()
    }
    git('init', '--quiet')
    for (const subject of ['start', ...subjects]) git('commit', '--quiet', '--allow-empty', '--message', subject)
    return { folder, start: git('rev-list', '--max-parents=0', 'HEAD') }
  }

  test('check-commits accepts an imperative after an area', () => {
    const { folder, start } = history('transfers: process parts in order', 'docs, cli: embed the examples')
    expect(runCheck('commits', folder, '--start', start)).toEqual({
      status: 0,
      output: 'commits: 2 checked, 0 problems, 0 accepted\n',
    })
  })

  test.each([
    ['a subject of 73 characters', `docs: ${'x'.repeat(67)}`, 'has 73 characters'],
    ['a subject without an area', 'Fix the upload', 'does not start with an area'],
    ['a subject that ends with a period', 'docs: fix a link.', 'ends with a period'],
    ['the third person', 'docs: fixes a link', "starts with 'fixes'"],
    ['the past tense', 'docs: fixed a link', "starts with 'fixed'"],
    ['a participle', 'docs: fixing a link', "starts with 'fixing'"],
  ])('check-commits finds %s', (_, subject, problem) => {
    const { folder, start } = history('docs: add a page', subject)
    const { status, output } = runCheck('commits', folder, '--start', start)
    expect(status).toBe(1)
    expect(output).toContain(problem)
  })

  test('check-commits skips visibly if the history lacks the first commit, or there is no history', () => {
    expect(runCheck('commits', history('x').folder).output).toContain('commits: SKIPPED: the history does not contain')
    expect(runCheck('commits', folderWith({})).output).toContain(
      'commits: SKIPPED: this folder is not a Git repository',
    )
  })
})

test('a wrong assertion in a type test fails the run', () => {
  const typecheck = "{ enabled: true, only: true, include: ['*.test-d.ts'], tsconfig: './tsconfig.json' }"
  // Inside the repository, so that the test resolves Vitest and the packages.
  const folder = folderWith(
    {
      'planted.test-d.ts':
        "import type { R2Client } from 'r2kit'\nimport { expectTypeOf, test } from 'vitest'\ntest('planted', () => expectTypeOf<R2Client>().toBeString())\n",
      'tsconfig.json': JSON.stringify({ extends: '../types/tsconfig.json', include: ['./*.ts'] }),
      // Its own: with that of the repository, this run would start every test again, this one included.
      'vitest.config.mjs': `export default { test: { include: [], typecheck: ${typecheck} } }`,
    },
    join(import.meta.dirname, '.planted-'),
  )
  const vitest = join(repository, 'node_modules/vitest/vitest.mjs')
  const { status, output } = run(process.execPath, [vitest, 'run', '--root', folder], repository)
  expect(output).toContain('1 failed')
  expect(status).toBe(1)
})

test('the configuration of the type tests includes every type test', () => {
  // Vitest reports a file that the compiler does not check as passed.
  const compiler = join(repository, 'node_modules/typescript/bin/tsc')
  const { output } = run(process.execPath, [compiler, '-p', 'test/types', '--listFilesOnly'], repository)
  const typeTests = readdirSync(join(repository, 'test/types')).filter((name) => name.endsWith('.test-d.ts'))
  expect(typeTests.length).toBeGreaterThan(0)
  for (const name of typeTests) expect(output).toContain(`test/types/${name}`)
})
