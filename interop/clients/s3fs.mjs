/**
 * s3fs-fuse (Debian's s3fs) mounts a bucket as a file system. Each step runs programs in that file system. File calls from
 * this process could deadlock: they block threads that the local server, in the same process, needs to respond to s3fs.
 */
import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { mountBucket, whyNoMount } from './fuse-mount.mjs'
import { programNamed } from './programs.mjs'

const noUrls = 'a file system has no URLs'

export const s3fs = {
  name: 's3fs',
  cannot: {
    makeBucket: 's3fs mounts only existing buckets',
    presignGet: noUrls,
    presignPut: noUrls,
  },
  unavailable: whyNoMount,
  async open({ endpoint, region, credentials, folder }) {
    const passwordFile = join(folder, 'passwd-s3fs')
    // s3fs rejects a password file that other users may read.
    await writeFile(passwordFile, `${credentials.accessKeyId}:${credentials.secretAccessKey}\n`, { mode: 0o600 })
    const mounts = new Map()
    const mountOf = (bucket) => {
      if (!mounts.has(bucket)) mounts.set(bucket, mountBucket({ bucket, endpoint, region, passwordFile, folder }))
      return mounts.get(bucket)
    }
    /** Runs programs in the bucket's file system. Adds the last log entry of s3fs to a failure, since programs report only EIO. */
    const inBucket = async (bucket, work) => {
      const { path, output } = await mountOf(bucket)
      try {
        return await work((key) => join(path, key))
      } catch (error) {
        const lines = output().split('\n')
        const logged = lines.findLast((line) => /\[(ERR|CRT)\]/.test(line))
        const code = output()
          .match(/(?<=<Code>)\w+/g)
          ?.at(-1)
        if (logged) error.message += ` (s3fs: ${logged.slice(0, 200)}; the last S3 error: ${code})`
        throw error
      }
    }
    const program = (name, ...parameters) => programNamed(name).run(...parameters)
    const put = (bucket, key, file) =>
      inBucket(bucket, async (pathOf) => {
        await program('mkdir', '-p', dirname(pathOf(key)))
        await program('cp', file, pathOf(key))
      })
    return {
      put,
      putMultipart: put,
      get: (bucket, key, file) => inBucket(bucket, (pathOf) => program('cp', pathOf(key), file)),
      getRange: (bucket, key, offset, length) =>
        inBucket(bucket, (pathOf) =>
          program(
            ...['dd', 'status=none', 'iflag=skip_bytes,count_bytes,fullblock', 'bs=128K'],
            ...[`if=${pathOf(key)}`, `skip=${offset}`, `count=${length}`],
          ),
        ),
      list: (bucket) =>
        inBucket(bucket, async (pathOf) =>
          String(await program('find', pathOf(''), '-type', 'f', '-printf', '%P\\0'))
            .split('\0')
            .filter(Boolean),
        ),
      /** `cp` reads and writes the bytes; `mv` sends a CopyObject and a DeleteObject. */
      copy: (bucket, from, to) =>
        inBucket(bucket, async (pathOf) => {
          await program('cp', pathOf(from), pathOf('copied'))
          await program('mkdir', '-p', dirname(pathOf(to)))
          await program('mv', pathOf('copied'), pathOf(to))
        }),
      removeAll: (bucket) => inBucket(bucket, (pathOf) => program('find', pathOf(''), '-mindepth', '1', '-delete')),
      syncUp: (source, bucket, prefix) =>
        inBucket(bucket, async (pathOf) => {
          await program('mkdir', pathOf(prefix))
          await program('cp', '-r', `${source}/.`, pathOf(prefix))
        }),
      syncDown: (bucket, prefix, target) =>
        inBucket(bucket, (pathOf) => program('cp', '-r', `${pathOf(prefix)}/.`, target)),
      async close() {
        const results = await Promise.allSettled(mounts.values())
        await Promise.all(results.map(({ value }) => value?.unmount()))
      },
    }
  },
}
