/** The programs whose bundles are measured: what a Worker or a page would write, for each entry point. */
import { targets } from './targets.mjs'

/**
 * @typedef {object} Program
 * @property {string} name
 * @property {number} [budgetBytes] target for the files loaded at the start
 * @property {Record<string, [start: number, oneFile: number]>} [ceilings] by bundler
 * @property {string} code
 */

/** @type {Program[]} */
export const programs = [
  {
    name: 'small: get, put, head, delete and presign of r2kit/core',
    budgetBytes: targets.smallBytes,
    ceilings: { esbuild: [28_900, 39_500], rollup: [28_100, 38_000] },
    code: `import { createClient, deleteObject, getObject, headObject, isR2Error, presignGet, presignPut, putObject } from 'r2kit/core'
export default {
  async fetch(request, { accountId, credentials }) {
    const r2 = createClient(
      { accountId, credentials },
      { get: getObject, put: putObject, head: headObject, delete: deleteObject, signGet: presignGet, signPut: presignPut },
    )
    await r2.put({ bucket: 'b', key: 'k', body: await request.arrayBuffer() })
    const { size } = await r2.head({ bucket: 'b', key: 'k' })
    await r2.delete({ bucket: 'b', key: 'old' })
    const urls = await Promise.all([r2.signGet({ bucket: 'b', key: 'k' }), r2.signPut({ bucket: 'b', key: 'k' })])
    try {
      const { body } = await r2.get({ bucket: 'b', key: 'k', maxBytes: size })
      return new Response(body)
    } catch (error) {
      if (isR2Error(error, 'ObjectNotFound')) return Response.json(urls, { status: 404 })
      throw error
    }
  },
}`,
  },
  {
    name: 'everything without transfers: the groups of r2kit/on-demand',
    budgetBytes: targets.onDemandBytes,
    ceilings: { esbuild: [30_000, 66_300], rollup: [28_500, 62_800] },
    code: `import { buckets, createClient, isR2Error, multipart, objects, presign } from 'r2kit/on-demand'
export const clientOf = ({ accountId, credentials }) =>
  createClient({ accountId, credentials }, { objects, buckets, multipart, presign })
export { isR2Error }`,
  },
  {
    name: 'core: five operations of R2Client',
    budgetBytes: targets.coreBytes,
    ceilings: { esbuild: [38_600, 98_200], rollup: [36_300, 92_000] },
    code: `import { R2Client } from 'r2kit'
export default {
  async fetch(request, { accountId, credentials }) {
    const r2 = new R2Client({ accountId, credentials })
    await r2.objects.put({ bucket: 'b', key: 'k', body: await request.arrayBuffer() })
    const { objects } = await r2.objects.list({ bucket: 'b' })
    const { size } = await r2.objects.head({ bucket: 'b', key: objects[0].key })
    const { body } = await r2.objects.get({ bucket: 'b', key: objects[0].key, maxBytes: size })
    await r2.objects.delete({ bucket: 'b', key: 'k' })
    return new Response(body)
  },
}`,
  },
  {
    name: 'presign',
    budgetBytes: targets.presignBytes,
    ceilings: { esbuild: [5_050, 5_050], rollup: [5_050, 5_050] },
    code: `import { presignUrl } from 'r2kit/presign'
export default {
  fetch: (_, { accountId, credentials }) =>
    Response.json(presignUrl({ accountId, credentials, method: 'PUT', bucket: 'b', key: 'k', expiresInSeconds: 600 })),
}`,
  },
]

/** The program of five operations with other clients, which `npm ci` in this folder installs. @type {Program[]} */
export const peerPrograms = [
  {
    name: 's3mini: get, put, head, delete and presign',
    code: `import { S3mini } from 's3mini'
export const clientOf = (options) => new S3mini(options)`,
  },
  {
    name: 'aws4fetch: signatures and retries only',
    code: `import { AwsClient } from 'aws4fetch'
export const clientOf = (options) => new AwsClient(options)`,
  },
  {
    name: 'AWS SDK v3: get, put, head, delete; presign needs another package',
    code: `import {
  DeleteObjectCommand, GetObjectCommand, HeadObjectCommand, PutObjectCommand, S3Client,
} from '@aws-sdk/client-s3'
export const clientOf = (options) => new S3Client(options)
export { DeleteObjectCommand, GetObjectCommand, HeadObjectCommand, PutObjectCommand }`,
  },
]
