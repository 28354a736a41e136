/** Events as lines for people. */
import type { ErrorReport } from './errors.js'
import type { LocalReadyEvent, ObjectEvent, OutputEvent, SummaryEvent } from './events.js'
import { formatBytes, formatDate, formatDuration, formatRate, plural, printable } from './format.js'

export interface HumanLine {
  readonly stream: 'stdout' | 'stderr'
  /** Made when it is said: most is not. */
  text(): string
  /** `detail` is said with `--verbose` only, `note` unless `--quiet`, `result` always: it is what was asked for. */
  readonly importance: 'detail' | 'note' | 'result'
}

const result = (text: () => string): HumanLine => ({ stream: 'stdout', text, importance: 'result' })
const note = (text: () => string): HumanLine => ({ stream: 'stdout', text, importance: 'note' })
const detail = (text: () => string): HumanLine => ({ stream: 'stdout', text, importance: 'detail' })
const warning = (text: () => string): HumanLine => ({ stream: 'stderr', text, importance: 'note' })
const failure = (text: () => string): HumanLine => ({ stream: 'stderr', text, importance: 'result' })

/** The line that says this event. */
export const humanLine = (event: OutputEvent): HumanLine => {
  switch (event.event) {
    case 'bucket':
      return result(() => `${dateColumn(event.creationDate)}  ${printable(event.bucket)}`)
    case 'bucket-created':
      return note(() => `made r2://${event.bucket}`)
    case 'bucket-deleted':
      return note(() => `removed r2://${event.bucket}`)
    case 'object':
      return result(() => (event.metadata === undefined ? objectRow(event) : objectTable(event)))
    case 'prefix':
      return result(() => `${' '.repeat(19)}  ${'folder'.padStart(10)}  ${printable(event.prefix)}`)
    case 'transfer-done':
      return detail(() => `${way(event)} (${formatBytes(event.bytes)})`)
    case 'transfer-planned':
      return result(
        () =>
          `would ${event.command === 'mv' ? 'move' : 'copy'} ${way(event)}${event.bytes === undefined ? '' : ` (${formatBytes(event.bytes)})`}`,
      )
    case 'transfer-resumed':
      return warning(
        () =>
          `r2: resuming ${printable(event.source)}: ${event.parts} of ${event.totalParts} parts are there (${formatBytes(event.bytes)})`,
      )
    case 'transfer-skipped':
      return warning(() => `r2: left out ${printable(event.source)}: ${printable(event.reason)}`)
    case 'transfer-failed':
      return failure(() => `r2: failed ${printable(event.source)}: ${errorLine(event.error)}`)
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
      return result(() => `would abort ${address(event)} (${event.uploadId}, begun ${dateColumn(event.initiated)} UTC)`)
    case 'upload-abort-failed':
      return failure(() => `r2: failed to abort ${address(event)} (${event.uploadId}): ${errorLine(event.error)}`)
    case 'usage':
      return result(
        () =>
          `${formatBytes(event.bytes)}  ${plural(event.objects, 'object')}  ${address({ ...event, key: event.prefix })}`,
      )
    case 'url':
      return result(() => event.url)
    case 'ready':
      return result(() => readyLine(event))
    case 'summary':
      return note(() => summaryLine(event))
    case 'error':
      return failure(() => `r2: ${errorLine(event.error)}`)
  }
}

/** One line: what happened, and what to do about it. */
const errorLine = (error: ErrorReport): string => {
  const message = printable(error.message)
  if (error.hint === undefined) return message
  return `${message}${/[.!?]$/.test(message) ? '' : '.'} ${printable(error.hint)}`
}

const address = ({ bucket, key }: { bucket: string; key: string }): string => `r2://${bucket}/${printable(key)}`
const way = ({ source, target }: { source: string; target: string }): string =>
  `${printable(source)} → ${printable(target)}`
const dateColumn = (date: string | undefined): string =>
  date === undefined ? ' '.repeat(19) : formatDate(new Date(date))

const objectRow = (event: ObjectEvent): string =>
  `${dateColumn(event.lastModified)}  ${formatBytes(event.size).padStart(10)}  ${printable(event.key)}`

const objectTable = (event: ObjectEvent): string => {
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
  return rows
    .flatMap(([name, value]) => (value === undefined ? [] : [`${printable(name).padEnd(width)}  ${printable(value)}`]))
    .join('\n')
}

const readyLine = (event: LocalReadyEvent): string => {
  const secret = event.secretAccessKey === undefined ? '' : ` secret-access-key=${event.secretAccessKey}`
  const place = event.dataDir === undefined ? 'in memory' : `data in ${printable(event.dataDir)}`
  return `${event.endpoint} access-key-id=${event.accessKeyId}${secret} (${place})`
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
  if (event.skipped > 0) parts.push(`${event.skipped} left out`)
  if (event.failed > 0) parts.push(`${event.failed} failed`)
  if (movesBytes) parts.push(formatBytes(event.bytes))
  if (!event.dryRun) parts.push(formatDuration(event.elapsedMs))
  if (!event.dryRun && event.bytes > 0) parts.push(formatRate(event.bytes, event.elapsedMs))
  return parts.join(', ')
}
