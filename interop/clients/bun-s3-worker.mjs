/** `Bun.S3Client` with default settings, driven by one JSON request per line on standard input; see bun-s3.mjs. */
import { createInterface } from 'node:readline'

const options = JSON.parse(process.argv[2])
const s3 = new Bun.S3Client(options)

/** Bun deletes one key per request. */
const concurrentDeletes = 16

const functions = {
  /** Bun sends a file over 5 MiB as a multipart upload. */
  put: async (bucket, key, file) => void (await s3.write(key, Bun.file(file), { bucket })),
  get: async (bucket, key, file) => void (await Bun.write(file, s3.file(key, { bucket }))),
  async getRange(bucket, key, offset, length) {
    const bytes = await s3
      .file(key, { bucket })
      .slice(offset, offset + length)
      .bytes()
    return Buffer.from(bytes).toString('hex')
  },
  async list(bucket) {
    const keys = []
    let continuationToken
    do {
      const page = await s3.list({ continuationToken }, { bucket })
      for (const { key } of page.contents ?? []) keys.push(key)
      continuationToken = page.isTruncated ? page.nextContinuationToken : undefined
    } while (continuationToken !== undefined)
    return keys
  },
  copy: async (bucket, from, to) => void (await s3.write(to, s3.file(from, { bucket }), { bucket })),
  async removeAll(bucket, keys) {
    const waiting = [...keys]
    const remove = async () => {
      for (let key = waiting.pop(); key !== undefined; key = waiting.pop()) await s3.delete(key, { bucket })
    }
    await Promise.all(Array.from({ length: concurrentDeletes }, remove))
  },
  presign: async (method, bucket, key) => s3.presign(key, { bucket, method, expiresIn: 300 }),
}

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line)
  let response
  try {
    response = { value: await functions[request.function](...request.parameters) }
  } catch (error) {
    // The runner reports any failure as a failure of this step.
    response = { error: `${error.name} ${error.code ?? ''}: ${error.message}` }
  }
  process.stdout.write(`${JSON.stringify(response)}\n`)
}
