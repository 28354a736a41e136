/** Command-line programs with the same tasks as the JavaScript clients. The CPU time is that of the program's process. */
import { tmpdir } from 'node:os'
import { presignUrl } from 'r2kit/presign'
import { credentials } from '../support/bodies.mjs'
import { isInstalled, runCommand } from '../support/command.mjs'
import { serve } from '../support/processes.mjs'
import { rcloneEnvironment } from '../support/rclone.mjs'

/** Name of a program → the parameters that print its version, and its command for each operation. */
const programs = {
  rclone: {
    version: ['version'],
    commands: ({ bucket }) => {
      const copy = (from, to) => ['rclone', 'copyto', '--ignore-times', from, to]
      return {
        'upload-file': ({ key, path }) => copy(path, `r2:${bucket}/${key}`),
        'download-file': ({ key, path }) => copy(`r2:${bucket}/${key}`, path),
      }
    },
  },
  /** One presigned PUT or GET, without verification. */
  curl: {
    version: ['--version'],
    commands: ({ endpoint, bucket, access }) => {
      const target = { endpoint, bucket, credentials: access, allowInsecureEndpoint: true }
      const urlFor = (method, key) => presignUrl({ ...target, method, key }).url
      const curl = (...parameters) => ['curl', '--silent', '--show-error', '--fail', ...parameters]
      const upload = (key, path) => curl('--upload-file', path, urlFor('PUT', key))
      const download = (key, path) => curl('--output', path, urlFor('GET', key))
      return {
        'upload-file': ({ key, path }) => upload(key, path),
        'download-file': ({ key, path }) => download(key, path),
        'large-put': ({ bytes, path }) => upload(String(bytes), path),
        'large-get': ({ bytes }) => download(String(bytes), '/dev/null'),
      }
    },
  },
}

serve(async ({ name, endpoint, bucket = 'bench', access = credentials }) => {
  const program = programs[name]
  if (!isInstalled(name, program.version)) return { ready: { unavailable: `${name} is not installed` } }
  const commands = program.commands({ endpoint, bucket, access })
  const env = { PATH: process.env.PATH, HOME: tmpdir(), ...rcloneEnvironment(endpoint, access) }
  return {
    ready: {},
    async handle({ operation, ...task }) {
      const { wallMs, cpuMs, userMs } = await runCommand(commands[operation](task), env)
      return { cpuMicroseconds: cpuMs * 1000, userMicroseconds: userMs * 1000, wallMs }
    },
  }
})
