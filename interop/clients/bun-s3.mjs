/**
 * Bun's S3 client (`Bun.s3`, native code), in a Bun process. The executable comes from Bun's npm package for the platform:
 * the package `bun` would copy it in an install script, and install scripts are disabled here.
 */
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { programNamed } from './programs.mjs'
import { startWorker } from './worker.mjs'

const worker = join(dirname(fileURLToPath(import.meta.url)), 'bun-s3-worker.mjs')

/** The builds named `baseline` run on every x64 processor, the others only with AVX2. */
const packages = {
  'linux x64': '@oven/bun-linux-x64-baseline',
  'linux arm64': '@oven/bun-linux-aarch64',
  'darwin arm64': '@oven/bun-darwin-aarch64',
}

/** Path of Bun's executable, or `undefined` if npm did not install it for this platform. */
const findBun = () => {
  const name = packages[`${process.platform} ${process.arch}`]
  try {
    return name && createRequire(import.meta.url).resolve(`${name}/bin/bun`)
  } catch (error) {
    if (error.code !== 'MODULE_NOT_FOUND') throw error
    return undefined
  }
}

export const bunS3 = {
  name: 'bun-s3',
  cannot: {
    makeBucket: 'has no call for buckets',
    serverSideCopy: 'has no CopyObject: a copy is a GET followed by a PUT',
    syncUp: 'has no sync: files are uploaded one by one',
    syncDown: 'as syncUp',
  },
  async unavailable() {
    const command = findBun()
    if (command === undefined)
      return `Bun for ${process.platform} ${process.arch} is not installed (interop/install.sh)`
    return programNamed(command).unavailable(['--version'])
  },
  async open({ endpoint, region, credentials, folder }) {
    // Bun reads `.env` in its working directory, so it starts in a temporary folder.
    const { call, close } = startWorker(findBun(), [worker, JSON.stringify({ endpoint, region, ...credentials })], {
      cwd: folder,
      env: { PATH: process.env.PATH, HOME: folder, LANG: 'C.UTF-8' },
    })
    return {
      put: (bucket, key, file) => call('put', bucket, key, file),
      putMultipart: (bucket, key, file) => call('put', bucket, key, file),
      get: (bucket, key, file) => call('get', bucket, key, file),
      getRange: async (bucket, key, offset, length) =>
        Buffer.from(await call('getRange', bucket, key, offset, length), 'hex'),
      list: (bucket) => call('list', bucket),
      copy: (bucket, from, to) => call('copy', bucket, from, to),
      removeAll: (bucket, keys) => call('removeAll', bucket, keys),
      presignGet: (bucket, key) => call('presign', 'GET', bucket, key),
      presignPut: (bucket, key) => call('presign', 'PUT', bucket, key),
      close,
    }
  },
}
