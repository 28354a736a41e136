/** Installs what the benchmarks need, and describes the machine and the versions that they measure. */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

const run = (command, parameters, folder) => {
  const { status } = spawnSync(command, parameters, { cwd: folder, stdio: ['ignore', 2, 2] })
  if (status !== 0) throw new Error(`${command} ${parameters.join(' ')} failed in ${folder}`)
}

/** Installs the packages of a folder, unless those of its lockfile are installed. */
const install = (folder) => {
  const stamp = join(folder, 'node_modules', '.r2kit-installed')
  const lockHash = createHash('sha256')
    .update(readFileSync(join(folder, 'package-lock.json')))
    .digest('hex')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lockHash) return
  run('npm', ['ci', '--no-audit', '--no-fund'], folder)
  writeFileSync(stamp, lockHash)
}

/** Builds the workspace and installs the peers and, for the sections that need it, Cloudflare's simulator. */
export const prepare = (sections) => {
  run(process.execPath, ['scripts/setup.mjs'], root)
  install(join(root, 'bench'))
  if (sections.includes('local')) install(join(root, 'interop'))
}

const versionOf = (name, folder) => {
  const file = [join(root, folder, 'node_modules', name), join(root, 'node_modules', name)]
    .map((path) => join(path, 'package.json'))
    .find(existsSync)
  return file === undefined ? 'not installed' : JSON.parse(readFileSync(file, 'utf8')).version
}

/** The first version number that a program prints. */
const programVersion = (program, parameter) => {
  const { stdout, status } = spawnSync(program, [parameter], { encoding: 'utf8' })
  return status === 0 ? (/\d+\.\d+(\.\d+)?/.exec(stdout)?.[0] ?? 'unknown') : 'not installed'
}

/** @returns {Record<string, string>} processors and versions */
export const describeMachine = () => ({
  cpu: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`,
  node: process.versions.node,
  undici: versionOf('undici', 'bench'),
  '@aws-sdk/client-s3': versionOf('@aws-sdk/client-s3', 'bench'),
  '@aws-sdk/lib-storage': versionOf('@aws-sdk/lib-storage', 'bench'),
  minio: versionOf('minio', 'bench'),
  opendal: versionOf('opendal', 'bench'),
  s3mini: versionOf('s3mini', 'bench'),
  aws4fetch: versionOf('aws4fetch', '.'),
  miniflare: versionOf('miniflare', 'interop'),
  bun: versionOf('@oven/bun-linux-x64', 'bench'),
  deno: versionOf('@deno/linux-x64-glibc', 'bench'),
  rclone: programVersion('rclone', 'version'),
  curl: programVersion('curl', '--version'),
})
