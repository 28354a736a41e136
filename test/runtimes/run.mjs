/**
 * Runs suites of the workspace on Bun or Deno, against a local R2 on Node:
 *
 *   npm run test:bun    the contract of transports, the conformance suite, transfers, examples
 *   npm run test:deno   the conformance suite, transfers, examples
 *
 * The last line is "N passed, N failed, N skipped". Exit code 1 if anything failed.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startLocalR2 } from '@r2kit/local'
import { build } from 'esbuild'
import { programOf, run, runParameters } from './runtime.mjs'

const name = process.argv[2]
const root = fileURLToPath(new URL('../..', import.meta.url))
const here = (path) => fileURLToPath(new URL(path, import.meta.url))
const counts = { passed: 0, failed: 0, skipped: 0 }

const program = programOf(name)
if (program === undefined) {
  console.log(`skipped  ${name} cannot be installed, or does not run on this machine`)
  console.log('0 passed, 0 failed, 1 skipped')
  process.exit(0)
}
const { stdout: version } = await run(program, ['--version'])
console.log(`${name} ${version.split('\n')[0]}`)

const add = (suite, passed, failed, skipped) => {
  counts.passed += passed
  counts.failed += failed
  counts.skipped += skipped
  console.log(`${failed === 0 ? 'ok' : 'FAILED'}  ${suite}: ${passed} passed, ${failed} failed, ${skipped} skipped`)
}

/** The contract of transports: Vitest itself runs on Bun. */
const runTransportSuites = async (scratch) => {
  const report = join(scratch, 'vitest.json')
  const config = ['--root', root, '--config', here('vitest.config.ts')]
  const reporters = ['--reporter=json', `--outputFile.json=${report}`]
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  await run(program, ['--bun', vitest, 'run', ...config, ...reporters], { cwd: root })
  const { numPassedTests, numFailedTests, numPendingTests, success, testResults } = JSON.parse(
    readFileSync(report, 'utf8'),
  )
  for (const { assertionResults, message, name: file } of testResults) {
    if (message !== '') console.log(`FAILED ${file}: ${message}`)
    for (const { status, fullName, failureMessages } of assertionResults)
      if (status === 'failed') console.log(`FAILED ${fullName}\n       ${failureMessages[0]?.slice(0, 700)}`)
  }
  add('transports', numPassedTests, Math.max(numFailedTests, success ? 0 : 1), numPendingTests)
}

/** A suite as one module that imports `r2kit` as programs do. The build output is next to the sources, where that resolves. */
const runSuite = async (suite, input) => {
  const outfile = here(`dist/${suite}.mjs`)
  await build({
    entryPoints: [here(`${suite}.ts`)],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    logLevel: 'error',
  })
  const { code, stdout } = await run(program, [...runParameters[name], outfile, JSON.stringify(input)], { cwd: root })
  const lines = stdout.trimEnd().split('\n')
  for (const line of lines.slice(0, -1)) console.log(line)
  const [, passed, failed, skipped] = /^(\d+) passed, (\d+) failed, (\d+) skipped$/.exec(lines.at(-1)) ?? []
  if (passed === undefined) console.log(`FAILED ${suite} ended with code ${code}: ${lines.at(-1)}`)
  add(
    suite,
    Number(passed ?? 0),
    Math.max(Number(failed ?? 0), code === 0 && passed !== undefined ? 0 : 1),
    Number(skipped ?? 0),
  )
}

/** The examples as a reader would run them; each starts a local R2 of its own on this runtime. The main job takes a minute. */
const runExamples = async () => {
  const folder = join(root, 'examples')
  const names = readdirSync(folder).filter((file) => file.endsWith('.mjs') && file !== 'main-job.mjs')
  let failed = 0
  for (const example of names) {
    const { code, stdout } = await run(program, [...runParameters[name], join(folder, example)], { cwd: root })
    if (code === 0 && stdout !== '') continue
    failed++
    console.log(`FAILED example ${example}: ended with code ${code}`)
  }
  add('examples', names.length - failed, failed, 0)
}

const scratch = mkdtempSync(join(tmpdir(), `r2kit-${name}-`))
// Some cases provoke a 500 on purpose. Without a handler the server would log it.
const server = await startLocalR2({ dataDir: join(scratch, 'data'), onInternalError: () => undefined })
const { endpoint, credentials } = server
try {
  if (name === 'bun') await runTransportSuites(scratch)
  await runSuite('conformance', { endpoint, credentials })
  await runSuite('transfers', { endpoint, credentials, folder: scratch, runtime: name })
  await runExamples()
} finally {
  await server.close()
  rmSync(scratch, { recursive: true, force: true })
}
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
process.exitCode = counts.failed === 0 ? 0 : 1
