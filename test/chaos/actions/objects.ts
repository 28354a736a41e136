/** Single calls on objects, with and without conditions. */
import { createHash } from 'node:crypto'
import type { ListResult, ReadResult } from '../call-record.js'
import { type Action, bucket, type Caller, type ChaosRun } from '../chaos-run.js'

export const keys = ['a', 'b/é', 'b/2', 'c d']

const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex')

export const put: Action = (run, caller, key) => {
  const intended = run.intendedObject()
  const options = run.callOptions()
  const { bytes: body, ...description } = intended
  return run.call(caller, { name: `put ${key}`, kind: 'write', key, intended, ...options }, () =>
    caller.r2.objects.put({ bucket, key, body, ...description }, options),
  )
}

/** A stream that cannot be sent again. Its checksum follows it, once the server is known to take trailers. */
export const putStream: Action = (run, caller, key) => {
  const intended = run.intendedObject()
  const { bytes, ...description } = intended
  const body = new Blob([bytes]).stream()
  return run.call(caller, { name: `put ${key} from a stream`, kind: 'write', key, intended, isStream: true }, () =>
    caller.r2.objects.put({ bucket, key, body, contentLength: bytes.length, ...description }),
  )
}

/** A Blob is read twice: its checksum precedes it, in a header that is not part of a signed hash. */
export const putBlob: Action = (run, caller, key) => {
  const intended = run.intendedObject()
  const { bytes, ...description } = intended
  return run.call(caller, { name: `put ${key} from a Blob`, kind: 'write', key, intended }, () =>
    caller.r2.objects.put({ bucket, key, body: new Blob([bytes]), ...description }),
  )
}

export const putBlobIfAbsent: Action = (run, caller, key) => {
  const intended = run.intendedObject()
  const { bytes, ...description } = intended
  const name = `put ${key} from a Blob if absent`
  return run.call(caller, { name, kind: 'write', key, intended, isConditional: true, replaces: null }, () =>
    caller.r2.objects.put({ bucket, key, body: new Blob([bytes]), ifNoneMatch: '*', ...description }),
  )
}

export const putIfAbsent: Action = (run, caller, key) => {
  const intended = run.intendedObject()
  const options = run.callOptions()
  const { bytes: body, ...description } = intended
  const unknownOutcome = run.pick([undefined, 'equal', 'proven'] as const)
  const name = `put ${key} if absent (${unknownOutcome})`
  const record = { name, kind: 'write', key, intended, isConditional: true, replaces: null, unknownOutcome } as const
  return run.call(caller, { ...record, ...options }, () =>
    caller.r2.objects.put(
      { bucket, key, body, ifNoneMatch: '*', ...description, ...(unknownOutcome && { unknownOutcome }) },
      options,
    ),
  )
}

export const replaceIfUnchanged: Action = async (run, caller, key) => {
  const current = run.simulation.server.object(bucket, key)
  if (current === undefined) return
  // Often the same bytes with another description: the case that size and ETag cannot tell apart.
  const intended = run.intendedObject(run.random() < 0.5 ? current.bytes : undefined)
  const { bytes: body, ...description } = intended
  // With the same bytes the condition holds after the write as well, and the write may be sent again.
  const isConditional = body !== current.bytes && md5(body) !== current.etag
  const name = `replace ${key} if unchanged`
  await run.call(caller, { name, kind: 'write', key, intended, isConditional, replaces: current.etag }, () =>
    caller.r2.objects.put({ bucket, key, body, ifMatch: current.etag, ...description }),
  )
}

export const copy: Action = (run, caller, key) => {
  const source = run.pick(keys)
  const to = { bucket, key, source: { bucket, key: source } }
  if (run.random() < 0.5) {
    return run.call(caller, { name: `copy ${source} to ${key}`, kind: 'copy', key, source }, () =>
      caller.r2.objects.copy(to),
    )
  }
  const intended = run.intendedObject(new Uint8Array(0))
  const { bytes: _, ...description } = intended
  const name = `copy ${source} to ${key} with a new description`
  return run.call(caller, { name, kind: 'copy', key, source, intended }, () =>
    caller.r2.objects.copy({ ...to, metadataDirective: 'REPLACE', ...description }),
  )
}

export const remove: Action = (run, caller, key) => {
  const options = run.callOptions()
  return run.call(caller, { name: `delete ${key}`, kind: 'delete', key, ...options }, async () => {
    await caller.r2.objects.delete({ bucket, key }, options)
    return [key]
  })
}

