/**
 * Repeatedly kills a writing process at times that a seed determines, opens its folder and checks three properties: every
 * acknowledged change is stored, no change is stored partially, and the files are exactly those that records refer to.
 */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createFileStorage } from '../../../packages/local/src/storage/index.js'
import type {
  Content,
  ListEntry,
  ObjectRecord,
  PartRecord,
  Storage,
} from '../../../packages/local/src/storage/storage.js'
import { readAll, temporaryFolder } from '../storage-fixtures.js'
import type { Life } from './run-and-kill.js'
import type { Report } from './stored-bodies.js'
import { bucket, bytesOfBody, md5Of, randomFrom } from './stored-bodies.js'

export interface KillOptions {
  /** `runStorage` or `runServer`. */
  readonly run: (life: Life) => Promise<readonly Report[]>
  readonly kills: number
  readonly seed: number
  readonly durable: boolean
  readonly onRound?: (round: { kill: number; acknowledged: number; problems: readonly string[] }) => void
}

export interface KillOutcome {
  readonly acknowledged: number
  /** Changes that were pending at a kill and had been stored. */
  readonly pendingAndStored: number
  /** Changes that were pending at a kill and had not been stored. */
  readonly pendingAndLost: number
  readonly problems: readonly string[]
}

const absent = 'null'

export const killStorage = async ({ run, kills, seed, durable, onRound }: KillOptions): Promise<KillOutcome> => {
  await using folder = await temporaryFolder()
  const dataDir = join(folder.path, 'data')
  const random = randomFrom(seed)
  /** The expected body of each key, as JSON; `null` for an absent key. */
  const expected = new Map<string, string>()
  const outcome = { acknowledged: 0, pendingAndStored: 0, pendingAndLost: 0, problems: [] as string[] }

  for (let kill = 0; kill < kills; kill++) {
    const logPath = join(folder.path, `log-${kill}`)
    const life = { dataDir, logPath, durable, seed: seed + kill, afterChanges: 1 + random(120), delayMs: random(10) }
    const reports = await run(life)
    const pending = new Map<string, string>()
    let acknowledged = 0
    for (const { key, body, state } of reports) {
      if (state === 'started') pending.set(key, JSON.stringify(body))
      else {
        expected.set(key, JSON.stringify(body))
        pending.delete(key)
        acknowledged++
      }
    }
    const storage = await createFileStorage({ dataDir, durable })
    const problems = [...(await checkFiles(storage, dataDir))]
    const keys = new Set([...expected.keys(), ...pending.keys(), ...keysOf(storage)])
    for (const key of keys) {
      const object = storage.getObject(bucket, key)
      const actual = object?.metadata.body ?? absent
      const before = expected.get(key) ?? absent
      const after = pending.get(key)
      if (actual !== before && actual !== after) problems.push(`${key} is ${actual}, not ${before} or ${after}`)
      if (after !== undefined) outcome[actual === after ? 'pendingAndStored' : 'pendingAndLost']++
      if (object !== undefined && !(await isWholeObject(storage, object)))
        problems.push(`${key} does not have its bytes`)
      expected.set(key, actual)
    }
    // After the last kill, deleting all records must remove all files, which tests the reference counts.
    if (kill === kills - 1) await deleteAll(storage)
    await storage.close()
    if (kill === kills - 1)
      problems.push(...(await filesIn(dataDir)).map((name) => `${name} remains after deleting all records`))
    outcome.acknowledged += acknowledged
    outcome.problems.push(...problems.map((problem) => `kill ${kill} of seed ${seed}: ${problem}`))
    onRound?.({ kill, acknowledged, problems })
  }
  return outcome
}

const keysOf = (storage: Storage): readonly string[] =>
  storage.listObjects(bucket, { limit: 100_000 }).entries.map((entry: ListEntry) => ('key' in entry ? entry.key : ''))

const uploadsOf = (storage: Storage) =>
  storage.listUploads(bucket, { limit: 100_000 }).entries.flatMap((entry) => ('upload' in entry ? [entry.upload] : []))

const bytesIn = async (storage: Storage, content: Content): Promise<Buffer | undefined> => {
  try {
    return await readAll(storage.read(content))
  } catch {
    // A file that is missing or too short is reported like any other difference.
    return undefined
  }
}

const isWholeObject = async (storage: Storage, { metadata, content }: ObjectRecord): Promise<boolean> => {
  const bytes = await bytesIn(storage, content)
  return bytes?.equals(bytesOfBody(JSON.parse(metadata.body ?? '[]'))) === true
}

const isWholePart = async (storage: Storage, { etag, content }: PartRecord): Promise<boolean> => {
  const bytes = await bytesIn(storage, content)
  return bytes !== undefined && md5Of(bytes) === etag
}

const filesIn = async (dataDir: string): Promise<readonly string[]> => {
  const [incoming, blobs] = await Promise.all([readdir(join(dataDir, 'incoming')), readdir(join(dataDir, 'blobs'))])
  return [...incoming.map((id) => `incoming/${id}`), ...blobs]
}

/** Checks that the files are exactly those that objects and parts refer to, and that all parts are complete. */
const checkFiles = async (storage: Storage, dataDir: string): Promise<readonly string[]> => {
  const problems: string[] = []
  const referred = new Set<string>()
  const note = ({ pieces }: Content) => {
    for (const piece of pieces) if (piece.kind === 'blob') referred.add(piece.id)
  }
  for (const key of keysOf(storage)) {
    const object = storage.getObject(bucket, key)
    if (object !== undefined) note(object.content)
  }
  for (const upload of uploadsOf(storage)) {
    for (const part of storage.listParts(upload)) {
      note(part.content)
      if (!(await isWholePart(storage, part)))
        problems.push(`part ${part.partNumber} of ${upload.key} does not have its bytes`)
    }
  }
  const files = new Set(await filesIn(dataDir))
  for (const name of files) if (!referred.has(name)) problems.push(`no record refers to the file ${name}`)
  for (const id of referred) if (!files.has(id)) problems.push(`the file ${id} is missing`)
  return problems
}

const deleteAll = async (storage: Storage) => {
  await storage.deleteObjects(bucket, keysOf(storage))
  for (const upload of uploadsOf(storage)) await storage.abortUpload(upload)
}
