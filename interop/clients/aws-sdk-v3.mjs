/**
 * AWS SDK for JavaScript v3 with lib-storage and the presigner. Default settings, so checksums are on (CRC32 in a trailer
 * for streams), with one exception: by default the presigner signs the checksum of an empty body into a PUT URL, and R2
 * rejects any other body sent to it. Users of R2 need the same exception. A separate step checks this rejection.
 */
import { createReadStream, createWriteStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  PutObjectCommand,
  paginateListObjectsV2,
  S3Client,
} from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'

export const awsSdk = {
  name: 'aws-sdk-v3',
  cannot: { syncUp: 'has no sync: files are uploaded one by one', syncDown: 'as syncUp' },
  async open({ endpoint, region, credentials, timeoutSeconds }) {
    const requestHandler = timeoutSeconds && { requestTimeout: timeoutSeconds * 1000, throwOnRequestTimeout: true }
    const options = { endpoint, region, credentials, forcePathStyle: true, ...(requestHandler && { requestHandler }) }
    const s3 = new S3Client(options)
    const presigner = new S3Client({ ...options, requestChecksumCalculation: 'WHEN_REQUIRED' })
    const signPut = (client, bucket, key) =>
      getSignedUrl(client, new PutObjectCommand({ Bucket: bucket, Key: key }), { expiresIn: 300 })
    return {
      makeBucket: (bucket) => s3.send(new CreateBucketCommand({ Bucket: bucket })),
      async put(bucket, key, file) {
        const { size } = await stat(file)
        await s3.send(
          new PutObjectCommand({ Bucket: bucket, Key: key, Body: createReadStream(file), ContentLength: size }),
        )
      },
      putMultipart: (bucket, key, file) =>
        new Upload({
          client: s3,
          partSize: 8 * 1024 * 1024,
          params: { Bucket: bucket, Key: key, Body: createReadStream(file) },
        }).done(),
      async get(bucket, key, file) {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }))
        await pipeline(Body, createWriteStream(file))
      },
      async getRange(bucket, key, offset, length) {
        const { Body } = await s3.send(
          new GetObjectCommand({ Bucket: bucket, Key: key, Range: `bytes=${offset}-${offset + length - 1}` }),
        )
        return Buffer.from(await Body.transformToByteArray())
      },
      async list(bucket) {
        const keys = []
        for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket: bucket })) {
          for (const { Key } of page.Contents ?? []) keys.push(Key)
        }
        return keys
      },
      copy: (bucket, from, to) =>
        s3.send(
          new CopyObjectCommand({ Bucket: bucket, Key: to, CopySource: `${bucket}/${encodeURIComponent(from)}` }),
        ),
      async removeAll(bucket, keys) {
        for (let at = 0; at < keys.length; at += 1000) {
          const Objects = keys.slice(at, at + 1000).map((Key) => ({ Key }))
          const { Errors = [] } = await s3.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects } }))
          if (Errors.length > 0) throw new Error(`${Errors.length} keys not deleted: ${Errors[0].Code}`)
        }
      },
      presignGet: (bucket, key) =>
        getSignedUrl(s3, new GetObjectCommand({ Bucket: bucket, Key: key }), { expiresIn: 300 }),
      presignPut: (bucket, key) => signPut(presigner, bucket, key),
      presignPutWithEmptyChecksum: (bucket, key) => signPut(s3, bucket, key),
      close: async () => {
        s3.destroy()
        presigner.destroy()
      },
    }
  },
}
