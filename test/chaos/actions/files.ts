/** Downloads to files and transfers of folders, on a file system in memory: `scripts/chaos.mjs` replaces `node:fs` by memfs. */
import { fs, vol } from 'memfs'
import { isR2Error } from 'r2kit'
import { fileJournal } from 'r2kit/transfers'
import type { ReadResult } from '../call-record.js'
import { type Action, bucket, type Caller, type ChaosRun } from '../chaos-run.js'

const folder = '/files'
const journals = '/journals'

/** Objects of several ranges. */
const rangedKeys = ['ranged/1', 'ranged/2']
const rangedBytes = 20_000
const rangeSizeBytes = 6_000

/** Empties the file system before a run. */
export const resetFiles = (): void => {
  vol.reset()
  fs.mkdirSync(folder)
}

const rangedObject = (run: ChaosRun): Uint8Array => {
  const first = Math.floor(run.random() * 3)
  return new Uint8Array(rangedBytes).map((_, index) => (index * 7 + first) % 251)
}

export const putRanged: Action = (run, caller) => {
  const key = run.pick(rangedKeys)
  const intended = run.intendedObject(rangedObject(run))
  const { bytes: body, ...description } = intended
  return run.call(caller, { name: `put ${key} of several ranges`, kind: 'write', key, intended }, () =>
    caller.r2.objects.put({ bucket, key, body, ...description }),
  )
}

const filesIn = (path: string): readonly string[] => (fs.existsSync(path) ? (fs.readdirSync(path) as string[]) : [])

const downloadTo = (run: ChaosRun, caller: Caller, key: string, path: string, hasJournal: boolean, name: string) => {
  const options = { ...run.callOptions(), rangeSizeBytes, ...(hasJournal && { journal: fileJournal(journals) }) }
  const { timeoutMs } = options
  return run.call(caller, { name, kind: 'read', key, timeoutMs }, async (): Promise<ReadResult> => {
    const { etag, contentType, metadata } = await caller.r2.transfers.download({ bucket, key }, { path }, options)
    return { bytes: fs.readFileSync(path) as Uint8Array, etag, contentType, metadata }
  })
}

/** Without a journal, a download leaves the whole file or nothing. */
export const downloadFile: Action = async (run, caller) => {
  const key = run.pick(rangedKeys)
  const path = `${folder}/${run.calls.length}`
  const result = await downloadTo(run, caller, key, path, false, `download ${key} to a file`)
  checkFolder(run, path, result !== undefined)
}

/** A download whose process is killed; another process resumes it from the journal, perhaps after the object was replaced. */
export const killAndResumeDownload: Action = async (run, main, key) => {
  const source = run.pick(rangedKeys)
  const path = `${folder}/${run.calls.length}`
  const { caller, process } = run.startProcess(Math.floor(run.random() * 10))
  const killed = downloadTo(run, caller, source, path, true, `download ${source} until the process is killed`)
  await Promise.race([killed, process.killed])
  process.kill()
  if (run.random() < 0.3) await putRanged(run, main, key)
  const result = await downloadTo(run, main, source, path, true, `resume the download of ${source}`)
  if (result !== undefined) checkFolder(run, path, true)
}

/** Compares the files of one download, which has the only names that begin with `path`, with its result. */
const checkFolder = (run: ChaosRun, path: string, hasEnded: boolean): void => {
  const [, , name = ''] = path.split('/')
  const own = filesIn(folder).filter(
    (file) => file === name || file.startsWith(`.${name}.`) || file.startsWith(`${name}.`),
  )
  const expected = hasEnded ? [name] : []
  if (own.join() !== expected.join()) run.problems.push(`a download to ${path} left ${own.join()} in its folder`)
}

/** Uploads a folder to a prefix, and downloads it again; every file that is reported as done has its bytes. */
export const transferFolder: Action = async (run, caller) => {
  const id = run.calls.length
  const [from, to, prefix] = [`${folder}/from-${id}`, `${folder}/to-${id}`, `folder-${id}/`]
  const contents = new Map(['x', 'y/é', 'z'].map((name) => [name, `${name} of ${id}, ${run.random()}`]))
  for (const [name, text] of contents) {
    fs.mkdirSync(`${from}/${name}`.replace(/[^/]*$/, ''), { recursive: true })
    fs.writeFileSync(`${from}/${name}`, text)
  }
  const uploaded = new Set<string>()
  await run.call(caller, { name: `upload the folder ${prefix}`, kind: 'folder', key: prefix }, () =>
    caller.r2.transfers.uploadDirectory(
      from,
      { bucket, prefix },
      {
        onResult: (result) => {
          if (result.status === 'done') uploaded.add(result.key.slice(prefix.length))
          else run.problems.push(...unexpected(result))
        },
      },
    ),
  )
  for (const name of uploaded) {
    const stored = run.simulation.server.object(bucket, prefix + name)?.bytes
    if (stored === undefined || new TextDecoder().decode(stored) !== contents.get(name)) {
      run.problems.push(`${prefix}${name} was reported as done, and is not stored as it was`)
    }
  }
  await run.call(caller, { name: `download the folder ${prefix}`, kind: 'folder', key: prefix }, () =>
    caller.r2.transfers.downloadDirectory({ bucket, prefix }, to, {
      onResult: (result) => {
        if (result.status !== 'done') return void run.problems.push(...unexpected(result))
        const text = fs.readFileSync(result.path, 'utf8')
        if (text !== contents.get(result.key.slice(prefix.length))) {
          run.problems.push(`${result.path} was reported as done, and differs from ${result.key}`)
        }
      },
    }),
  )
}

/** A file may fail by a fault, and only by one. */
const unexpected = (result: { readonly status: string; readonly error?: unknown }): string[] => {
  if (result.status !== 'failed' || !isR2Error(result.error)) return [`a file of a folder is ${result.status}`]
  const { kind, code, message } = result.error
  return ['CircuitOpen', 'Network', 'Server', 'Transfer'].includes(kind)
    ? []
    : [`a file failed with ${code}: ${message}`]
}