/** Deletes some keys in one batch; only those that are reported as deleted are acknowledged. */
export const removeBatch: Action = (run, caller, key) => {
  const options = run.callOptions()
  const batch = [...new Set([key, run.pick(keys), run.pick(keys)])]
  return run.call(caller, { name: `delete ${batch}`, kind: 'delete', key, ...options }, async () => {
    const { deleted } = await caller.r2.objects.deleteObjects({ bucket, keys: batch }, options)
    return deleted
  })
}

export const get: Action = (run, caller, key) => {
  const options = run.callOptions()
  return run.call(
    caller,
    { name: `get ${key}`, kind: 'read', key, byChecksum: true, ...options },
    async (): Promise<ReadResult> => {
      const { body, etag, contentType, metadata } = await caller.r2.objects.get({ bucket, key }, options)
      return { bytes: body, etag, contentType, metadata }
    },
  )
}

export const getStream: Action = (run, caller, key) =>
  run.call(caller, { name: `stream ${key}`, kind: 'read', key, byChecksum: true }, async (): Promise<ReadResult> => {
    const { body, etag, contentType, metadata } = await caller.r2.objects.getStream({ bucket, key })
    const chunks: Uint8Array[] = []
    for await (const chunk of body) chunks.push(chunk.slice())
    return { bytes: Buffer.concat(chunks), etag, contentType, metadata }
  })

export const head: Action = (run, caller, key) =>
  run.call(caller, { name: `head ${key}`, kind: 'read', key }, async (): Promise<ReadResult> => {
    const { etag, contentType, metadata } = await caller.r2.objects.head({ bucket, key })
    return { etag, contentType, metadata }
  })

export const list: Action = (run, caller) => {
  const prefix = run.pick(['', '', 'b/'])
  return run.call(caller, { name: `list '${prefix}'`, kind: 'list', key: '' }, async (): Promise<ListResult> => {
    const listed: string[] = []
    const pageSize = run.pick([1, 2, 1_000])
    for await (const { key } of caller.r2.objects.listAll({ bucket, prefix, pageSize })) listed.push(key)
    return { prefix, delimiter: undefined, keys: listed, commonPrefixes: [] }
  })
}

export const listFolders: Action = (run, caller) =>
  run.call(caller, { name: 'list by delimiter', kind: 'list', key: '' }, async (): Promise<ListResult> => {
    const listed: string[] = []
    const commonPrefixes: string[] = []
    const pages = caller.r2.objects.listAll({ bucket, delimiter: '/', pageSize: run.pick([1, 2, 1_000]) }).pages()
    for await (const page of pages) {
      listed.push(...page.objects.map(({ key }) => key))
      commonPrefixes.push(...page.commonPrefixes)
    }
    return { prefix: '', delimiter: '/', keys: listed, commonPrefixes }
  })

/** Every update appends the number of its call, so that a lost one and one that was stored twice can be seen. */
const counter = 'counter'

export const updateCounter: Action = (run, caller) => {
  const name = `${run.calls.length + 1}`
  const options = { ...run.callOptions(), maxRetries: 20 }
  const { timeoutMs } = options
  const record = { name: 'update the counter', kind: 'update', key: counter, isConditional: true, timeoutMs } as const
  return run.call(caller, record, () =>
    caller.r2.objects.updateWithLock(
      { bucket, key: counter, change: (current) => [...(current?.text().split(',') ?? []), name].join(',') },
      options,
    ),
  )
}

/** Two updates that meet each other. */
export const updateCounterTwice: Action = (run, caller, key) =>
  Promise.all([updateCounter(run, caller, key), updateCounter(run, caller, key)])

/** Every acknowledged update is in the counter once, and none twice. */
export function* problemsOfCounter({ calls, simulation }: ChaosRun): Generator<string> {
  const bytes = simulation.server.object(bucket, counter)?.bytes
  const names = bytes === undefined ? [] : new TextDecoder().decode(bytes).split(',')
  if (new Set(names).size !== names.length) yield `the counter has an update twice: ${names.join(',')}`
  for (const { id, kind, outcome } of calls) {
    const isAcknowledged = kind === 'update' && outcome !== undefined && 'value' in outcome
    if (isAcknowledged && !names.includes(`${id}`)) yield `update ${id} was acknowledged and is lost`
  }
}

/** Runs another action in a process that is killed after a few requests. */
export const killedDuring =
  (action: Action): Action =>
  async (run, _: Caller, key) => {
    const { caller, process } = run.startProcess(Math.floor(run.random() * 4))
    await Promise.race([action(run, caller, key), process.killed])
    process.kill()
  }
