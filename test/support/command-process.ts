/** Runs the built command `r2` as a process, with real pipes and real signals. */
import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { type LocalR2, startLocalR2 } from '@r2kit/local'
import { R2Client } from 'r2kit'
import { afterAll, beforeAll } from 'vitest'

const bin = fileURLToPath(new URL('../../packages/cli/dist/node/bin.js', import.meta.url))

/** The exit and the output of a process. */
export interface Ending {
  /** Exit code, or the name of the signal that killed the process. */
  readonly ended: number | string
  readonly stdout: string
  readonly stderr: string
}

/** Starts the command. It inherits the environment of this process without its `R2_` variables, and with `env`. */
export const startR2 = (
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): ChildProcessWithoutNullStreams => {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('R2_'))
  return spawn(process.execPath, [bin, ...args], { env: { ...Object.fromEntries(inherited), ...env } })
}

/** Reads the output of a process until it ends. */
export const endingOf = async (child: ChildProcessWithoutNullStreams): Promise<Ending> => {
  const stdout: Buffer[] = []
  const stderr: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk))
  const [code, signal] = await once(child, 'close')
  return { ended: code ?? signal, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() }
}

/** Runs the command with empty standard input, until it ends. */
export const runR2 = (args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ending> => {
  const child = startR2(args, env)
  child.stdin.end()
  return endingOf(child)
}

/** Sends a signal, and waits for the exit of the process without reading its output. `elapsedMs` is the time between the two. */
export const endWith = async (
  child: ChildProcess,
  signal: NodeJS.Signals,
): Promise<{ ended: number | string; elapsedMs: number }> => {
  const exit = once(child, 'exit')
  const startedMs = performance.now()
  child.kill(signal)
  const [code, name] = await exit
  return { ended: code ?? name, elapsedMs: performance.now() - startedMs }
}

/** Harness for tests that run the command as a process: one local R2 with a bucket per test file. */
export class ProcessHarness {
  readonly bucket = 'bucket'
  #server: LocalR2 | undefined
  #r2: R2Client | undefined

  /** Creates a harness, and registers the hooks that start and stop it. Call it at the top level of a test file. */
  static create(): ProcessHarness {
    const harness = new ProcessHarness()
    beforeAll(async () => {
      harness.#server = await startLocalR2()
      harness.#r2 = new R2Client(harness.#server)
      await harness.r2.buckets.create({ bucket: harness.bucket })
    })
    afterAll(async () => {
      await harness.#r2?.dispose()
      await harness.#server?.close()
    })
    return harness
  }

  get r2(): R2Client {
    if (this.#r2 === undefined) throw new Error('the harness is not available before the first test')
    return this.#r2
  }

  get server(): LocalR2 {
    if (this.#server === undefined) throw new Error('the harness is not available before the first test')
    return this.#server
  }

  /** Environment variables with endpoint and credentials of the local R2. */
  get env(): Record<string, string> {
    const { endpoint, credentials } = this.server
    return {
      R2_ENDPOINT: endpoint,
      R2_ACCESS_KEY_ID: credentials.accessKeyId,
      R2_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    }
  }

  /** The address of a key in the bucket. */
  at(key: string): string {
    return `r2://${this.bucket}/${key}`
  }

  /** The content of an object. */
  async read(key: string): Promise<string> {
    return (await this.r2.objects.get({ bucket: this.bucket, key })).text()
  }

  /** The state on the server after a transfer: whether the object exists, and the number of unfinished uploads. */
  async remains(key: string): Promise<{ exists: boolean; uploads: number }> {
    const { bucket } = this
    const { uploads } = await this.r2.multipart.listUploads({ bucket, prefix: key })
    const { objects } = await this.r2.objects.list({ bucket, prefix: key })
    return { exists: objects.length > 0, uploads: uploads.length }
  }
}
