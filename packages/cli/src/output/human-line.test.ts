import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { ErrorReport } from '../errors/error-report.js'
import type { OutputEvent } from './events.js'
import { humanLine, warningLine } from './human-line.js'

/** Text that a server, a file system or a user may supply: escape sequences, line feeds, bidirectional overrides. */
const hostile = 'a\u001b[2J\r\nr2: forged\u009b1A\u007f\u202e\u2028\ud800'
const error: ErrorReport = { code: hostile, message: hostile, hint: hostile, retryable: false }
const route = { source: hostile, target: hostile }
const object = { bucket: hostile, key: hostile }
const upload = { ...object, uploadId: hostile, initiated: '2026-11-22T13:07:57.000Z' }

/** One event of each kind, with hostile text in every field. The type makes a missing kind a compile error. */
const events: { readonly [Kind in OutputEvent['event']]: OutputEvent & { readonly event: Kind } } = {
  bucket: { event: 'bucket', bucket: hostile },
  'bucket-created': { event: 'bucket-created', bucket: hostile },
  'bucket-deleted': { event: 'bucket-deleted', bucket: hostile },
  object: {
    event: 'object',
    ...object,
    size: 1,
    etag: hostile,
    lastModified: '2026-11-22T13:07:57.000Z',
    storageClass: hostile,
    contentType: hostile,
    cacheControl: hostile,
    contentDisposition: hostile,
    contentEncoding: hostile,
    contentLanguage: hostile,
    expires: hostile,
    metadata: { [hostile]: hostile },
    checksum: { algorithm: hostile, value: hostile },
  },
  prefix: { event: 'prefix', bucket: hostile, prefix: hostile },
  'transfer-done': { event: 'transfer-done', ...route, bytes: 1, verified: 'md5' },
  'transfer-planned': { event: 'transfer-planned', command: 'cp', ...route },
  'transfer-resumed': { event: 'transfer-resumed', source: hostile, parts: 1, totalParts: 2, bytes: 1 },
  'transfer-skipped': { event: 'transfer-skipped', source: hostile, reason: hostile },
  'transfer-failed': { event: 'transfer-failed', source: hostile, error },
  'object-deleted': { event: 'object-deleted', ...object },
  'delete-planned': { event: 'delete-planned', ...object },
  'delete-failed': { event: 'delete-failed', ...object, error },
  upload: { event: 'upload', ...upload },
  'upload-aborted': { event: 'upload-aborted', ...upload },
  'upload-abort-planned': { event: 'upload-abort-planned', ...upload },
  'upload-abort-failed': { event: 'upload-abort-failed', ...object, uploadId: hostile, error },
  usage: { event: 'usage', bucket: hostile, prefix: hostile, objects: 1, bytes: 1 },
  url: { event: 'url', url: hostile, method: 'GET', headers: {}, expiresAt: '' },
  setting: { event: 'setting', path: hostile, value: [hostile], secret: false, source: hostile },
  'config-problem': { event: 'config-problem', field: hostile, rule: hostile, hint: hostile, source: hostile },
  'config-valid': { event: 'config-valid', file: hostile },
  'url-explained': {
    event: 'url-explained',
    problems: [{ reason: 'altered', message: hostile, hint: hostile }],
    isSignatureChecked: true,
    signedHeaders: [hostile],
  },
  ready: {
    event: 'ready',
    endpoint: hostile,
    accessKeyId: hostile,
    secretAccessKey: hostile,
    dataDir: hostile,
    control: hostile,
    target: hostile,
  },
  summary: { event: 'summary', command: 'cp', dryRun: false, done: 1, skipped: 0, failed: 0, bytes: 1, elapsedMs: 1 },
  error: { event: 'error', error, exitCode: 1 },
}

const terminalControls = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u

test.each(Object.values(events))(
  'the line of a $event event contains no terminal controls and no forged line',
  (event) => {
    const lines = humanLine(event).text().split('\n')
    // Only the table of one object has several lines.
    if (event.event !== 'object') expect(lines).toHaveLength(1)
    for (const line of lines) {
      expect(line).not.toMatch(terminalControls)
      expect(line).not.toMatch(/^r2: forged/)
    }
  },
)

test('a warning contains no terminal controls', () => {
  expect(warningLine(hostile).text()).not.toMatch(terminalControls)
})

test('a control character is printed as its escape', () => {
  expect(humanLine({ event: 'bucket-created', bucket: 'a\u001b[2J' }).text()).toBe('created r2://a\\u001b[2J')
})

test('the README documents every event', () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
  const rows = readme.split('\n').filter((line) => line.startsWith('| `'))
  for (const kind of Object.keys(events)) {
    expect(rows.some((row) => row.split(' | ', 1)[0]?.includes(`\`${kind}\``))).toBe(true)
  }
})

test('prints each problem of a presigned URL on its own line', () => {
  const problem = (message: string) => ({ reason: 'malformed', message, hint: 'Make a new URL.' }) as const
  const problems = [problem('the date is missing'), problem('the signature is missing')]
  const line = humanLine({ event: 'url-explained', problems, isSignatureChecked: false, signedHeaders: [] })
  expect(line?.text().split('\n')).toEqual([
    'the date is missing. Make a new URL.',
    'the signature is missing. Make a new URL.',
  ])
})
