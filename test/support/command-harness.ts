/** What tests of the command need: a local R2 per file, a bucket and a scratch folder per test. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { type LocalR2, startLocalR2 } from '@r2kit/local'
import { R2Client } from 'r2kit'
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import { type CommandResult, type RunOptions, runCommand } from './run-command.js'

export class CommandHarness {
  #server: LocalR2 | undefined
  #r2: R2Client | undefined
  #env: Record<string, string> = {}
  #bucketCount = 0
  bucket = ''
  /** Where the command keeps its journals. */
  state = ''
  scratch = ''

  /** Registers the hooks that start, renew and end it. Call it at the top of a test file. */
  static create(): CommandHarness {
    const harness = new CommandHarness()
    beforeAll(() => harness.#start())
    beforeEach(() => harness.#renew())
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

  async #renew(): Promise<void> {
    this.#bucketCount += 1
    this.bucket = `bucket-${this.#bucketCount}`
    await this.r2.buckets.create({ bucket: this.bucket })
    this.scratch = await mkdtemp(join(tmpdir(), 'r2-command-'))
  }

  get r2(): R2Client {
    if (this.#r2 === undefined) throw new Error('the harness begins with the first test')
    return this.#r2
  }

  /** The environment that leads the command to the local R2. */
  get env(): Readonly<Record<string, string>> {
    return this.#env
  }

  run(words: readonly string[], options: RunOptions = {}): Promise<CommandResult> {
    return runCommand(words, { env: this.#env, ...options })
  }

  /** An address in the test's bucket. */
  at(key: string): string {
    return `r2://${this.bucket}/${key}`
  }

  /** A path in the scratch folder. */
  file(...segments: string[]): string {
    return join(this.scratch, ...segments)
  }

  async put(key: string, body: string | Uint8Array = key): Promise<void> {
    await this.r2.objects.put({ bucket: this.bucket, key, body })
  }

  async read(key: string): Promise<string> {
    return (await this.r2.objects.get({ bucket: this.bucket, key })).text()
  }

  async keys(): Promise<string[]> {
    const found: string[] = []
    for await (const { key } of this.r2.objects.listAll({ bucket: this.bucket })) found.push(key)
    return found
  }

  /** Writes files below the scratch folder, by path. */
  async writeTree(files: Record<string, string>): Promise<void> {
    for (const [path, content] of Object.entries(files)) {
      await mkdir(dirname(this.file(path)), { recursive: true })
      await writeFile(this.file(path), content)
    }
  }

  /** Every file below a folder (the scratch folder by default), with its content. */
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
