/**
 * The probes of the comparison. Each returns a short verdict, computed from the requests that the client sent, its result,
 * and the objects that another client (`control`) finds in the bucket afterwards. `good` marks the verdicts that a user
 * wants. The verdict "–" means that the client has no such operation.
 */
import { randomBytes } from 'node:crypto'

const mebibyte = 1024 * 1024

/** The outcome of a call: `{ value }`, or `{ error }` with its error or a timeout. */
const outcomeOf = async (call, timeoutMs = 40_000) => {
  let timer
  const timeout = new Promise((resolve) => {
    timer = setTimeout(
      () => resolve({ error: new Error(`the call did not end within ${timeoutMs / 1000} s`), hangs: true }),
      timeoutMs,
    )
  })
  const result = (async () => {
    try {
      return { value: await call() }
    } catch (error) {
      return { error }
    }
  })()
  return Promise.race([result, timeout]).finally(() => clearTimeout(timer))
}

const summarize = (error) => {
  const text = `${error?.code ?? error?.name ?? ''}: ${error?.message ?? error}`.replace(/\s+/g, ' ').trim()
  return text.length > 160 ? `${text.slice(0, 160)}…` : text
}

const same = (a, b) => a !== undefined && b !== undefined && Buffer.compare(Buffer.from(a), Buffer.from(b)) === 0
const absent = { verdict: '–' }

/** `a/../b` must be a separate object; URL normalization turns it into `b`. */
const dotSegments = {
  name: 'Key `a/../b` addresses its own object',
  async run({ client, control, proxy }) {
    const [other, ours] = [randomBytes(100), randomBytes(100)]
    await control.put('b', other)
    const put = await outcomeOf(() => client.put('a/../b', ours))
    const got = await outcomeOf(() => client.get('a/../b'))
    const sent = proxy.requests.map(({ method, path }) => `${method} ${path}`)
    const detail = { sent, put: put.error && summarize(put.error), get: got.error && summarize(got.error) }
    if (!same(await control.get('b'), other)) return { verdict: 'overwrites `b`', detail }
    if (same(got.value, other)) return { verdict: 'reads `b`', detail }
    if (same(await control.get('a/../b'), ours) && same(got.value, ours)) return { verdict: 'yes', good: true, detail }
    if (put.error && got.error && sent.length === 0) return { verdict: 'rejected, nothing sent', good: true, detail }
    return { verdict: 'fails', detail }
  },
}

/** Runs in an empty bucket, where a request that became `DELETE /bucket` succeeds. */
const deleteDot = {
  name: 'DELETE of the key `.`',
  async run({ client, control, proxy, bucket }) {
    const { error } = await outcomeOf(() => client.remove('.'))
    const sent = proxy.requests.map(({ method, path }) => `${method} ${path}`)
    const detail = { sent, error: error && summarize(error) }
    if (!(await control.hasBucket())) return { verdict: 'deletes the bucket', detail }
    if (error && sent.length === 0) return { verdict: 'rejected, nothing sent', good: true, detail }
    const exact = new RegExp(`^DELETE /${bucket}/(\\.|%2E)(\\?|$)`)
    if (error === undefined && sent.every((line) => exact.test(line))) {
      return { verdict: 'that object only', good: true, detail }
    }
    return { verdict: error ? 'fails' : 'sent elsewhere', detail }
  },
}

/** Keys that an XML parser, or an imitation of one, may alter. */
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
  name: 'Lists return the keys unchanged',
  async run({ client, control }) {
    if (!client.list) return absent
    const wanted = Object.entries(listedKeys)
    for (const [, key] of wanted) await control.put(key, Buffer.from('x'))
    const { value, error } = await outcomeOf(client.list)
    if (error) return { verdict: 'fails', detail: { error: summarize(error) } }
    const changed = wanted.filter(([, key]) => !value.includes(key)).map(([name]) => name)
    const strays = value.filter((key) => !wanted.some(([, right]) => right === key))
    const detail = { changed, strays }
    if (changed.length === 0 && strays.length === 0) return { verdict: `all ${wanted.length}`, good: true, detail }
    return { verdict: `${wanted.length - changed.length} of ${wanted.length}`, detail }
  },
}

