/** boto3 (Debian's python3-boto3) with default settings, in a Python process. */
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { programNamed } from './programs.mjs'
import { startWorker } from './worker.mjs'

const worker = join(dirname(fileURLToPath(import.meta.url)), 'boto3_worker.py')

export const boto3 = {
  name: 'boto3',
  cannot: { syncUp: 'has no sync: files are uploaded one by one', syncDown: 'as syncUp' },
  unavailable: () => programNamed('python3').unavailable(['-c', 'import boto3']),
  async open({ endpoint, region, credentials, folder, timeoutSeconds }) {
    const { command } = programNamed('python3')
    const { call, close } = startWorker(
      command,
      [worker, JSON.stringify({ endpoint, region, timeoutSeconds, ...credentials })],
      {
        env: { PATH: process.env.PATH, HOME: folder, LANG: 'C.UTF-8' },
      },
    )
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
      close,
    }
  },
}
