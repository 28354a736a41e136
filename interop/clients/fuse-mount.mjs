/**
 * Mounts of s3fs that are removed when the runner ends, even if it is killed: `setpriv --pdeathsig` kills s3fs with its
 * parent, and `auto_unmount` starts a process that unmounts the folder once s3fs has ended.
 */
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runProgram, startProcess, waitFor } from '../servers/support.mjs'
import { programNamed } from './programs.mjs'

const mountTimeoutMs = 10_000

/** Reads the kernel's mount table, because reading the folder itself would block until s3fs responds. */
const isMounted = async (path) => {
  const table = await readFile('/proc/self/mountinfo', 'utf8')
  const points = table.split('\n').map((line) => line.split(' ')[4] ?? '')
  return points.some(
    (point) => point.replace(/\\(\d{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8))) === path,
  )
}

/**
 * Mounts `bucket` on a folder below `folder`. Rejects with the output of s3fs if it ends without a mount. s3fs checks the
 * bucket only after mounting, so an unusable bucket fails the first access.
 */
export const mountBucket = async ({ bucket, endpoint, region, passwordFile, folder }) => {
  const point = join(folder, 'mounted', bucket)
  await mkdir(point, { recursive: true })
  const path = await realpath(point)
  const options = [
    `url=${endpoint}`,
    `endpoint=${region}`,
    `passwd_file=${passwordFile}`,
    `tmpdir=${folder}`,
    'use_path_request_style',
    'sigv4',
    // Without it s3fs appends the rest of a file to its last part, and R2 rejects a last part larger than the others.
    'nomixupload',
    // Objects of other clients have no mode in their metadata, and only root may read files without a mode.
    'complement_stat',
    'auto_unmount',
    'dbglevel=err',
  ]
  const s3fs = startProcess('setpriv', ['--pdeathsig', 'KILL', 's3fs', bucket, path, '-f', '-o', options.join(',')], {
    env: { PATH: process.env.PATH, HOME: folder, LANG: 'C.UTF-8' },
  })
  const closed = new Promise((resolve) => s3fs.child.once('close', resolve))
  const isGone = async () => !(await isMounted(path))
  const unmount = async () => {
    await s3fs.stop()
    try {
      await waitFor(`unmounting ${path}`, 3000, isGone)
    } catch {
      // auto_unmount failed: detach the folder even if a program still uses it.
      await runProgram('fusermount', ['-u', '-z', path])
    }
  }
  try {
    await waitFor(`mounting ${bucket}`, mountTimeoutMs, async () => s3fs.hasEnded() || (await isMounted(path)))
    if (s3fs.hasEnded()) {
      // The rest of the output can arrive after the exit event.
      await closed
      throw new Error(`s3fs ended without a mount:\n${s3fs.output().trim()}`)
    }
  } catch (error) {
    await s3fs.stop()
    throw error
  }
  return { path, output: s3fs.output, unmount, kill: () => s3fs.child.kill('SIGKILL') }
}

/**
 * The reason why s3fs cannot mount here (missing programs, no /dev/fuse, no permission to mount), or `undefined`. Any other
 * failure of s3fs appears in the steps.
 */
export const whyNoMount = async () => {
  if (process.platform !== 'linux') return 's3fs needs Linux'
  const missing =
    (await programNamed('s3fs').unavailable(['--version'])) ??
    (await programNamed('setpriv').unavailable(['--version']))
  if (missing !== undefined) return missing
  // Only a mount shows whether mounting is permitted. It needs no server, because s3fs connects after mounting.
  const folder = await mkdtemp(join(tmpdir(), 'r2kit-fuse-'))
  const passwordFile = join(folder, 'passwd-s3fs')
  await writeFile(passwordFile, 'access-key:secret-key\n', { mode: 0o600 })
  try {
    const probe = await mountBucket({
      bucket: 'probe',
      endpoint: 'http://127.0.0.1:1',
      region: 'auto',
      passwordFile,
      folder,
    })
    // s3fs ignores SIGTERM while it tries to connect.
    probe.kill()
    await probe.unmount()
    return undefined
  } catch (error) {
    const fromFuse = error.message.split('\n').find((line) => line.startsWith('fuse'))
    return fromFuse && `FUSE cannot be used here: ${fromFuse}`
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
