// Runs the steps of continuous integration in order and adds up their counts. A step reports its counts in its last line
// (`N passed, N failed, N skipped`) or, for Vitest, in its JSON report. A step without counts is one check. Failures
// are repeated at the end, because records of long outputs often keep only the end.
//
// A test that failed is run once more: one that passes then is counted as passed and listed as unstable, with its message. The
// counterexample of a property is a failure immediately, because the next run draws other values.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const scratch = mkdtempSync(join(tmpdir(), 'r2kit-ci-'))
const report = join(scratch, 'vitest.json')

/** `counts`: how the step reports its counts. `minutes`: time limit, after which the step is stopped and fails. */
const steps = [
  {
    name: 'tests',
    command: `npm test -- --coverage --coverage.reporter=text-summary --reporter=default --reporter=json --outputFile.json=${report}`,
    counts: 'vitest',
    minutes: 8,
  },
  { name: 'check', command: 'npm run check', counts: 'exit', minutes: 3 },
  { name: 'size', command: 'npm run size', counts: 'exit', minutes: 3 },
  { name: 'secrets', command: 'npm run test:secrets', counts: 'exit', minutes: 3 },
  {
    name: 'main job',
    // Into a file of the project, which the job must not take for an input.
    command: 'npm start > main-job.txt; status=$?; cat main-job.txt; rm main-job.txt; exit $status',
    counts: 'exit',
    minutes: 3,
  },
  { name: 'kill -9', command: 'npm run test:kill -- 25', counts: 'last-line', minutes: 5 },
  { name: 'kill an upload', command: 'npm run test:resume-upload', counts: 'exit', minutes: 3 },
  { name: 'kill a download', command: 'npm run test:resume-download', counts: 'exit', minutes: 3 },
  { name: 'faulty transfers', command: 'npm run test:faulty-transfers -- 60', counts: 'exit', minutes: 4 },
  { name: 'flipped bits', command: 'npm run test:flipped-bits', counts: 'last-line', minutes: 6 },
  { name: 'record and replay', command: 'npm run test:replay', counts: 'last-line', minutes: 4 },
  { name: 'simulation', command: 'npm run chaos -- --seeds 1000', counts: 'last-line', minutes: 5 },
  { name: 'broken engines', command: 'npm run chaos -- --mutants', counts: 'last-line', minutes: 5 },
  { name: 'packed packages', command: 'nice npm run test:package', counts: 'last-line', minutes: 8 },
  { name: 'browser set-up', command: 'bash test/browser/install.sh', counts: 'exit', minutes: 5 },
  { name: 'browser', command: 'nice npm run test:browser', counts: 'last-line', minutes: 4 },
  { name: 'Bun', command: 'nice npm run test:bun', counts: 'last-line', minutes: 5 },
  { name: 'Deno', command: 'nice npm run test:deno', counts: 'last-line', minutes: 5 },
  { name: 'interop set-up', command: 'bash interop/install.sh', counts: 'exit', minutes: 6 },
  { name: 'Prometheus', command: 'npm run test:prometheus', counts: 'last-line', minutes: 3 },
  { name: 'third-party clients', command: 'npm run interop:clients', counts: 'last-line', minutes: 8 },
  { name: 'third-party clients under faults', command: 'npm run interop:faults', counts: 'last-line', minutes: 3 },
  { name: 'presigned URLs with curl', command: 'npm run interop:presign', counts: 'last-line', minutes: 4 },
  { name: 'third-party proxies', command: 'npm run interop:proxies', counts: 'last-line', minutes: 3 },
  { name: 'third-party servers', command: 'npm run interop:conformance', counts: 'last-line', minutes: 8 },
]

const lastLine = /(\d+) passed, (\d+) failed(?:, (\d+) skipped)?\s*$/

