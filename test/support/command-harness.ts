/** Harness for tests of the command: one local R2 per test file, a bucket and a scratch folder per test. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { type LocalR2, startLocalR2 } from '@r2kit/local'
import { R2Client } from 'r2kit'
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import { type CommandResult, type RunOptions, runCommand } from './run-command.js'

/** Runs the command in this process. */
export class CommandHarness {
  #server: LocalR2 | undefined
  #r2: R2Client | undefined
  #env: Record<string, string> = {}
  #bucketCount = 0
  /** The bucket of the current test. */
  bucket = ''
  /** The folder in which the command stores its journals (`XDG_STATE_HOME`). */
  state = ''
  /** An empty folder for the files of one test. */
  scratch = ''

  /** Creates a harness, and registers the hooks that start, reset and stop it. Call it at the top level of a test file. */
  static create(): CommandHarness {
    const harness = new CommandHarness()
    beforeAll(() => harness.#start())
    beforeEach(() => harness.#reset())
    afterEach(() => rm(harness.scratch, { recursive: true, force: true }))
    afterAll(async () => {
      await rm(harness.state, { recursive: true, force: true })
      await harness.r2.dispose()
      await harness.#server?.close()
    })
    return harness
  }

  async #start(): Promise<void> {
    this.#server = await startLocalR2({ port: 0 })
    const { endpoint, credentials } = this.#server
    this.#r2 = new R2Client({ endpoint, credentials })
    this.state = await mkdtemp(join(tmpdir(), 'r2-state-'))
    this.#env = {
      XDG_STATE_HOME: this.state,
      R2_ENDPOINT: endpoint,
      R2_ACCESS_KEY_ID: credentials.accessKeyId,
      R2_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    }
  }

  async #reset(): Promise<void> {
    this.#bucketCount += 1
    this.bucket = `bucket-${this.#bucketCount}`
    await this.r2.buckets.create({ bucket: this.bucket })
    this.scratch = await mkdtemp(join(tmpdir(), 'r2-command-'))
  }

  get r2(): R2Client {
    if (this.#r2 === undefined) throw new Error('the harness is not available before the first test')
    return this.#r2
  }

  /** Environment variables with endpoint and credentials of the local R2. */
  get env(): Readonly<Record<string, string>> {
    return this.#env
  }

  /** Runs the command against the local R2. */
  run(args: readonly string[], options: RunOptions = {}): Promise<CommandResult> {
    return runCommand(args, { env: this.#env, ...options })
  }

  /** The address of a key in the bucket. */
  at(key: string): string {
    return `r2://${this.bucket}/${key}`
  }

  /** A path in the scratch folder. */
  file(...segments: string[]): string {
    return join(this.scratch, ...segments)
  }

  /** Stores an object; its key is the default content. */
  async put(key: string, body: string | Uint8Array = key): Promise<void> {
    await this.r2.objects.put({ bucket: this.bucket, key, body })
  }

  /** The content of an object. */
  async read(key: string): Promise<string> {
    return (await this.r2.objects.get({ bucket: this.bucket, key })).text()
  }

  /** All keys in the bucket. */
  async keys(): Promise<string[]> {
    const found: string[] = []
    for await (const { key } of this.r2.objects.listAll({ bucket: this.bucket })) found.push(key)
    return found
  }

  /** Writes files in the scratch folder: path → content. */
  async writeTree(files: Record<string, string>): Promise<void> {
    for (const [path, content] of Object.entries(files)) {
      await mkdir(dirname(this.file(path)), { recursive: true })
      await writeFile(this.file(path), content)
    }
  }

  /** All files in a folder: path → content. @param folder the scratch folder by default */
  async tree(folder = this.scratch): Promise<Record<string, string>> {
    const found: Record<string, string> = {}
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue
      const path = join(entry.parentPath, entry.name)
      found[relative(folder, path)] = await readFile(path, 'utf8')
    }
    return found
  }
}
