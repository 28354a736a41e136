/** MinIO's client for JavaScript. Its default part size is 64 MiB, so the multipart step configures a smaller one. */
import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import * as minio from 'minio'

const collect = async (stream) => {
  const chunks = []
  for await (const chunk of stream) chunks.push(chunk)
  return chunks
}

export const minioJs = {
  name: 'minio-js',
  cannot: { syncUp: 'has no sync: files are uploaded one by one', syncDown: 'as syncUp' },
  async open({ endpoint, region, credentials }) {
    const url = new URL(endpoint)
    const client = new minio.Client({
      endPoint: url.hostname,
      port: Number(url.port),
      useSSL: false,
      accessKey: credentials.accessKeyId,
      secretKey: credentials.secretAccessKey,
      region,
      pathStyle: true,
      partSize: 16 * 1024 * 1024,
    })
    return {
      makeBucket: (bucket) => client.makeBucket(bucket, region),
      put: (bucket, key, file) => client.fPutObject(bucket, key, file),
      putMultipart: (bucket, key, file) => client.fPutObject(bucket, key, file),
      async get(bucket, key, file) {
        await pipeline(await client.getObject(bucket, key), createWriteStream(file))
      },
      getRange: async (bucket, key, offset, length) =>
        Buffer.concat(await collect(await client.getPartialObject(bucket, key, offset, length))),
      list: async (bucket) => (await collect(client.listObjectsV2(bucket, '', true))).map(({ name }) => name),
      copy: (bucket, from, to) => client.copyObject(bucket, to, `/${bucket}/${from}`),
      async removeAll(bucket, keys) {
        const failures = (await client.removeObjects(bucket, keys)).filter((result) => result?.Error ?? result?.Code)
        if (failures.length > 0) throw new Error(`${failures.length} keys not deleted: ${JSON.stringify(failures[0])}`)
      },
      presignGet: (bucket, key) => client.presignedGetObject(bucket, key, 300),
      presignPut: (bucket, key) => client.presignedPutObject(bucket, key, 300),
      close: async () => undefined,
    }
  },
}