/** S3 may fail after sending the status, so that only the document reports the error. One fault: a retry succeeds. */
const completeErrorIn200 = {
  name: 'CompleteMultipartUpload returns 200 with an error document',
  fault: 'errorIn200',
  async run({ client, control, proxy }) {
    if (!client.uploadInParts) return absent
    const bytes = randomBytes(11 * mebibyte)
    const { error, hangs } = await outcomeOf(() => client.uploadInParts('whole.bin', bytes))
    const stored = await control.get('whole.bin')
    const completes = proxy.requests.filter(
      ({ method, path }) => method === 'POST' && path.includes('uploadId='),
    ).length
    const isAborted = proxy.requests.some(({ method, path }) => method === 'DELETE' && path.includes('uploadId='))
    const detail = { completes, isAborted, error: error && summarize(error), stored: stored?.length }
    if (hangs) return { verdict: 'hangs', detail }
    if (error) return { verdict: isAborted ? 'error, upload aborted' : 'error, upload left open', good: true, detail }
    if (same(stored, bytes)) return { verdict: 'retried, stored', good: true, detail }
    return { verdict: 'reported as success, nothing stored', detail }
  },
}

const presignedPut = {
  name: 'A presigned PUT URL, with default settings, accepts a body',
  async run({ client, control }) {
    const { value, error } = await outcomeOf(() => client.presignPut('signed.txt'))
    if (error) return { verdict: 'fails', detail: { error: summarize(error) } }
    const body = Buffer.from('a body that is not empty')
    const response = await fetch(value.url, { method: 'PUT', headers: value.headers ?? {}, body })
    const code = /<Code>([^<]*)/.exec(await response.text())?.[1]
    const detail = { status: response.status, code, parameters: [...new URL(value.url).searchParams.keys()] }
    if (response.ok && same(await control.get('signed.txt'), body)) return { verdict: 'yes', good: true, detail }
    return { verdict: `rejected: ${response.status} ${code}`, detail }
  },
}

/** The connection closes in the middle of the body. One fault: a retry receives the whole body. */
const brokenRead = (name, method) => ({
  name,
  fault: 'breakBody',
  async run({ client, control, proxy }) {
    if (!client[method]) return absent
    const bytes = randomBytes(4 * mebibyte)
    await control.put('broken.bin', bytes)
    const { value, error, hangs } = await outcomeOf(() => client[method]('broken.bin'))
    const ranges = proxy.requests.map(({ method, range }) => `${method} ${range ?? 'all'}`)
    const detail = { requests: ranges, error: error && summarize(error), bytes: value?.length }
    if (hangs) return { verdict: 'hangs', detail }
    if (error) return { verdict: 'error', detail }
    return same(value, bytes)
      ? { verdict: 'complete and correct', good: true, detail }
      : { verdict: 'truncated, no error', detail }
  },
})

/** One bit of the body is flipped in transit. One fault: a retry is not altered. */
const corruptedWrite = (name, method, size) => ({
  name,
  fault: 'corruptBody',
  async run({ client, control, proxy }) {
    if (!client[method]) return absent
    const bytes = randomBytes(size)
    const { error, hangs } = await outcomeOf(() => client[method]('flipped.bin', bytes))
    const stored = await control.get('flipped.bin')
    const puts = proxy.requests.filter((request) => request.method === 'PUT').length
    const detail = { puts, error: error && summarize(error), stored: stored?.length }
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
  brokenRead('GET into memory, connection closed half-way', 'get'),
  brokenRead('GET as a stream, connection closed half-way', 'getStream'),
  corruptedWrite('PUT of 1 MiB, one bit flipped in transit', 'put', mebibyte),
  corruptedWrite('Upload in parts, one bit flipped in transit', 'uploadInParts', 11 * mebibyte),
]
