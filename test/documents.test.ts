/** The code of the documents is compiled and run: what a reader copies has to work. */
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startLocalR2 } from '@r2kit/local'
import { transform } from 'esbuild'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { codeBlocks, isModule } from '#test/support/documents/blocks.js'

const run = promisify(execFile)
const root = join(import.meta.dirname, '..')
const guides = (await readdir(join(root, 'docs/guides'))).map((name) => `docs/guides/${name}`)
const documents = ['README.md', 'packages/r2kit/README.md', 'packages/local/README.md', ...guides]

/** In the workspace, so that imports find the packages. */
let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(join(root, 'examples', '.documents-'))
})

afterAll(() => rm(folder, { recursive: true, force: true }))

const blocksOf = async (document: string) => codeBlocks(await readFile(join(root, document), 'utf8'))
const fileName = (document: string, line: number) =>
  `${document.replaceAll('/', '-')}-line-${String(line).padStart(3, '0')}`

/** Runs the modules of a document in order, in a folder with a few files, against an R2 of its own. */
const runModules = async (document: string): Promise<string> => {
  const modules = join(folder, document.replaceAll('/', '-'))
  await mkdir(modules)
  for (const { code, line } of (await blocksOf(document)).filter(isModule)) {
    // Node 20 cannot read types.
    const { code: plain } = await transform(code, { loader: 'ts', target: 'node20' })
    await writeFile(join(modules, `${fileName(document, line)}.mjs`), plain)
  }
  const scratch = await mkdtemp(join(tmpdir(), 'r2kit-documents-'))
  const local = await startLocalR2({ memory: true })
  try {
    await writeFile(join(scratch, 'cat.jpg'), 'meow')
    await writeFile(join(scratch, 'film.mp4'), Buffer.alloc(12 * 1024 * 1024, 7))
    await mkdir(join(scratch, 'site'))
    await writeFile(join(scratch, 'site', 'index.html'), '<h1>Hello</h1>')
    const { stdout } = await run(process.execPath, [join(root, 'test/support/documents/main.mjs'), modules], {
      cwd: scratch,
      env: {
        ...process.env,
        HOME: scratch,
        R2_ACCOUNT_ID: '',
        R2_ENDPOINT: local.endpoint,
        R2_ACCESS_KEY_ID: local.credentials.accessKeyId,
        R2_SECRET_ACCESS_KEY: local.credentials.secretAccessKey,
      },
    })
    return stdout
  } finally {
    await local.close()
    await rm(scratch, { recursive: true, force: true })
  }
}

// Each test starts processes, which take their time on a busy machine.
describe('the code of the documents', { timeout: 60_000 }, () => {
  test.each(documents.filter((document) => document !== 'README.md'))('in %s runs', async (document) => {
    await runModules(document)
  })

  test('in README.md runs and prints the text that it stored', async () => {
    expect(await runModules('README.md')).toContain('Hello, R2!')
  })

  test('passes under Vitest where it is a test', async () => {
    let count = 0
    for (const document of documents) {
      for (const { code, line, runner } of await blocksOf(document)) {
        if (runner !== 'vitest') continue
        count++
        await mkdir(join(folder, 'vitest'), { recursive: true })
        await writeFile(join(folder, 'vitest', `${fileName(document, line)}.test.ts`), code)
      }
    }
    expect(count).toBeGreaterThan(1)
    // Without a file here, the configuration of the workspace would apply, which reads sources.
    await writeFile(join(folder, 'vitest', 'vitest.config.mjs'), 'export default {}\n')
    await run(process.execPath, [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--root', join(folder, 'vitest')])
  })

  test('compiles under strict type checks', async () => {
    const types = join(folder, 'types')
    await mkdir(types)
    await writeFile(
      join(types, 'globals.d.ts'),
      "declare global { const r2: import('r2kit').R2Client; const bucket: string }\nexport {}\n",
    )
    for (const document of documents) {
      for (const { code, language, line, runner } of await blocksOf(document)) {
        if ((language !== 'ts' && language !== 'js') || runner === 'jest') continue
        await writeFile(join(types, `${fileName(document, line)}.ts`), `${code}\nexport {}\n`)
      }
    }
    const options = {
      strict: true,
      noEmit: true,
      module: 'nodenext',
      target: 'es2024',
      skipLibCheck: true,
      types: ['node'],
    }
    await writeFile(join(types, 'tsconfig.json'), JSON.stringify({ compilerOptions: options }))
    const tsc = run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', types])
    const { stdout } = await tsc.catch((error) => error)
    expect(stdout).toBe('')
  })
})
