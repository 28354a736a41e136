/** Uploads and downloads of large objects, with crashes and resumption. */
import type { TransferJournal } from 'r2kit/transfers'
import type { ReadResult } from '../call-record.js'
import { type Action, bucket, type ChaosRun } from '../chaos-run.js'
import { get, getStream, put } from './objects.js'

const partBytes = 5 * 1024 * 1024
/** Enough for two parts; uploads differ in the first byte. */
const largeBytes = partBytes + 70_000
const template = new Uint8Array(largeBytes).map((_, index) => (index * 7) % 251)

const largeObject = (run: ChaosRun): Uint8Array => {
  const bytes = template.slice()
  bytes[0] = Math.floor(run.random() * 3)
  return bytes
}

const inParts = { thresholdBytes: 1, partSizeBytes: partBytes }

export const uploadInParts: Action = (run, caller, key) => {
  const intended = run.intendedObject(largeObject(run))
  const { bytes, ...description } = intended
  const isConditional = run.random() < 0.3
  const condition = isConditional ? ({ ifNoneMatch: '*' } as const) : {}
  const options = run.callOptions()
  const name = `upload ${key} in parts`
  const record = { name, kind: 'write', key, intended, isConditional, cleansUp: true, ...options } as const
  return run.call(caller, record, () =>
    caller.r2.transfers.upload(bytes, { bucket, key, ...description, ...condition }, { ...inParts, ...options }),
  )
}

/** In one request, of a source that is read again for each attempt. */
export const uploadSmall: Action = (run, caller, key) => {
  const intended = run.intendedObject()
  const { bytes, ...description } = intended
  return run.call(caller, { name: `upload ${key}`, kind: 'write', key, intended, cleansUp: true }, () =>
    caller.r2.transfers.upload(new Blob([bytes]), { bucket, key, ...description }),
  )
}

/** A stream whose length is unknown: parts are collected, and cannot be read again. */
export const uploadStream: Action = (run, caller, key) => {
  const intended = run.intendedObject(largeObject(run))
  const { bytes, ...description } = intended
  return run.call(caller, { name: `upload ${key} from a stream`, kind: 'write', key, intended, isStream: true }, () =>
    caller.r2.transfers.upload(new Blob([bytes]).stream(), { bucket, key, ...description }, inParts),
  )
}

/** An upload whose process is killed; another process resumes it from the journal. */
export const killAndResumeUpload: Action = async (run, main, key) => {
  const intended = run.intendedObject(largeObject(run))
  const { bytes, ...description } = intended
  const { journal, text } = memoryJournal()
  const { server } = run.simulation
  const before = new Set(server.uploads.keys())
  const { caller, process } = run.startProcess(Math.floor(run.random() * 6))
  const upload = (by: typeof caller, name: string, resumes?: number) =>
    run.call(by, { name, kind: 'write', key, intended, resumes }, () =>
      by.r2.transfers.upload(bytes, { bucket, key, ...description }, { ...inParts, journal }),
    )
  const first = upload(caller, `upload ${key} until the process is killed`)
  const firstId = run.calls.length
  await Promise.race([first, process.killed])
  process.kill()
  const recorded = text()
  const acknowledged = await upload(main, `resume the upload of ${key}`, firstId)
  for (const [uploadId, upload] of server.uploads) {
    if (upload.key !== key || before.has(uploadId)) continue
    if (!recorded.includes(uploadId)) run.abandonedUploads.add(uploadId)
    else if (acknowledged !== undefined) run.problems.push(`the resumed upload ${uploadId} of ${key} remained`)
  }
}

const memoryJournal = (): { readonly journal: TransferJournal; text(): string } => {
  const entries = new Map<string, Uint8Array>()
  return {
    journal: {
      read: async (id) => entries.get(id),
      append: async (id, line) => void entries.set(id, Buffer.concat([entries.get(id) ?? new Uint8Array(0), line])),
      remove: async (id) => void entries.delete(id),
    },
    text: () => new TextDecoder().decode(Buffer.concat([...entries.values()])),
  }
}

/** Read by verified downloads only, whose responses may be damaged in ways that nothing but a checksum notices. */
const verifiedKeys = ['verified/1', 'verified/2']
/** Read by downloads without verification, whose responses may be too short. */
const sizedKeys = ['sized/1', 'sized/2']

/** Read by plain reads, whose responses may be damaged in ways that only the checksum of the object shows. */
const checkedKeys = ['checked/1', 'checked/2']

export const putChecked: Action = (run, caller) => put(run, caller, run.pick(checkedKeys))
export const getChecked: Action = (run, caller) => get(run, caller, run.pick(checkedKeys))
export const streamChecked: Action = (run, caller) => getStream(run, caller, run.pick(checkedKeys))
export const putVerified: Action = (run, caller) => put(run, caller, run.pick(verifiedKeys))
export const putSized: Action = (run, caller) => put(run, caller, run.pick(sizedKeys))

const downloadBytes =
  (run: ChaosRun, key: string, verify: boolean): Action =>
  (_, caller) => {
    const options = run.callOptions()
    const name = `download ${key} ${verify ? 'verified' : 'without verification'}`
    return run.call(caller, { name, kind: 'read', key, ...options }, async (): Promise<ReadResult> => {
      const target = { bucket, key }
      const { body, etag, contentType, metadata } = await caller.r2.transfers.download(target, 'bytes', {
        verify,
        ...options,
      })
      return { bytes: body, etag, contentType, metadata }
    })
  }

export const download: Action = (run, caller, key) => downloadBytes(run, run.pick(verifiedKeys), true)(run, caller, key)
export const downloadUnverified: Action = (run, caller, key) =>
  downloadBytes(run, run.pick(sizedKeys), false)(run, caller, key)

export const downloadStream: Action = (run, caller, key) =>
  run.call(caller, { name: `download ${key} as a stream`, kind: 'read', key }, async (): Promise<ReadResult> => {
    const transfer = caller.r2.transfers.download({ bucket, key }, 'stream')
    const chunks: Uint8Array[] = []
    for await (const chunk of transfer.body) chunks.push(chunk.slice())
    const { etag, contentType, metadata } = await transfer
    return { bytes: Buffer.concat(chunks), etag, contentType, metadata }
  })
