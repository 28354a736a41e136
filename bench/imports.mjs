/** The time that importing a library adds to a bare Node process. The contenders take turns. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { entryFile } from './support/builds.mjs'
import { median, pairedRatio, rotated } from './support/statistics.mjs'

const here = fileURLToPath(new URL('.', import.meta.url))

const importing = (specifier) => `import ${JSON.stringify(specifier)}`

const contenders = (before) => [
  { name: 'bare Node', code: '' },
  {
    name: 'r2kit',
    kind: 'ours',
    code: importing('r2kit'),
    ...(before === undefined ? {} : { before: 'r2kit before' }),
  },
  ...(before === undefined ? [] : [{ name: 'r2kit before', kind: 'before', code: importing(entryFile(before)) }]),
  { name: 'r2kit/presign', kind: 'ours', code: importing('r2kit/presign') },
  { name: 'aws-sdk', kind: 'peer', code: importing('@aws-sdk/client-s3') },
  { name: 'minio', kind: 'peer', code: importing('minio') },
  { name: 'opendal', kind: 'peer', code: importing('opendal') },
  { name: 'undici', kind: 'floor', code: importing('undici') },
  { name: 's3mini', kind: 'peer', code: importing('s3mini') },
  { name: 'aws4fetch', kind: 'peer', code: importing('aws4fetch') },
]

const runMs = ({ code }) => {
  const startMs = performance.now()
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code], { cwd: here })
  if (status !== 0) throw new Error(`${code}: ${stderr}`)
  return performance.now() - startMs
}

/**
 * @returns {Promise<{ name: string, kind: string, overBareMs: number, bestMs: number, overBefore?: number, skipped?: string }[]>}
 *   median and minimum of the differences within a round; `overBefore`: ratio to the other build
 */
export const benchImports = async ({ rounds = 21, before } = {}) => {
  const all = contenders(before)
  const over = new Map(all.map(({ name }) => [name, []]))
  all.forEach(runMs)
  for (let round = 0; round < rounds; round++) {
    const times = new Map(rotated(all, round).map((contender) => [contender.name, runMs(contender)]))
    for (const [name, ms] of times) over.get(name).push(ms - times.get('bare Node'))
  }
  return all.slice(1).map(({ name, kind, before: counterpart }) => ({
    name,
    kind,
    overBareMs: median(over.get(name)),
    bestMs: Math.min(...over.get(name)),
    ...(counterpart === undefined ? {} : { overBefore: pairedRatio(over.get(name), over.get(counterpart)) }),
  }))
}
