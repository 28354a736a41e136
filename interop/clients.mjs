/**
 * Runs third-party clients against the local R2: `node interop/clients.mjs [--only name,…] [--server local|local-durable|radosgw]`.
 * Prints a row per client and step. The last line is "N passed, N failed, N skipped". Exit code 1 if anything failed.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { loadClient } from './clients/load.mjs'

const clientModules = {
  'aws-sdk-v3': async () => (await import('./clients/aws-sdk-v3.mjs')).awsSdk,
  'minio-js': async () => (await import('./clients/minio-js.mjs')).minioJs,
  'aws-cli': async () => (await import('./clients/aws-cli.mjs')).awsCli,
  boto3: async () => (await import('./clients/boto3.mjs')).boto3,
  rclone: async () => (await import('./clients/rclone.mjs')).rclone,
  s3cmd: async () => (await import('./clients/s3cmd.mjs')).s3cmd,
  opendal: async () => (await import('./clients/opendal.mjs')).opendal,
  'bun-s3': async () => (await import('./clients/bun-s3.mjs')).bunS3,
  s3fs: async () => (await import('./clients/s3fs.mjs')).s3fs,
}

const { values } = parseArgs({ options: { only: { type: 'string' }, server: { type: 'string', default: 'local' } } })
const wanted = values.only?.split(',') ?? Object.keys(clientModules)
const unknown = wanted.filter((name) => !Object.hasOwn(clientModules, name))
if (unknown.length > 0) {
  console.error(`Unknown client: ${unknown.join(', ')}. Known clients: ${Object.keys(clientModules).join(', ')}.`)
  process.exit(2)
}

const stepTimeoutMs = 180_000
const counts = { passed: 0, failed: 0, skipped: 0 }
const report = (client, step, outcome, detail = '', elapsedMs = 0) => {
  counts[outcome]++
  const word = { passed: 'ok', failed: 'FAILED', skipped: 'skipped' }[outcome]
  const seconds = outcome === 'skipped' ? '' : `${(elapsedMs / 1000).toFixed(1)} s`
  console.log(`${client.padEnd(11)} ${step.padEnd(64)} ${word.padEnd(8)} ${seconds.padStart(7)}  ${detail}`.trimEnd())
}

const withinTime = (promise) => {
  let timer
  const timeout = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the step did not end within ${stepTimeoutMs / 1000} s`)), stepTimeoutMs)
  })
  return Promise.race([promise, timeout]).finally(() => clearTimeout(timer))
}

/** Summarizes an error in one line. SDKs keep the server's error code in different fields. */
const describe = (error) => {
  const known = [error.name, error.code, error.Code, error.$metadata?.httpStatusCode].filter(
    (part) => part !== undefined,
  )
  return `${[...new Set(known)].join(' ')}: ${String(error.message).replace(/\s+/g, ' ')} ${
    error.stack
      ?.split('\n')
      .find((line) => line.includes('/clients/'))
      ?.trim() ?? ''
  }`
}

/** Runs one step, or its replacement if the client lacks the needed function, and reports the row. */
const runStep = async (step, context) => {
  const { name, client, cannot } = context
  if (step.needs && !client[step.needs]) {
    if (step.optional) return
    await step.otherwise?.(context)
    report(name, step.name, 'skipped', cannot[step.needs])
    return
  }
  const startedMs = performance.now()
  try {
    const remark = await withinTime(step.run(context))
    report(name, step.name, 'passed', remark, performance.now() - startedMs)
  } catch (error) {
    report(name, step.name, 'failed', describe(error), performance.now() - startedMs)
  }
}

/** Runs all steps of one client in its own folder. A process or mount that it leaves behind is a failure, too. */
const runClient = async (name, { server, control, folder }) => {
  const { client: definition, reason } = await loadClient(clientModules[name])
  if (reason !== undefined) {
    for (const step of steps) if (!step.optional) report(name, step.name, 'skipped', reason)
    return
  }
  const { cannot = {} } = definition
  await mkdir(folder)
  const client = await definition.open({ ...server, folder })
  const context = { name, client, control, cannot, bucket: `interop-${name}`, folder }
  try {
    for (const step of steps) await runStep(step, context)
  } finally {
    try {
      await client.close()
      await rm(folder, { recursive: true, force: true })
    } catch (error) {
      report(name, 'close', 'failed', describe(error))
    }
  }
}

const { launcherNamed } = await import('./servers/index.mjs')
const { openControl, steps } = await import('./clients/steps.mjs')
const server = await (await launcherNamed(values.server)).start()
const folder = await mkdtemp(join(tmpdir(), 'r2kit-clients-'))
const control = openControl(server)
console.log(`server: ${server.name} at ${server.endpoint}`)
try {
  for (const name of wanted) await runClient(name, { server, control, folder: join(folder, name) })
} finally {
  await control.close()
  await server.stop()
  await rm(folder, { recursive: true, force: true })
}
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
process.exitCode = counts.failed > 0 ? 1 : 0
