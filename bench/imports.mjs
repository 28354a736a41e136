/** The time that importing a library adds to a bare Node process. The contenders take turns. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { median, rotated } from './support/statistics.mjs'

const here = fileURLToPath(new URL('.', import.meta.url))

const contenders = [
  { name: 'bare Node', code: '' },
  { name: 'r2kit', code: "import 'r2kit'" },
  { name: 'r2kit/presign', code: "import 'r2kit/presign'" },
  { name: 'aws-sdk', code: "import '@aws-sdk/client-s3'" },
  { name: 'minio', code: "import 'minio'" },
  { name: 'undici', code: "import 'undici'" },
  { name: 's3mini', code: "import 's3mini'" },
  { name: 'aws4fetch', code: "import 'aws4fetch'" },
]

const runMs = ({ code }) => {
  const startMs = performance.now()
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code], { cwd: here })
  if (status !== 0) throw new Error(`${code}: ${stderr}`)
  return performance.now() - startMs
}

/** @returns {Promise<{ name: string, overBareMs: number, bestMs: number }[]>} median and minimum of the differences within a round */
export const benchImports = async ({ rounds = 21 } = {}) => {
  const over = new Map(contenders.map(({ name }) => [name, []]))
  contenders.forEach(runMs)
  for (let round = 0; round < rounds; round++) {
    const times = new Map(rotated(contenders, round).map((contender) => [contender.name, runMs(contender)]))
    for (const [name, ms] of times) over.get(name).push(ms - times.get('bare Node'))
  }
  return contenders.slice(1).map(({ name }) => ({
    name,
    overBareMs: median(over.get(name)),
    bestMs: Math.min(...over.get(name)),
  }))
}
