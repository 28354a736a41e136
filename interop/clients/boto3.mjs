/** boto3 (Debian's python3-boto3) in one long-running Python process, so that a step costs no interpreter start. */
import { spawn } from 'node:child_process'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { programNamed } from './programs.mjs'

const worker = join(dirname(fileURLToPath(import.meta.url)), 'boto3_worker.py')

export const boto3 = {
  name: 'boto3',
  cannot: { syncUp: 'has no sync of its own: files are put one by one', syncDown: 'as syncUp' },
  unavailable: () => programNamed('python3').unavailable(['-c', 'import boto3']),
  async open({ endpoint, region, credentials, folder }) {
    const { command } = programNamed('python3')
    const child = spawn(command, [worker, JSON.stringify({ endpoint, region, ...credentials })], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { PATH: process.env.PATH, HOME: folder, LANG: 'C.UTF-8' },
    })
    const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    const call = async (name, ...parameters) => {
      child.stdin.write(`${JSON.stringify({ function: name, parameters })}\n`)
      const { value: line, done } = await answers.next()
      if (done) throw new Error('the Python process ended')
      const { value, error } = JSON.parse(line)
      if (error) throw new Error(error)
      return value
    }
    return {
      makeBucket: (bucket) => call('make_bucket', bucket),
      put: (bucket, key, file) => call('put', bucket, key, file),
      putMultipart: (bucket, key, file) => call('put', bucket, key, file),
      get: (bucket, key, file) => call('get', bucket, key, file),
      getRange: async (bucket, key, offset, length) =>
        Buffer.from(await call('get_range', bucket, key, offset, length), 'hex'),
      list: (bucket) => call('list_keys', bucket),
      copy: (bucket, from, to) => call('copy', bucket, from, to),
      removeAll: (bucket, keys) => call('remove_all', bucket, keys),
      presignGet: (bucket, key) => call('presign', 'get_object', bucket, key),
      presignPut: (bucket, key) => call('presign', 'put_object', bucket, key),
      async close() {
        child.stdin.end()
        const insist = setTimeout(() => child.kill('SIGKILL'), 3000)
        await new Promise((resolve) => child.once('exit', resolve))
        clearTimeout(insist)
      },
    }
  },
}
