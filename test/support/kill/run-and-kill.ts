/** Runs one process until it is killed: on the storage alone, or as a server. Returns the changes reported before the kill. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { open, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { isR2Error, R2Client } from 'r2kit'
import type { Target } from './mixed-load.js'
import { runLoad } from './mixed-load.js'
import type { Report } from './stored-bodies.js'
import { bucket, bytesOfBody } from './stored-bodies.js'

export interface Life {
  readonly dataDir: string
  readonly logPath: string
  readonly seed: number
  readonly durable: boolean
  /** The number of acknowledged changes after which the process is killed. */
  readonly afterChanges: number
  /** The delay of the kill. Without it, every kill would follow immediately after a commit. */
  readonly delayMs: number
}

const start = (name: string, args: readonly string[], output: number | 'inherit'): ChildProcess =>
  fork(fileURLToPath(new URL(name, import.meta.url)), args, {
    execArgv: ['--conditions=r2kit-source', '--import', 'tsx'],
    stdio: ['ignore', output, 'inherit', 'ipc'],
  })

/** Returns a function that counts acknowledged changes and schedules the kill. */
const killer = (child: ChildProcess, { afterChanges, delayMs }: Life) => {
  let remaining = afterChanges
  return () => {
    remaining--
    if (remaining === 0) setTimeout(() => child.kill('SIGKILL'), delayMs)
  }
}

const wasKilled = async (exited: Promise<readonly unknown[]>) => {
  const [exitCode, signal] = await exited
  if (signal !== 'SIGKILL') throw new Error(`The process exited with ${exitCode ?? signal} before it was killed.`)
}

export const runStorage = async (life: Life): Promise<readonly Report[]> => {
  const log = await open(life.logPath, 'w')
  const child = start('./storage-child.ts', [life.dataDir, String(life.seed), String(life.durable)], log.fd)
  child.on('message', killer(child, life))
  await wasKilled(once(child, 'exit'))
  await log.close()
  // The kill may have truncated the last line, so it is ignored.
  const lines = (await readFile(life.logPath, 'utf8')).split('\n').slice(0, -1)
  return lines.map((line): Report => JSON.parse(line))
}

export const runServer = async (life: Life): Promise<readonly Report[]> => {
  const child = start('./server-child.ts', [life.dataDir, String(life.durable)], 'inherit')
  const exited = once(child, 'exit')
  const [{ endpoint, credentials }] = await once(child, 'message')
  await using client = new R2Client({ endpoint, credentials, allowInsecureEndpoint: true, retry: { maxAttempts: 1 } })
  await client.buckets.create({ bucket }).catch((error: unknown) => {
    if (!isR2Error(error, 'BucketExists')) throw error
  })
  const reports: Report[] = []
  const count = killer(child, life)
  try {
    await runLoad(targetOf(client), life.seed, (line) => {
      reports.push(line)
      if (line.state === 'acknowledged') count()
    })
  } catch (error) {
    child.kill('SIGKILL')
    // The kill ends the load with a network error. A response with an error status is a failure.
    if (!isR2Error(error) || error.status !== undefined) throw error
  }
  await wasKilled(exited)
  return reports
}

const targetOf = ({ objects, multipart }: R2Client): Target => {
  return {
    partSizeBytesMin: 5 * 1024 * 1024,
    put: async (key, body) => {
      await objects.put({ bucket, key, body: bytesOfBody(body), metadata: { body: JSON.stringify(body) } })
    },
    delete: async (key) => {
      await objects.delete({ bucket, key })
    },
    copy: async (source, key) => {
      await objects.copy({ bucket, key, source: { bucket, key: source } })
    },
    createUpload: async (key, body) => {
      const { uploadId } = await multipart.create({ bucket, key, metadata: { body: JSON.stringify(body) } })
      const upload = { bucket, key, uploadId }
      const parts: { partNumber: number; etag: string }[] = []
      return {
        putPart: async (partNumber, piece) => {
          const { etag } = await multipart.uploadPart({ ...upload, partNumber, body: bytesOfBody([piece]) })
          parts.push({ partNumber, etag })
        },
        complete: async () => {
          await multipart.complete({ ...upload, parts })
        },
        abort: async () => {
          await multipart.abort(upload)
        },
      }
    },
    abortAllUploads: async () => {
      const { uploads } = await multipart.listUploads({ bucket })
      for (const { key, uploadId } of uploads) await multipart.abort({ bucket, key, uploadId })
    },
  }
}
