/** The command `r2` as a process: built, with real pipes and real signals. */
import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { type LocalR2, startLocalR2 } from '@r2kit/local'
import { R2Client } from 'r2kit'
import { afterAll, beforeAll } from 'vitest'

const bin = fileURLToPath(new URL('../../packages/cli/dist/node/bin.js', import.meta.url))

/** How a process ended, and what it wrote. */
export interface Ending {
  /** Exit code, or the name of the signal that killed it. */
  readonly ended: number | string
  readonly stdout: string
  readonly stderr: string
}

/** Starts the command. `env` is added to that of this process, without its account and credentials. */
export const startR2 = (
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
): ChildProcessWithoutNullStreams => {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('R2_'))
  return spawn(process.execPath, [bin, ...words], { env: { ...Object.fromEntries(inherited), ...env } })
}

/** Reads what the process writes, and resolves when it has ended. */
export const endingOf = async (child: ChildProcessWithoutNullStreams): Promise<Ending> => {
  const stdout: Buffer[] = []
  const stderr: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk))
  const [code, signal] = await once(child, 'close')
  return { ended: code ?? signal, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() }
}

/** Runs the command to its end, with nothing on standard input. */
export const runR2 = (words: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ending> => {
  const child = startR2(words, env)
  child.stdin.end()
  return endingOf(child)
}

/** Sends a signal, and resolves with how the process ended and how long it took. Does not read what it writes. */
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

/** A local R2 with a bucket, for processes of one test file. */
export class ProcessHarness {
  readonly bucket = 'bucket'
  #server: LocalR2 | undefined
  #r2: R2Client | undefined

  /** Registers the hooks that start and end it. Call it at the top of a test file. */
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
    if (this.#r2 === undefined) throw new Error('the harness begins with the first test')
    return this.#r2
  }

  get server(): LocalR2 {
    if (this.#server === undefined) throw new Error('the harness begins with the first test')
    return this.#server
  }

  /** The environment that leads the command to the local R2. */
  get env(): Record<string, string> {
    const { endpoint, credentials } = this.server
    return {
      R2_ENDPOINT: endpoint,
      R2_ACCESS_KEY_ID: credentials.accessKeyId,
      R2_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    }
  }

  /** An address in the bucket. */
  at(key: string): string {
    return `r2://${this.bucket}/${key}`
  }

  async read(key: string): Promise<string> {
    return (await this.r2.objects.get({ bucket: this.bucket, key })).text()
  }

  /** What is left of a transfer on the server: the object, and uploads in parts that are not complete. */
  async remains(key: string): Promise<{ exists: boolean; uploads: number }> {
    const { bucket } = this
    const { uploads } = await this.r2.multipart.listUploads({ bucket, prefix: key })
    const { objects } = await this.r2.objects.list({ bucket, prefix: key })
    return { exists: objects.length > 0, uploads: uploads.length }
  }
}
