/**
 * Many small files up and down, by commands as users run them: wall time and CPU (user and system, of the process) of ours
 * beside rclone and the AWS command line, against the same local R2 in a process of its own.
 */
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { R2Client } from 'r2kit'
import { makeFiles } from './many-files-memory.mjs'
import { isInstalled, runCommand } from './support/command.mjs'
import { startWorker } from './support/processes.mjs'
import { median, pairedRatio, rotated } from './support/statistics.mjs'

const here = (file) => fileURLToPath(new URL(file, import.meta.url))
const bucket = 'bench'

/** Each copies what a folder holds to another folder; `at` is how it writes one in the bucket. */
const contenders = [
  {
    name: 'r2 cp -r',
    words: (from, to) => [process.execPath, here('../packages/cli/dist/node/bin.js'), 'cp', '-r', '--quiet', from, to],
    at: (prefix) => `r2://${bucket}/${prefix}`,
  },
  {
    name: 'rclone copy',
    program: 'rclone',
    version: ['version'],
    words: (from, to) => ['rclone', 'copy', from, to],
    at: (prefix) => `r2:${bucket}/${prefix}`,
  },
  {
    // As many at once as ours, and without the HEAD after each upload and the look at what is there.
    name: 'rclone copy, tuned',
    program: 'rclone',
    version: ['version'],
    words: (from, to) => [
      ...['rclone', 'copy', '--transfers', '32', '--checkers', '32', '--s3-no-head', '--no-check-dest'],
      ...[from, to],
    ],
    at: (prefix) => `r2:${bucket}/${prefix}`,
  },
  {
    name: 'aws s3 cp --recursive',
    program: 'aws',
    words: (from, to, endpoint) => ['aws', '--endpoint-url', endpoint, 's3', 'cp', '--recursive', '--quiet', from, to],
    at: (prefix) => `s3://${bucket}/${prefix}`,
  },
]

/** Settings of all of them, and nothing of the user's own. */
const environment = ({ endpoint, credentials }, home) => ({
  PATH: process.env.PATH,
  HOME: home,
  R2_ENDPOINT: endpoint,
  R2_ACCESS_KEY_ID: credentials.accessKeyId,
  R2_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  RCLONE_CONFIG_R2_TYPE: 's3',
  RCLONE_CONFIG_R2_PROVIDER: 'Cloudflare',
  RCLONE_CONFIG_R2_ENDPOINT: endpoint,
  RCLONE_CONFIG_R2_REGION: 'auto',
  RCLONE_CONFIG_R2_NO_CHECK_BUCKET: 'true',
  RCLONE_CONFIG_R2_ACCESS_KEY_ID: credentials.accessKeyId,
  RCLONE_CONFIG_R2_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  AWS_DEFAULT_REGION: 'auto',
  AWS_EC2_METADATA_DISABLED: 'true',
})

const requireCount = (actual, expected, what) => {
  if (actual !== expected) throw new Error(`${what}: ${actual} of ${expected} arrived`)
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
 *   range?: [number, number], speedRatio?: number, cpuRatio?: number }[]>} `range`: files per second in the slowest and the fastest
 *   round; `cpuMicroseconds` per file; ratios are ours over theirs in speed, theirs over ours in CPU
 */
export const benchManyFiles = async ({ files = 10_000, bytes = 4096, rounds = 3 } = {}) => {
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
        const { name, words, at } = contender
        const prefix = `${round}-${contenders.indexOf(contender)}`
        measured.get(name).up.push(await runCommand(words(source, at(prefix), endpoint), env))
        requireCount(await countObjects(r2, `${prefix}/`), files, `${name} up`)
        // All are removed in the end: for seconds after many files have been, ext4 takes long to make others.
        const target = join(scratch, `target-${prefix}`)
        measured.get(name).down.push(await runCommand(words(at(prefix), target, endpoint), env))
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
      const ours = measured.get(contenders[0].name)[direction]
      const perSecond = (wallMs) => (files / wallMs) * 1000
      const column = (list, field) => list.map((run) => run[field])
      return {
        direction,
        name,
        filesPerSecond: perSecond(median(column(runs, 'wallMs'))),
        range: [perSecond(Math.max(...column(runs, 'wallMs'))), perSecond(Math.min(...column(runs, 'wallMs')))],
        cpuMicroseconds: (median(column(runs, 'cpuMs')) / files) * 1000,
        speedRatio: pairedRatio(column(runs, 'wallMs'), column(ours, 'wallMs')),
        cpuRatio: pairedRatio(column(runs, 'cpuMs'), column(ours, 'cpuMs')),
      }
    }),
  )
}
