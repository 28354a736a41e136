/**
 * The questions of the comparison. Each answers a short verdict computed from what was asked on the wire, what came back,
 * and what another client (`control`) finds in the bucket afterwards. `good` marks what a user would want; a verdict of
 * "–" means that the client has no such operation.
 */
import { randomBytes } from 'node:crypto'

const mebibyte = 1024 * 1024

/** What a call did: `{ value }`, or `{ error }` with what it rejected with, or with that it never ended. */
const outcomeOf = async (call, timeoutMs = 40_000) => {
  let timer
  const late = new Promise((resolve) => {
    timer = setTimeout(
      () => resolve({ error: new Error(`no end within ${timeoutMs / 1000} s`), hangs: true }),
      timeoutMs,
    )
  })
  const done = (async () => {
    try {
      return { value: await call() }
    } catch (error) {
      return { error }
    }
  })()
  return Promise.race([done, late]).finally(() => clearTimeout(timer))
}

const say = (error) => {
  const text = `${error?.code ?? error?.name ?? ''}: ${error?.message ?? error}`.replace(/\s+/g, ' ').trim()
  return text.length > 160 ? `${text.slice(0, 160)}…` : text
}

const same = (a, b) => a !== undefined && b !== undefined && Buffer.compare(Buffer.from(a), Buffer.from(b)) === 0
const absent = { verdict: '–' }

/** `a/../b` must be an object of its own; a URL that is normalised on the way turns it into `b`. */
const dotSegments = {
  name: 'Key `a/../b` is that object and no other',
  async run({ client, control, wire }) {
    const [other, ours] = [randomBytes(100), randomBytes(100)]
    await control.put('b', other)
    const put = await outcomeOf(() => client.put('a/../b', ours))
    const got = await outcomeOf(() => client.get('a/../b'))
    const sent = wire.requests.map(({ method, path }) => `${method} ${path}`)
    const detail = { sent, put: put.error && say(put.error), get: got.error && say(got.error) }
    if (!same(await control.get('b'), other)) return { verdict: 'overwrites `b`', detail }
    if (same(got.value, other)) return { verdict: 'reads `b`', detail }
    if (same(await control.get('a/../b'), ours) && same(got.value, ours)) return { verdict: 'yes', good: true, detail }
    if (put.error && got.error && sent.length === 0) return { verdict: 'refused, nothing sent', good: true, detail }
    return { verdict: 'fails', detail }
  },
}

/** In an empty bucket, so that a request that became `DELETE /bucket` shows what it can do. */
const deleteDot = {
  name: 'DELETE of the key `.`',
  async run({ client, control, wire, bucket }) {
    const { error } = await outcomeOf(() => client.remove('.'))
    const sent = wire.requests.map(({ method, path }) => `${method} ${path}`)
    const detail = { sent, error: error && say(error) }
    if (!(await control.hasBucket())) return { verdict: 'deletes the bucket', detail }
    if (error && sent.length === 0) return { verdict: 'refused, nothing sent', good: true, detail }
    const exact = new RegExp(`^DELETE /${bucket}/(\\.|%2E)(\\?|$)`)
    if (error === undefined && sent.every((line) => exact.test(line))) {
      return { verdict: 'that object only', good: true, detail }
    }
    return { verdict: error ? 'fails' : 'sent elsewhere', detail }
  },
}

/** Keys that a parser of XML, or of something like it, would like to change. */
const listedKeys = {
  'double quotes': 'a "quoted" key',
  apostrophe: "it's",
  'text like an entity': 'not &lt;an&gt; &amp;entity; &#65; &quot;',
  'angle brackets': '<Key>nested</Key>',
  tab: 'tab\tinside',
  newline: 'line\nbreak',
  'trailing spaces': 'trailing spaces  ',
  'leading space': ' leading',
  emoji: 'emoji 🚀 👩‍👩‍👧',
  'control character': 'control \u0001 character',
  'percent and plus': 'a%2Fb+c d',
  'a number': '007',
}

const listKeys = {
  name: 'Lists give back the keys that were put',
  async run({ client, control }) {
    if (!client.list) return absent
    const wanted = Object.entries(listedKeys)
    for (const [, key] of wanted) await control.put(key, Buffer.from('x'))
    const { value, error } = await outcomeOf(client.list)
    if (error) return { verdict: 'fails', detail: { error: say(error) } }
    const changed = wanted.filter(([, key]) => !value.includes(key)).map(([name]) => name)
    const strays = value.filter((key) => !wanted.some(([, right]) => right === key))
    const detail = { changed, strays }
    if (changed.length === 0 && strays.length === 0) return { verdict: `all ${wanted.length}`, good: true, detail }
    return { verdict: `${wanted.length - changed.length} of ${wanted.length}`, detail }
  },
}

