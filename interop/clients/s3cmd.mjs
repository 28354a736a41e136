/** s3cmd, the oldest of these clients. It signs URLs only with Signature Version 2, which R2 rejects. */
import { open, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { programNamed } from './programs.mjs'

const versionTwo = 's3cmd signurl supports only Signature Version 2; R2 requires version 4'

/**
 * `s3cmd get` treats a key with `*` or `?` as a pattern of Python's fnmatch. In a pattern, `*` and `?` match themselves, and
 * `[` must be written as `[[]`. In a key without `*` and `?`, `[` is an ordinary character.
 */
const patternFor = (key) => (/[*?]/.test(key) ? key.replaceAll('[', '[[]') : key)

export const s3cmd = {
  name: 's3cmd',
  cannot: { presignGet: versionTwo, presignPut: versionTwo },
  unavailable: () => programNamed('s3cmd').unavailable(['--version']),
  async open({ endpoint, region, credentials, folder }) {
    const { host } = new URL(endpoint)
    const configuration = join(folder, 's3cfg')
    await writeFile(
      configuration,
      [
        '[default]',
        `access_key = ${credentials.accessKeyId}`,
        `secret_key = ${credentials.secretAccessKey}`,
        `host_base = ${host}`,
        `host_bucket = ${host}`,
        `bucket_location = ${region}`,
        'use_https = False',
      ].join('\n'),
    )
    const { run } = programNamed('s3cmd', { HOME: folder, LANG: 'C.UTF-8' })
    const s3 = (...parameters) => run('--config', configuration, '--no-progress', ...parameters)
    const put = (bucket, key, file) => s3('put', file, `s3://${bucket}/${key}`)
    return {
      makeBucket: (bucket) => s3('mb', `s3://${bucket}`),
      put,
      putMultipart: put,
      get: (bucket, key, file) => s3('get', '--force', `s3://${bucket}/${patternFor(key)}`, file),
      /** s3cmd requests a range only to resume a download, so the file starts with a hole of `offset` bytes. */
      async getRange(bucket, key, offset, length) {
        const file = join(folder, 'continued')
        const handle = await open(file, 'w')
        await handle.truncate(offset)
        await handle.close()
        await s3('get', '--continue', `s3://${bucket}/${key}`, file)
        return (await readFile(file)).subarray(offset, offset + length)
      },
      async list(bucket) {
        const start = `s3://${bucket}/`
        return String(await s3('ls', '--recursive', start))
          .split('\n')
          .filter(Boolean)
          .map((line) => line.slice(line.indexOf(start) + start.length))
      },
      copy: (bucket, from, to) => s3('cp', `s3://${bucket}/${from}`, `s3://${bucket}/${to}`),
      removeAll: (bucket) => s3('del', '--recursive', '--force', `s3://${bucket}/`),
      syncUp: (source, bucket, prefix) => s3('sync', `${source}/`, `s3://${bucket}/${prefix}/`),
      syncDown: (bucket, prefix, target) => s3('sync', `s3://${bucket}/${prefix}/`, `${target}/`),
      close: async () => undefined,
    }
  },
}
