/**
 * Kills a writing process again and again at moments that a seed decides, opens its folder, and checks that every
 * acknowledged change is there, that no change is there by half, and that the files are exactly those that records refer to.
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
import { readAll, temporaryFolder } from '../local-storage.js'
import type { Report } from './body.js'
import { bucket, bytesOfBody, md5Of, randomFrom } from './body.js'
import type { Life } from './run-and-kill.js'

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
  /** Changes that were open at a kill, by what had become of them. */
  readonly openAndDone: number
  readonly openAndUndone: number
  readonly problems: readonly string[]
}

const absent = 'null'

export const killStorage = async ({ run, kills, seed, durable, onRound }: KillOptions): Promise<KillOutcome> => {
  await using folder = await temporaryFolder()
  const dataDir = join(folder.path, 'data')
  const random = randomFrom(seed)
  /** What each key must be: JSON of a body, or of null. */
  const settled = new Map<string, string>()
  const outcome = { acknowledged: 0, openAndDone: 0, openAndUndone: 0, problems: [] as string[] }

  for (let kill = 0; kill < kills; kill++) {
    const logPath = join(folder.path, `log-${kill}`)
    const life = { dataDir, logPath, durable, seed: seed + kill, afterChanges: 1 + random(120), delayMs: random(10) }
    const reports = await run(life)
    const open = new Map<string, string>()
    let acknowledged = 0
    for (const { key, body, state } of reports) {
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
      const object = storage.getObject(bucket, key)
      const actual = object?.metadata.body ?? absent
      const before = settled.get(key) ?? absent
      const coming = open.get(key)
      if (actual !== before && actual !== coming) problems.push(`${key} is ${actual}, not ${before} or ${coming}`)
      if (coming !== undefined) outcome[actual === coming ? 'openAndDone' : 'openAndUndone']++
      if (object !== undefined && !(await isWholeObject(storage, object)))
        problems.push(`${key} does not have its bytes`)
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

const keysOf = (storage: Storage): readonly string[] =>
  storage.listObjects(bucket, { limit: 100_000 }).entries.map((entry: ListEntry) => ('key' in entry ? entry.key : ''))

const uploadsOf = (storage: Storage) =>
  storage.listUploads(bucket, { limit: 100_000 }).entries.flatMap((entry) => ('upload' in entry ? [entry.upload] : []))

const bytesIn = async (storage: Storage, content: Content): Promise<Buffer | undefined> => {
  try {
    return await readAll(storage.read(content))
  } catch {
    // A file that is missing or too short: what this test looks for, to be reported like any other difference.
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

/** Files are those that objects and parts refer to, no more and no less; and parts are whole, too. */
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
  for (const name of files) if (!referred.has(name)) problems.push(`file ${name} belongs to nothing`)
  for (const id of referred) if (!files.has(id)) problems.push(`file ${id} is missing`)
  return problems
}

const deleteAll = async (storage: Storage) => {
  await storage.deleteObjects(bucket, keysOf(storage))
  for (const upload of uploadsOf(storage)) await storage.abortUpload(upload)
}
