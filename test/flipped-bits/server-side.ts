/** Sends requests with a flipped bit to a local R2, and compares what is stored with what was meant. */
import { createHash } from 'node:crypto'
import net from 'node:net'
import { startLocalR2 } from '@r2kit/local'
import { R2Client } from 'r2kit'
import { content, formNamed, requestBytes } from './requests.js'
import { type Bit, flipped } from './spans.js'

const bucket = 'flipped'
const etag = createHash('md5').update(content).digest('hex')

/** What became of the flipped bits of a form: outcomes by the span that was damaged. */
export interface FormReport {
  readonly form: string
  readonly refused: number
  /** Stored with the right bytes, as an upper-case letter in a field's name is. */
  readonly harmless: number
  /** Spans of harmless bits. */
  readonly harmlessSpans: ReadonlySet<string>
  readonly problems: readonly string[]
}

/** Flips the bits that `choose` names in the requests of these forms, one per request. */
export const flipRequests = async (
  names: readonly string[],
  choose: (message: Buffer) => Iterable<Bit>,
  onReport: (report: FormReport) => void = () => undefined,
): Promise<readonly FormReport[]> => {
  const server = await startLocalR2({ memory: true, onInternalError: () => undefined })
  const { endpoint, credentials, port } = server
  await using r2 = new R2Client({ endpoint, credentials })
  try {
    await r2.buckets.create({ bucket })
    const reports: FormReport[] = []
    for (const name of names) {
      const form = formNamed(name)
      const at = { host: `127.0.0.1:${port}`, credentials }
      const target = form.isPart ? await partTarget(r2) : objectTarget(r2)
      const report = await flipForm(name, choose, target, port, (path, query) => requestBytes(form, path, query, at))
      reports.push(report)
      onReport(report)
    }
    return reports
  } finally {
    await server.close()
  }
}

/** The place that a request writes to. */
interface WriteTarget {
  readonly path: string
  query(): string
  /** The ETags of all that is stored. */
  stored(): Promise<readonly string[]>
  /** Removes what is stored. */
  clear(): Promise<void>
}

const objectTarget = (r2: R2Client): WriteTarget => {
  const list = async () => (await r2.objects.list({ bucket })).objects
  return {
    path: `/${bucket}/object`,
    query: () => '',
    stored: async () => (await list()).map((object) => object.etag),
    clear: async () => {
      await r2.objects.deleteObjects({ bucket, keys: (await list()).map((object) => object.key) })
    },
  }
}

const partTarget = async (r2: R2Client): Promise<WriteTarget> => {
  const key = 'parts'
  let { uploadId } = await r2.multipart.create({ bucket, key })
  return {
    path: `/${bucket}/${key}`,
    query: () => `partNumber=1&uploadId=${uploadId}`,
    stored: async () => (await r2.multipart.listParts({ bucket, key, uploadId })).parts.map((part) => part.etag),
    clear: async () => {
      await r2.multipart.abort({ bucket, key, uploadId })
      uploadId = (await r2.multipart.create({ bucket, key })).uploadId
    },
  }
}

/** Refused requests after which the stored objects are listed. */
const batchSize = 20

const flipForm = async (
  form: string,
  choose: (message: Buffer) => Iterable<Bit>,
  target: WriteTarget,
  port: number,
  bytesOf: (path: string, query: string) => Buffer,
): Promise<FormReport> => {
  const counts = { refused: 0, harmless: 0 }
  const harmlessSpans = new Set<string>()
  const problems: string[] = []
  let unchecked = 0
  const send = async (message: Buffer, what: string): Promise<boolean> => {
    const response = await exchange(port, message)
    const isAccepted = response.startsWith('HTTP/1.1 200')
    // What a refused request has stored is noticed by one of the next checks as well.
    if (!isAccepted && ++unchecked < batchSize) return false
    unchecked = 0
    const stored = await target.stored()
    if (stored.join() !== (isAccepted ? etag : '')) {
      problems.push(`${form}: ${what}: ${response.split('\r\n')[0]}, stored: ${stored.join(', ') || 'nothing'}`)
    }
    if (stored.length > 0) await target.clear()
    return isAccepted
  }
  let message = bytesOf(target.path, target.query())
  const bits = choose(message)
  if (!(await send(message, 'nothing flipped'))) problems.push(`${form} is refused without a flipped bit`)
  for (const bit of bits) {
    // A new upload has another ID of the same length, so the bits are in the same places.
    message = bytesOf(target.path, target.query())
    const isAccepted = await send(flipped(message, bit), `bit ${bit.bit} of byte ${bit.byte}, ${bit.span}`)
    counts[isAccepted ? 'harmless' : 'refused']++
    if (isAccepted) harmlessSpans.add(bit.span)
  }
  if (!(await send(bytesOf(target.path, target.query()), 'the last request'))) {
    problems.push(`${form} is refused without a flipped bit at the end`)
  }
  return { form, ...counts, harmlessSpans, problems }
}

/** Longest wait for a response. */
const patienceMs = 2_000

/** Writes a message to a new connection, and resolves with everything that the server sends; nothing if it closes. */
const exchange = (port: number, message: Buffer): Promise<string> =>
  new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1')
    let received = ''
    const end = (): void => {
      socket.destroy()
      resolve(received)
    }
    socket.setTimeout(patienceMs, end)
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1')
    })
    socket.on('error', end)
    socket.on('close', end)
    socket.end(message)
  })
