/** rclone with its Cloudflare provider, configured only by environment variables. */
import { programNamed } from './programs.mjs'

export const rclone = {
  name: 'rclone',
  cannot: { presignPut: 'rclone link creates only GET URLs' },
  unavailable: () => programNamed('rclone').unavailable(['version']),
  async open({ endpoint, region, credentials, folder, timeoutSeconds }) {
    const { run } = programNamed('rclone', {
      HOME: folder,
      RCLONE_CONFIG: '/dev/null',
      RCLONE_CONFIG_R2_TYPE: 's3',
      RCLONE_CONFIG_R2_PROVIDER: 'Cloudflare',
      RCLONE_CONFIG_R2_ENDPOINT: endpoint,
      RCLONE_CONFIG_R2_REGION: region,
      RCLONE_CONFIG_R2_ACCESS_KEY_ID: credentials.accessKeyId,
      RCLONE_CONFIG_R2_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      ...(timeoutSeconds && { RCLONE_TIMEOUT: `${timeoutSeconds}s`, RCLONE_RETRIES: '1' }),
    })
    return {
      makeBucket: (bucket) => run('mkdir', `r2:${bucket}`),
      put: (bucket, key, file) => run('copyto', file, `r2:${bucket}/${key}`),
      // By default rclone sends files up to 200 MiB in a single PUT.
      putMultipart: (bucket, key, file) => run('copyto', '--s3-upload-cutoff', '10M', file, `r2:${bucket}/${key}`),
      get: (bucket, key, file) => run('copyto', `r2:${bucket}/${key}`, file),
      getRange: (bucket, key, offset, length) =>
        run('cat', '--offset', String(offset), '--count', String(length), `r2:${bucket}/${key}`),
      list: async (bucket) =>
        String(await run('lsf', '--recursive', '--files-only', `r2:${bucket}`))
          .split('\n')
          .filter(Boolean),
      copy: (bucket, from, to) => run('copyto', `r2:${bucket}/${from}`, `r2:${bucket}/${to}`),
      removeAll: (bucket) => run('delete', `r2:${bucket}`),
      syncUp: (source, bucket, prefix) => run('sync', source, `r2:${bucket}/${prefix}`),
      syncDown: (bucket, prefix, target) => run('sync', `r2:${bucket}/${prefix}`, target),
      presignGet: async (bucket, key) => String(await run('link', '--expire', '5m', `r2:${bucket}/${key}`)).trim(),
      close: async () => undefined,
    }
  },
}
