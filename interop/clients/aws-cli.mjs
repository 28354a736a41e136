/** The AWS command line, version 2: `aws s3` for files and trees, `aws s3api` where `aws s3` has no equivalent. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { programNamed } from './programs.mjs'

export const awsCli = {
  name: 'aws-cli',
  cannot: { presignPut: 'aws s3 presign creates only GET URLs' },
  unavailable: () => programNamed('aws').unavailable(['--version']),
  async open({ endpoint, region, credentials, folder }) {
    const { run } = programNamed('aws', {
      HOME: folder,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_DEFAULT_REGION: region,
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_PAGER: '',
    })
    const s3 = (...parameters) => run('--endpoint-url', endpoint, 's3', ...parameters)
    const s3api = (...parameters) => run('--endpoint-url', endpoint, 's3api', ...parameters)
    const put = (bucket, key, file) => s3('cp', '--only-show-errors', file, `s3://${bucket}/${key}`)
    return {
      makeBucket: (bucket) => s3('mb', `s3://${bucket}`),
      put,
      putMultipart: put,
      get: (bucket, key, file) => s3('cp', '--only-show-errors', `s3://${bucket}/${key}`, file),
      async getRange(bucket, key, offset, length) {
        const file = join(folder, 'range')
        await s3api(
          ...['get-object', '--bucket', bucket, '--key', key],
          ...['--range', `bytes=${offset}-${offset + length - 1}`, file],
        )
        return readFile(file)
      },
      list: async (bucket) =>
        JSON.parse(await s3api('list-objects-v2', '--bucket', bucket, '--query', 'Contents[].Key', '--output', 'json')),
      copy: (bucket, from, to) => s3('cp', '--only-show-errors', `s3://${bucket}/${from}`, `s3://${bucket}/${to}`),
      removeAll: (bucket) => s3('rm', '--only-show-errors', '--recursive', `s3://${bucket}`),
      syncUp: (source, bucket, prefix) => s3('sync', '--only-show-errors', source, `s3://${bucket}/${prefix}`),
      syncDown: (bucket, prefix, target) => s3('sync', '--only-show-errors', `s3://${bucket}/${prefix}`, target),
      presignGet: async (bucket, key) =>
        String(await s3('presign', '--expires-in', '300', `s3://${bucket}/${key}`)).trim(),
      close: async () => undefined,
    }
  },
}
