/**
 * Events as lines for people. Keys, metadata and messages may contain anything, so control characters in every line are escaped
 * (`\u001b`), in pipes as well as on terminals. A key with a line feed stays one line, and no text moves the cursor. JSON lines
 * carry the exact text.
 */
import { printable } from 'r2kit/protocol'
import type { ConfigurationProblem } from '../errors/error-kinds.js'
import type { ErrorReport } from '../errors/error-report.js'
import type {
  LocalReadyEvent,
  ObjectEvent,
  OutputEvent,
  SettingEvent,
  SummaryEvent,
  UrlExplainedEvent,
} from './events.js'
import { formatBytes, formatDate, formatDuration, formatRate, plural } from './format.js'

/** One event as text for people. */
export interface HumanLine {
  readonly stream: 'stdout' | 'stderr'
  /** Formats the text. Called only for lines that are printed, because most are not. */
  text(): string
  /** `detail` is printed only with `--verbose`, `note` unless `--quiet` is set, `result` always. */
  readonly importance: 'detail' | 'note' | 'result'
}

type Line = (text: () => string) => HumanLine

const lineOf =
  (stream: HumanLine['stream'], importance: HumanLine['importance']): Line =>
  (text) => ({ stream, importance, text: () => printable(text()) })

const result = lineOf('stdout', 'result')
const note = lineOf('stdout', 'note')
const detail = lineOf('stdout', 'detail')
const warning = lineOf('stderr', 'note')
const failure = lineOf('stderr', 'result')

/** A result of several lines, each escaped on its own. */
const table = (rows: () => readonly string[]): HumanLine => ({
  stream: 'stdout',
  importance: 'result',
  text: () => rows().map(printable).join('\n'),
})

/** A warning. `--quiet` does not hide it. */
export const warningLine = (message: string): HumanLine => failure(() => `r2: ${message}`)

/** The line for an event. */
export const humanLine = (event: OutputEvent): HumanLine => {
  switch (event.event) {
    case 'bucket':
      return result(() => `${dateColumn(event.creationDate)}  ${event.bucket}`)
    case 'bucket-created':
      return note(() => `created r2://${event.bucket}`)
    case 'bucket-deleted':
      return note(() => `deleted r2://${event.bucket}`)
    case 'object':
      return event.metadata === undefined ? result(() => objectRow(event)) : table(() => objectTable(event))
    case 'prefix':
      return result(() => `${' '.repeat(19)}  ${'folder'.padStart(10)}  ${event.prefix}`)
    case 'transfer-done':
      return detail(() => `${route(event)} (${formatBytes(event.bytes)})`)
    case 'transfer-planned':
      return result(
        () =>
          `would ${event.command === 'mv' ? 'move' : 'copy'} ${route(event)}${event.bytes === undefined ? '' : ` (${formatBytes(event.bytes)})`}`,
      )
    case 'transfer-resumed':
      return warning(
        () =>
          `r2: resuming ${event.source}: ${event.parts} of ${event.totalParts} parts already transferred (${formatBytes(event.bytes)})`,
      )
    case 'transfer-skipped':
      return warning(() => `r2: skipped ${event.source}: ${event.reason}`)
    case 'transfer-failed':
      return failure(() => `r2: failed ${event.source}: ${errorLine(event.error)}`)
    case 'object-deleted':
      return detail(() => `deleted ${address(event)}`)
    case 'delete-planned':
      return result(() => `would delete ${address(event)}`)
    case 'delete-failed':
      return failure(() => `r2: failed to delete ${address(event)}: ${errorLine(event.error)}`)
    case 'upload':
      return result(() => `${dateColumn(event.initiated)}  ${event.uploadId}  ${address(event)}`)
    case 'upload-aborted':
      return detail(() => `aborted ${address(event)} (${event.uploadId})`)
    case 'upload-abort-planned':
      return result(
        () => `would abort ${address(event)} (${event.uploadId}, started ${dateColumn(event.initiated)} UTC)`,
      )
    case 'upload-abort-failed':
      return failure(() => `r2: failed to abort ${address(event)} (${event.uploadId}): ${errorLine(event.error)}`)
    case 'usage':
      return result(
        () =>
          `${formatBytes(event.bytes)}  ${plural(event.objects, 'object')}  ${address({ ...event, key: event.prefix })}`,
      )
    case 'url':
      return result(() => event.url)
    case 'url-explained':
      return table(() => explanationOf(event))
    case 'setting':
      return result(() => `${event.path.padEnd(settingWidth)}  ${settingValue(event).padEnd(24)}  ${event.source}`)
    case 'config-problem':
      return failure(() => `r2: ${problemLine(event)}`)
    case 'config-valid':
      return note(() => `${event.file} is a valid configuration`)
    case 'ready':
      return result(() => readyLine(event))
    case 'summary':
      return note(() => summaryLine(event))
    case 'error':
      return failure(() => `r2: ${errorLine(event.error)}`)
  }
}

