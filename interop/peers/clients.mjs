/**
 * The compared clients, used as their own documentation shows, with default settings. A function that a client lacks is
 * absent here, and its cell in the table is "–". `open` receives one bucket on one endpoint.
 */

const collect = async (stream) => {
  const chunks = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** Small enough for a quick run. Some clients allow no parts below 5 or 8 MiB. */
const partSizeBytes = 5 * 1024 * 1024

const r2kit = {
  name: 'r2kit',
  packages: ['r2kit'],
  companions: ['@r2kit/local', '@r2kit/cli'],
  imports: ['r2kit'],
  async open({ endpoint, credentials, bucket }) {
    const { R2Client } = await import('r2kit')
    const r2 = new R2Client({ endpoint, credentials, allowInsecureEndpoint: true })
    return {
      put: (key, body) => r2.objects.put({ bucket, key, body }),
      get: async (key) => (await r2.objects.get({ bucket, key })).body,
      getStream: async (key) => collect((await r2.objects.getStream({ bucket, key })).body),
      remove: (key) => r2.objects.delete({ bucket, key }),
      async list() {
        const keys = []
        for await (const { key } of r2.objects.listAll({ bucket })) keys.push(key)
        return keys
      },
      uploadInParts: (key, body) =>
        r2.transfers.upload(body, { bucket, key }, { partSizeBytes, thresholdBytes: partSizeBytes }),
      presignPut: (key) => r2.presign.put({ bucket, key }),
      close: () => r2.dispose(),
    }
  },
}

const awsSdk = {
  name: 'AWS SDK v3',
  packages: ['@aws-sdk/client-s3', '@aws-sdk/lib-storage', '@aws-sdk/s3-request-presigner'],
  imports: ['@aws-sdk/client-s3', '@aws-sdk/lib-storage', '@aws-sdk/s3-request-presigner'],
  async open({ endpoint, credentials, bucket: Bucket }) {
    const s3sdk = await import('@aws-sdk/client-s3')
    const { Upload } = await import('@aws-sdk/lib-storage')
    const { getSignedUrl } = await import('@aws-sdk/s3-request-presigner')
    const s3 = new s3sdk.S3Client({ endpoint, credentials, region: 'auto', forcePathStyle: true })
    const getObject = (Key) => s3.send(new s3sdk.GetObjectCommand({ Bucket, Key }))
    return {
      put: (Key, Body) => s3.send(new s3sdk.PutObjectCommand({ Bucket, Key, Body })),
      get: async (key) => (await getObject(key)).Body.transformToByteArray(),
      getStream: async (key) => collect((await getObject(key)).Body),
      remove: (Key) => s3.send(new s3sdk.DeleteObjectCommand({ Bucket, Key })),
      async list() {
        const keys = []
        for await (const { Contents = [] } of s3sdk.paginateListObjectsV2({ client: s3 }, { Bucket })) {
          for (const { Key } of Contents) keys.push(Key)
        }
        return keys
      },
      uploadInParts: (Key, Body) =>
        new Upload({ client: s3, partSize: partSizeBytes, params: { Bucket, Key, Body } }).done(),
      presignPut: async (Key) => ({ url: await getSignedUrl(s3, new s3sdk.PutObjectCommand({ Bucket, Key })) }),
      close: async () => s3.destroy(),
    }
  },
}

const aws4fetch = {
  name: 'aws4fetch',
  packages: ['aws4fetch'],
  imports: ['aws4fetch'],
  async open({ endpoint, credentials, bucket }) {
    const { AwsClient } = await import('aws4fetch')
    const aws = new AwsClient({ ...credentials, service: 's3', region: 'auto' })
    const urlOf = (key) => `${endpoint}/${bucket}/${key.split('/').map(encodeURIComponent).join('/')}`
    const send = async (key, init) => {
      const response = await aws.fetch(urlOf(key), init)
      if (!response.ok) throw new Error(`${response.status} ${await response.text()}`)
      return response
    }
    return {
      put: (key, body) => send(key, { method: 'PUT', body }),
      get: async (key) => Buffer.from(await (await send(key)).arrayBuffer()),
      getStream: async (key) => collect((await send(key)).body),
      remove: (key) => send(key, { method: 'DELETE' }),
      presignPut: async (key) => {
        const { url } = await aws.sign(`${urlOf(key)}?X-Amz-Expires=900`, { method: 'PUT', aws: { signQuery: true } })
        return { url }
      },
      close: async () => undefined,
    }
  },
}

const minio = {
  name: 'minio',
  packages: ['minio'],
  imports: ['minio'],
  async open({ endpoint, credentials, bucket }) {
    const { Client } = await import('minio')
    const { hostname, port } = new URL(endpoint)
    const client = new Client({
      endPoint: hostname,
      port: Number(port),
      useSSL: false,
      accessKey: credentials.accessKeyId,
      secretKey: credentials.secretAccessKey,
      region: 'auto',
      partSize: partSizeBytes,
    })
    const getStream = async (key) => collect(await client.getObject(bucket, key))
    return {
      put: (key, body) => client.putObject(bucket, key, body),
      get: getStream,
      getStream,
      remove: (key) => client.removeObject(bucket, key),
      async list() {
        const keys = []
        for await (const { name } of client.listObjectsV2(bucket, '', true)) keys.push(name)
        return keys
      },
      uploadInParts: (key, body) => client.putObject(bucket, key, body, body.length),
      presignPut: async (key) => ({ url: await client.presignedPutObject(bucket, key, 900) }),
      close: async () => undefined,
    }
  },
}

const s3mini = {
  name: 's3mini',
  packages: ['s3mini'],
  imports: ['s3mini'],
  async open({ endpoint, credentials, bucket }) {
    const { S3mini } = await import('s3mini')
    const s3 = new S3mini({ ...credentials, endpoint: `${endpoint}/${bucket}`, region: 'auto' })
    const found = (key, value) => {
      if (value === null) throw new Error(`no object ${key}`)
      return value
    }
    return {
      put: (key, body) => s3.putObject(key, body),
      get: async (key) => Buffer.from(found(key, await s3.getObjectArrayBuffer(key))),
      getStream: async (key) => collect(found(key, await s3.getObjectResponse(key)).body),
      remove: (key) => s3.deleteObject(key),
      list: async () => ((await s3.listObjects()) ?? []).map(({ Key }) => Key),
      uploadInParts: (key, body) => s3.putAnyObject(key, body),
      presignPut: async (key) => ({ url: await s3.getPresignedUrl('PUT', key) }),
      close: async () => undefined,
    }
  },
}

/** files-sdk with its R2 adapter, whose default engine on Node is the AWS SDK, a peer dependency. */
const filesSdk = {
  name: 'files-sdk',
  packages: [
    'files-sdk',
    '@aws-sdk/client-s3',
    '@aws-sdk/lib-storage',
    '@aws-sdk/s3-presigned-post',
    '@aws-sdk/s3-request-presigner',
  ],
  imports: ['files-sdk', 'files-sdk/r2'],
  lazyImports: ['@aws-sdk/client-s3', '@aws-sdk/s3-presigned-post', '@aws-sdk/s3-request-presigner'],
  async open({ endpoint, credentials, bucket }) {
    const { Files } = await import('files-sdk')
    const { r2 } = await import('files-sdk/r2')
    const files = new Files({ adapter: r2({ ...credentials, endpoint, bucket }) })
    return {
      put: (key, body) => files.upload(key, body),
      get: async (key) => Buffer.from(await (await files.download(key)).arrayBuffer()),
      getStream: async (key) => collect((await files.download(key, { as: 'stream' })).stream()),
      remove: (key) => files.delete(key),
      async list() {
        const keys = []
        for await (const { key } of files.listAll()) keys.push(key)
        return keys
      },
      uploadInParts: (key, body) => files.upload(key, body, { multipart: { partSize: partSizeBytes } }),
      presignPut: (key) => files.signedUploadUrl(key, { expiresIn: 900 }),
      close: async () => undefined,
    }
  },
}

export const peerClients = [r2kit, awsSdk, aws4fetch, minio, s3mini, filesSdk]