const run = (command, minutes) =>
  new Promise((resolve) => {
    const child = spawn('bash', ['-c', command], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
    let output = ''
    let errors = ''
    child.stdout.on('data', (chunk) => {
      process.stdout.write(chunk)
      output = (output + chunk).slice(-100_000)
    })
    child.stderr.on('data', (chunk) => {
      process.stderr.write(chunk)
      errors = (errors + chunk).slice(-100_000)
    })
    const timer = setTimeout(() => {
      console.log(`stopped after ${minutes} minutes`)
      process.kill(-child.pid, 'SIGKILL')
    }, minutes * 60_000)
    child.on('close', (code) => {
      clearTimeout(timer)
      resolve({ code: code ?? 1, output, errors })
    })
  })

/** The failed tests of the Vitest report, each with its file and its messages; none if Vitest did not end. */
const failedTests = () => {
  let files
  try {
    files = JSON.parse(readFileSync(report, 'utf8')).testResults
  } catch {
    return []
  }
  return files.flatMap(({ name: file, message, assertionResults }) => [
    ...assertionResults
      .filter(({ status }) => status === 'failed')
      .map(({ fullName, failureMessages }) => ({ file, text: `${file}: ${fullName}\n${failureMessages.join('\n')}` })),
    ...(message === '' ? [] : [{ file, text: `${file}: ${message}` }]),
  ])
}

const textOf = (tests) => tests.map(({ text }) => text).join('\n\n')

/** The reason why a step failed: its failed tests, or else the ends of its outputs. */
const failureOf = (step, { output, errors }) => {
  const tests = step.counts === 'vitest' ? textOf(failedTests()) : ''
  return tests || [output, errors].map((text) => text.trimEnd().split('\n').slice(-30).join('\n')).join('\n')
}

/** Runs the files of a few failed tests once more. Returns those tests if all of them pass, and else nothing. */
const unstableTests = async (counted) => {
  const tests = failedTests()
  const isCounterexample = tests.some(({ text }) => text.includes('Property failed after'))
  // Errors that belong to no test make the step fail too: then, more has failed than these tests.
  if (tests.length === 0 || tests.length > 3 || tests.length !== counted.failed || isCounterexample) return []
  const files = [...new Set(tests.map(({ file }) => `'${file}'`))].join(' ')
  console.log(`\n=== once more: ${files}`)
  return (await run(`npx vitest run ${files}`, 4)).code === 0 ? tests : []
}

const count = (step, { code, output }) => {
  const failed = code === 0 ? 0 : 1
  if (step.counts === 'exit') return { passed: 1 - failed, failed, skipped: 0 }
  try {
    if (step.counts === 'vitest') {
      const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, success } = JSON.parse(
        readFileSync(report, 'utf8'),
      )
      const failures = Math.max(numFailedTests, success && code === 0 ? 0 : 1)
      return { passed: numPassedTests, failed: failures, skipped: numPendingTests + numTodoTests }
    }
    const [, passed, failures, skipped = '0'] = lastLine.exec(output.trimEnd())
    return { passed: Number(passed), failed: Math.max(Number(failures), failed), skipped: Number(skipped) }
  } catch {
    console.log(`${step.name}: failed, because its counts cannot be read`)
    return { passed: 0, failed: 1, skipped: 0 }
  }
}

const sum = { passed: 0, failed: 0, skipped: 0 }
const rows = []
const notes = []
for (const step of steps) {
  console.log(`\n=== ${step.name}: ${step.command}`)
  const startedMs = Date.now()
  const ended = await run(step.command, step.minutes)
  const counted = count(step, ended)
  const unstable = counted.failed > 0 && step.counts === 'vitest' ? await unstableTests(counted) : []
  counted.passed += unstable.length
  counted.failed -= unstable.length
  if (unstable.length > 0) notes.push(`\n=== unstable, failed once and passed once: ${textOf(unstable)}`)
  if (counted.failed > 0) notes.push(`\n=== failed: ${step.name}\n${failureOf(step, ended)}`)
  for (const key of Object.keys(sum)) sum[key] += counted[key]
  rows.push({ step: step.name, ...counted, seconds: Math.round((Date.now() - startedMs) / 1000) })
}
rmSync(scratch, { recursive: true, force: true })
for (const note of notes) console.log(note)
console.log('')
console.table(rows)
console.log(`${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped`)
process.exitCode = sum.failed === 0 ? 0 : 1