/** Message and hint on one line. */
const errorLine = ({ message, hint }: ErrorReport): string =>
  hint === undefined ? message : `${message}${/[.!?]$/.test(message) ? '' : '.'} ${hint}`

const address = ({ bucket, key }: { bucket: string; key: string }): string => `r2://${bucket}/${key}`
const route = ({ source, target }: { source: string; target: string }): string => `${source} → ${target}`
const dateColumn = (date: string | undefined): string =>
  date === undefined ? ' '.repeat(19) : formatDate(new Date(date))

const objectRow = (event: ObjectEvent): string =>
  `${dateColumn(event.lastModified)}  ${formatBytes(event.size).padStart(10)}  ${event.key}`

const objectTable = (event: ObjectEvent): readonly string[] => {
  const rows: [string, string | undefined][] = [
    ['address', `r2://${event.bucket}/${event.key}`],
    ['size', `${event.size} (${formatBytes(event.size)})`],
    ['etag', event.etag],
    ['last modified', `${dateColumn(event.lastModified)} UTC`],
    ['content type', event.contentType],
    ['cache control', event.cacheControl],
    ['content disposition', event.contentDisposition],
    ['content encoding', event.contentEncoding],
    ['content language', event.contentLanguage],
    ['expires', event.expires],
    ['storage class', event.storageClass],
    ['checksum', event.checksum && `${event.checksum.algorithm} ${event.checksum.value}`],
    ...Object.entries(event.metadata ?? {}).map(([name, value]): [string, string] => [`metadata ${name}`, value]),
  ]
  const width = Math.max(...rows.map(([name]) => name.length))
  return rows.flatMap(([name, value]) => (value === undefined ? [] : [`${name.padEnd(width)}  ${value}`]))
}

/** Width of the longest path. */
const settingWidth = 48

const settingValue = ({ value, secret }: SettingEvent): string => {
  if (secret) return '********'
  return typeof value === 'object' ? value.join(', ') : String(value)
}

/** `r2.yaml:4:5: cloudflare_r2.region must be …. Write …` */
const problemLine = ({ field, rule, hint, source }: ConfigurationProblem): string =>
  `${source === undefined ? '' : `${source}: `}${field} ${rule}${rule.endsWith('?') ? '' : '.'} ${hint}`

const readyLine = (event: LocalReadyEvent): string => {
  const secret = event.secretAccessKey === undefined ? '' : ` secret-access-key=${event.secretAccessKey}`
  const storage = event.dataDir === undefined ? 'in memory' : `data in ${event.dataDir}`
  const place = event.target === undefined ? storage : `proxy for ${event.target}`
  const control = event.control === undefined ? '' : ` control=${event.control}`
  return `${event.endpoint} access-key-id=${event.accessKeyId}${secret}${control} (${place})`
}

const summaryLine = (event: SummaryEvent): string => {
  const verb = {
    cp: ['copied', 'to copy'],
    mv: ['moved', 'to move'],
    rm: ['deleted', 'to delete'],
    'uploads abort': ['aborted', 'to abort'],
  }[event.command]
  const movesBytes = event.command === 'cp' || event.command === 'mv'
  const noun = event.command === 'uploads abort' ? 'upload' : 'object'
  const parts = [`${plural(event.done, noun)} ${event.dryRun ? verb[1] : verb[0]}`]
  if (event.skipped > 0) parts.push(`${event.skipped} skipped`)
  if (event.failed > 0) parts.push(`${event.failed} failed`)
  if (movesBytes) parts.push(formatBytes(event.bytes))
  if (!event.dryRun) parts.push(formatDuration(event.elapsedMs))
  if (!event.dryRun && event.bytes > 0) parts.push(formatRate(event.bytes, event.elapsedMs))
  return parts.join(', ')
}

/** One line for each problem and its advice; or one line about a URL without a problem. */
const explanationOf = ({
  problems,
  isSignatureChecked,
  method,
  signedHeaders,
  expiresAt,
}: UrlExplainedEvent): readonly string[] => {
  if (problems.length > 0) return problems.map(({ message, hint }) => `${message}. ${hint}`)
  const permits = method === undefined ? '' : ` and permits ${method}`
  const headers = signedHeaders.length === 0 ? '' : `, with the headers ${signedHeaders.join(', ')}`
  const checked = isSignatureChecked ? '' : '; without credentials, its signature was not checked'
  return [`the URL is valid until ${expiresAt}${permits}${headers}${checked}`]
}
