/**
 * Uploads and downloads of many small files by command lines: wall time and CPU time (user and system) of `r2 cp`, rclone
 * and the AWS command line, against the same local R2 in another process.
 */
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { R2Client } from 'r2kit'
import { makeFiles } from './many-files-memory.mjs'
import { builtFile, withBefore } from './support/builds.mjs'
import { isInstalled, runCommand } from './support/command.mjs'
import { startWorker } from './support/processes.mjs'
import { rcloneEnvironment } from './support/rclone.mjs'
import { median, pairedRatio, rotated } from './support/statistics.mjs'

const here = (file) => fileURLToPath(new URL(file, import.meta.url))
const bucket = 'bench'

/** Each command copies the contents of a folder. `at` returns its notation for a prefix of the bucket. */
const contendersWith = (before) => [
  ...withBefore([{ name: 'r2 cp -r' }], before).map(({ name, options }) => ({
    name,
    command: (from, to) => [
      ...[process.execPath, builtFile(options?.build, 'cli/dist/node/bin.js')],
      ...['cp', '-r', '--quiet', from, to],
    ],
    at: (prefix) => `r2://${bucket}/${prefix}`,
  })),
  {
    name: 'rclone copy',
    program: 'rclone',
    version: ['version'],
    command: (from, to) => ['rclone', 'copy', from, to],
    at: (prefix) => `r2:${bucket}/${prefix}`,
  },
  {
    // The same concurrency as `r2 cp`, without the HEAD after each upload and without listing the destination.
    name: 'rclone copy, 32 at a time',
    program: 'rclone',
    version: ['version'],
    command: (from, to) => [
      ...['rclone', 'copy', '--transfers', '32', '--checkers', '32', '--s3-no-head', '--no-check-dest'],
      ...[from, to],
    ],
    at: (prefix) => `r2:${bucket}/${prefix}`,
  },
  {
    name: 'aws s3 cp --recursive',
    program: 'aws',
    // It takes as long as all others together.
    rounds: 1,
    command: (from, to, endpoint) => [
      ...['aws', '--endpoint-url', endpoint],
      ...['s3', 'cp', '--recursive', '--quiet', from, to],
    ],
    at: (prefix) => `s3://${bucket}/${prefix}`,
  },
]

/** The settings of all contenders. Nothing else of the caller's environment is passed on. */
const environment = ({ endpoint, credentials }, home) => ({
  PATH: process.env.PATH,
  HOME: home,
  R2_ENDPOINT: endpoint,
  R2_ACCESS_KEY_ID: credentials.accessKeyId,
  R2_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  ...rcloneEnvironment(endpoint, credentials),
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  AWS_DEFAULT_REGION: 'auto',
  AWS_EC2_METADATA_DISABLED: 'true',
})

const requireCount = (actual, expected, label) => {
  if (actual !== expected) throw new Error(`${label}: ${actual} of ${expected} files were transferred`)
}

const countFiles = async (root, bytes) => {
  const entries = await readdir(root, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  const sizes = await Promise.all(files.map(async ({ parentPath, name }) => (await stat(join(parentPath, name))).size))
  return sizes.filter((size) => size === bytes).length
}

const countObjects = async (r2, prefix) => {
  let objects = 0
  for await (const _ of r2.objects.listAll({ bucket, prefix })) objects++
  return objects
}

/**
 * @returns {Promise<{ direction: 'up' | 'down', name: string, skipped?: string, filesPerSecond?: number, cpuMicroseconds?: number,
 *   range?: [number, number], over?: (other: string) => { speed: number, cpu: number } | undefined }[]>} `range`: files per
 *   second in the slowest and the fastest round. `cpuMicroseconds`: per file. `over`: ratios to another contender
 */
export const benchManyFiles = async ({ files = 10_000, bytes = 4096, rounds = 3, before } = {}) => {
  const contenders = contendersWith(before)
  const present = contenders.filter(({ program, version }) => program === undefined || isInstalled(program, version))
  const scratch = await mkdtemp(join(tmpdir(), 'r2kit-files-'))
  const server = await startWorker(here('./servers/local-r2-server.mjs'), { durable: false })
  const { endpoint, credentials } = server.ready
  const r2 = new R2Client({ endpoint, credentials })
  const env = environment(server.ready, scratch)
  const measured = new Map(present.map(({ name }) => [name, { up: [], down: [] }]))
  try {
    await r2.buckets.create({ bucket })
    const source = join(scratch, 'source')
    await makeFiles(source, files, bytes)
    for (let round = 0; round < rounds; round++) {
      for (const contender of rotated(present, round)) {
        const { name, command, at, rounds: most = rounds } = contender
        if (round >= most) continue
        const prefix = `${round}-${contenders.indexOf(contender)}`
        measured.get(name).up.push(await runCommand(command(source, at(prefix), endpoint), env))
        requireCount(await countObjects(r2, `${prefix}/`), files, `${name} up`)
        // Removed only at the end: on ext4, creating files is slow for seconds after many files were removed.
        const target = join(scratch, `target-${prefix}`)
        measured.get(name).down.push(await runCommand(command(at(prefix), target, endpoint), env))
        requireCount(await countFiles(target, bytes), files, `${name} down`)
      }
    }
  } finally {
    await r2.dispose()
    await server.stop()
    await rm(scratch, { recursive: true, force: true })
  }
  return ['up', 'down'].flatMap((direction) =>
    contenders.map(({ name, program }) => {
      const runs = measured.get(name)?.[direction]
      if (runs === undefined) return { direction, name, skipped: `${program} is not installed` }
      const perSecond = (wallMs) => (files / wallMs) * 1000
      const column = (list, field) => list.map((run) => run[field])
      const over = (other) => {
        const base = measured.get(other)?.[direction]
        if (base === undefined) return undefined
        const ratio = (field) => pairedRatio(column(runs, field), column(base, field))
        return { speed: 1 / ratio('wallMs'), cpu: ratio('cpuMs') }
      }
      return {
        direction,
        name,
        filesPerSecond: perSecond(median(column(runs, 'wallMs'))),
        range: [perSecond(Math.max(...column(runs, 'wallMs'))), perSecond(Math.min(...column(runs, 'wallMs')))],
        cpuMicroseconds: (median(column(runs, 'cpuMs')) / files) * 1000,
        over,
      }
    }),
  )
}
