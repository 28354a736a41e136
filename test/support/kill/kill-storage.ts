/**
 * Kills a writing process again and again at moments that a seed decides, opens its folder, and checks that every
 * acknowledged change is there, that no change is there by half, and that the files are exactly those that records refer to.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { open, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createFileStorage } from '../../../packages/local/src/storage/index.js'
import type { Content, ListEntry, Storage } from '../../../packages/local/src/storage/storage.js'
import { bytesOf, readAll, temporaryFolder } from '../local-storage.js'

/** What an object consists of: its pieces' sizes, and the seeds that give their bytes. Also its ETag, as JSON. */
export type Body = readonly { readonly size: number; readonly seed: number }[]

/** `body` null: the key is deleted. */
export interface Report {
  readonly key: string
  readonly body: Body | null
  readonly state: 'begun' | 'acknowledged'
}

export const bytesOfBody = (body: Body): Buffer => Buffer.concat(body.map(({ size, seed }) => bytesOf(size, seed)))

/** Numbers below a limit, the same for the same seed (mulberry32). */
export const randomFrom = (seed: number) => {
  let state = seed | 0
  return (limit: number): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit
  }
}

export interface KillOptions {
  readonly kills: number
  readonly seed: number
  readonly durable: boolean
  readonly onRound?: (round: { kill: number; acknowledged: number; problems: readonly string[] }) => void
}

export interface KillOutcome {
  readonly acknowledged: number
  /** Changes that were open at a kill, by what had become of them. */
  readonly openAndDone: number
  readonly openAndUndone: number
  readonly problems: readonly string[]
}

const absent = 'null'

export const killStorage = async ({ kills, seed, durable, onRound }: KillOptions): Promise<KillOutcome> => {
  await using folder = await temporaryFolder()
  const dataDir = join(folder.path, 'data')
  const random = randomFrom(seed)
  /** What each key must be: JSON of a body, or of null. */
  const settled = new Map<string, string>()
  const outcome = { acknowledged: 0, openAndDone: 0, openAndUndone: 0, problems: [] as string[] }

  for (let kill = 0; kill < kills; kill++) {
    const logPath = join(folder.path, `log-${kill}`)
    await runAndKill({ dataDir, logPath, args: [String(seed + kill), String(durable)], afterChanges: 1 + random(120) })
    const open = new Map<string, string>()
    let acknowledged = 0
    for (const { key, body, state } of await readReports(logPath)) {
      if (state === 'begun') open.set(key, JSON.stringify(body))
      else {
        settled.set(key, JSON.stringify(body))
        open.delete(key)
        acknowledged++
      }
    }
    const storage = await createFileStorage({ dataDir, durable })
    const problems = [...(await checkFiles(storage, dataDir))]
    const keys = new Set([...settled.keys(), ...open.keys(), ...keysOf(storage)])
    for (const key of keys) {
      const object = storage.getObject('b', key)
      const actual = object?.etag ?? absent
      const before = settled.get(key) ?? absent
      const coming = open.get(key)
      if (actual !== before && actual !== coming) problems.push(`${key} is ${actual}, not ${before} or ${coming}`)
      if (coming !== undefined) outcome[actual === coming ? 'openAndDone' : 'openAndUndone']++
      if (object !== undefined && !(await isWhole(storage, object))) problems.push(`${key} does not have its bytes`)
      settled.set(key, actual)
    }
    // At last the counts of references: with the last record the last file goes.
    if (kill === kills - 1) await deleteAll(storage)
    await storage.close()
    if (kill === kills - 1)
      problems.push(...(await filesIn(dataDir)).map((name) => `${name} is left after deleting all`))
    outcome.acknowledged += acknowledged
    outcome.problems.push(...problems.map((problem) => `kill ${kill} of seed ${seed}: ${problem}`))
    onRound?.({ kill, acknowledged, problems })
  }
  return outcome
}

const runAndKill = async (run: { dataDir: string; logPath: string; args: readonly string[]; afterChanges: number }) => {
  const log = await open(run.logPath, 'w')
  const child = fork(fileURLToPath(new URL('./load.ts', import.meta.url)), [run.dataDir, ...run.args], {
    execArgv: ['--conditions=r2kit-source', '--import', 'tsx'],
    stdio: ['ignore', log.fd, 'inherit', 'ipc'],
  })
  const exited = once(child, 'exit')
  let remaining = run.afterChanges
  child.on('message', () => {
    remaining--
    if (remaining === 0) child.kill('SIGKILL')
  })
  const [exitCode, signal] = await exited
  await log.close()
  if (signal !== 'SIGKILL') throw new Error(`the writing process ended by itself with ${exitCode ?? signal}`)
}

/** The last line may have been cut by the kill: then its change is merely one that is open or not acknowledged. */
const readReports = async (logPath: string): Promise<readonly Report[]> => {
  const lines = (await readFile(logPath, 'utf8')).split('\n')
  return lines.slice(0, -1).map((line): Report => JSON.parse(line))
}

const keysOf = (storage: Storage): readonly string[] =>
  storage.listObjects('b', { limit: 100_000 }).entries.map((entry: ListEntry) => ('key' in entry ? entry.key : ''))

const uploadsOf = (storage: Storage) =>
  storage.listUploads('b', { limit: 100_000 }).entries.flatMap((entry) => ('upload' in entry ? [entry.upload] : []))

const isWhole = async (storage: Storage, { etag, content }: { etag: string; content: Content }): Promise<boolean> =>
  (await readAll(storage.read(content))).equals(bytesOfBody(JSON.parse(etag)))

const filesIn = async (dataDir: string): Promise<readonly string[]> => {
  const [incoming, blobs] = await Promise.all([readdir(join(dataDir, 'incoming')), readdir(join(dataDir, 'blobs'))])
  return [...incoming.map((id) => `incoming/${id}`), ...blobs]
}

/** Files are those that objects and parts refer to, no more and no less; and parts are whole, too. */
const checkFiles = async (storage: Storage, dataDir: string): Promise<readonly string[]> => {
  const problems: string[] = []
  const referred = new Set<string>()
  const note = ({ pieces }: Content) => {
    for (const piece of pieces) if (piece.kind === 'blob') referred.add(piece.id)
  }
  for (const key of keysOf(storage)) {
    const object = storage.getObject('b', key)
    if (object !== undefined) note(object.content)
  }
  for (const upload of uploadsOf(storage)) {
    for (const part of storage.listParts(upload)) {
      note(part.content)
      if (!(await isWhole(storage, part)))
        problems.push(`part ${part.partNumber} of ${upload.key} does not have its bytes`)
    }
  }
  const files = new Set(await filesIn(dataDir))
  for (const name of files) if (!referred.has(name)) problems.push(`file ${name} belongs to nothing`)
  for (const id of referred) if (!files.has(id)) problems.push(`file ${id} is missing`)
  return problems
}

const deleteAll = async (storage: Storage) => {
  await storage.deleteObjects('b', keysOf(storage))
  for (const upload of uploadsOf(storage)) await storage.abortUpload(upload)
}