/** S3 may fail after it has sent the status; then the only sign is the document. Once here: whoever asks again is served. */
const completeErrorIn200 = {
  name: 'CompleteMultipartUpload answers 200 with an error document',
  fault: 'errorIn200',
  async run({ client, control, wire }) {
    if (!client.uploadInParts) return absent
    const bytes = randomBytes(11 * mebibyte)
    const { error, hangs } = await outcomeOf(() => client.uploadInParts('whole.bin', bytes))
    const stored = await control.get('whole.bin')
    const completes = wire.requests.filter(({ method, path }) => method === 'POST' && path.includes('uploadId=')).length
    const isAborted = wire.requests.some(({ method, path }) => method === 'DELETE' && path.includes('uploadId='))
    const detail = { completes, isAborted, error: error && say(error), stored: stored?.length }
    if (hangs) return { verdict: 'hangs', detail }
    if (error) return { verdict: isAborted ? 'error, upload aborted' : 'error, upload left open', good: true, detail }
    if (same(stored, bytes)) return { verdict: 'tried again, stored', good: true, detail }
    return { verdict: 'taken as success, nothing stored', detail }
  },
}

const presignedPut = {
  name: 'A presigned PUT URL, default settings, takes a body',
  async run({ client, control }) {
    const { value, error } = await outcomeOf(() => client.presignPut('signed.txt'))
    if (error) return { verdict: 'fails', detail: { error: say(error) } }
    const body = Buffer.from('a body that is not empty')
    const response = await fetch(value.url, { method: 'PUT', headers: value.headers ?? {}, body })
    const code = /<Code>([^<]*)/.exec(await response.text())?.[1]
    const detail = { status: response.status, code, parameters: [...new URL(value.url).searchParams.keys()] }
    if (response.ok && same(await control.get('signed.txt'), body)) return { verdict: 'yes', good: true, detail }
    return { verdict: `refused: ${response.status} ${code}`, detail }
  },
}

/** The connection ends in the middle of the body, once; whoever asks again gets all of it. */
const brokenRead = (name, way) => ({
  name,
  fault: 'breakBody',
  async run({ client, control, wire }) {
    if (!client[way]) return absent
    const bytes = randomBytes(4 * mebibyte)
    await control.put('broken.bin', bytes)
    const { value, error, hangs } = await outcomeOf(() => client[way]('broken.bin'))
    const ranges = wire.requests.map(({ method, range }) => `${method} ${range ?? 'all'}`)
    const detail = { requests: ranges, error: error && say(error), bytes: value?.length }
    if (hangs) return { verdict: 'hangs', detail }
    if (error) return { verdict: 'error', detail }
    return same(value, bytes)
      ? { verdict: 'finishes, exact', good: true, detail }
      : { verdict: 'truncated, no error', detail }
  },
})

/** One bit of the body is turned over on the way, once. */
const corruptedWrite = (name, way, size) => ({
  name,
  fault: 'corruptBody',
  async run({ client, control, wire }) {
    if (!client[way]) return absent
    const bytes = randomBytes(size)
    const { error, hangs } = await outcomeOf(() => client[way]('flipped.bin', bytes))
    const stored = await control.get('flipped.bin')
    const puts = wire.requests.filter(({ method }) => method === 'PUT').length
    const detail = { puts, error: error && say(error), stored: stored?.length }
    if (hangs) return { verdict: 'hangs', detail }
    if (stored === undefined)
      return { verdict: error ? 'error, nothing stored' : 'lost, no error', good: !!error, detail }
    if (same(stored, bytes)) return { verdict: error ? 'error, though repaired' : 'repaired', good: !error, detail }
    return { verdict: error ? 'error, but stored' : 'stored corrupted, no error', detail }
  },
})

export const probes = [
  dotSegments,
  deleteDot,
  listKeys,
  completeErrorIn200,
  presignedPut,
  brokenRead('GET into memory, connection breaks half-way', 'get'),
  brokenRead('GET as a stream, connection breaks half-way', 'getStream'),
  corruptedWrite('PUT of 1 MiB, one bit flipped on the way', 'put', mebibyte),
  corruptedWrite('Upload in parts, one bit flipped on the way', 'uploadInParts', 11 * mebibyte),
]
