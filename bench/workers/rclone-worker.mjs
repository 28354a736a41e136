/** rclone with its Cloudflare provider and default settings, with the same tasks as the JavaScript clients. */
import { execFile } from 'node:child_process'
import { tmpdir } from 'node:os'
import { promisify } from 'node:util'
import { serve } from '../support/processes.mjs'

const run = promisify(execFile)

/** `0m1.234s` as bash's `times` prints it, in microseconds. */
const microseconds = (text) => {
  const [, minutes, seconds] = /^(\d+)m([\d.]+)s$/.exec(text)
  return (Number(minutes) * 60 + Number(seconds)) * 1e6
}

serve(async ({ endpoint, bucket, access }) => {
  const env = {
    PATH: process.env.PATH,
    HOME: tmpdir(),
    RCLONE_CONFIG: '/dev/null',
    RCLONE_CONFIG_R2_TYPE: 's3',
    RCLONE_CONFIG_R2_PROVIDER: 'Cloudflare',
    RCLONE_CONFIG_R2_ENDPOINT: endpoint,
    RCLONE_CONFIG_R2_REGION: 'auto',
    RCLONE_CONFIG_R2_ACCESS_KEY_ID: access.accessKeyId,
    RCLONE_CONFIG_R2_SECRET_ACCESS_KEY: access.secretAccessKey,
    RCLONE_CONFIG_R2_NO_CHECK_BUCKET: 'true',
  }
  return {
    async handle({ operation, key, path }) {
      const object = `r2:${bucket}/${key}`
      const ends = operation === 'upload-file' ? [path, object] : [object, path]
      const startMs = performance.now()
      // The last line of `times` is the user and system time of child processes that have exited.
      const { stdout } = await run('bash', ['-c', 'rclone copyto --ignore-times "$@" && times', 'rclone', ...ends], {
        env,
      })
      const [user, system] = stdout.trim().split('\n').at(-1).split(' ').map(microseconds)
      return { cpuMicroseconds: user + system, userMicroseconds: user, wallMs: performance.now() - startMs }
    },
  }
})
