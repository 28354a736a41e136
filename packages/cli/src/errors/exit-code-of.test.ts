import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ErrorCode, errorTable, R2Error } from 'r2kit/protocol'
import { describe, expect, test } from 'vitest'
import { phrases } from './client-terms.js'
import { UsageError } from './error-kinds.js'
import { describeError } from './error-report.js'
import { exitCodeByErrorCode, exitCodeOf } from './exit-code-of.js'
import { exitCodeMeanings, exitCodes } from './exit-codes.js'

/** The text of every source file below a folder. */
const sourcesBelow = (folder: URL): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))

const codes = Object.keys(errorTable) as ErrorCode[]

const fileError = (code: string) => Object.assign(new Error(`${code}: a file`), { code })

test.each([
  [new UsageError('x'), 2],
  [new R2Error('InvalidConfig', 'x'), 2],
  [new R2Error('InvalidInput', 'x', { field: 'key' }), 2],
  [new R2Error('InvalidPresign', 'x'), 2],
  [new R2Error('BucketNotFound', 'x'), 3],
  [new R2Error('ObjectNotFound', 'x'), 3],
  [new R2Error('UploadNotFound', 'x'), 3],
  [fileError('ENOENT'), 3],
  [new R2Error('Unauthorized', 'x'), 4],
  [new R2Error('AccessDenied', 'x'), 4],
  [new R2Error('SignatureDoesNotMatch', 'x'), 4],
  [new R2Error('InvalidCredentials', 'x'), 4],
  [new R2Error('ConnectionFailed', 'x'), 5],
  [new R2Error('Timeout', 'x'), 5],
  [new R2Error('InternalError', 'x'), 5],
  [new R2Error('SlowDown', 'x'), 5],
  [new R2Error('IntegrityMismatch', 'x'), 5],
  [new R2Error('Aborted', 'x'), 130],
  [new R2Error('PreconditionFailed', 'x'), 1],
  [new R2Error('BucketNotEmpty', 'x'), 1],
  [new R2Error('InvalidInput', 'changed', { field: 'body' }), 1],
  [new R2Error('InvalidInput', 'unreadable', { field: 'body', cause: fileError('EACCES') }), 1],
  [new R2Error('InvalidInput', 'vanished', { field: 'body', cause: fileError('ENOENT') }), 3],
  [fileError('EACCES'), 1],
  [new TypeError('x'), 1],
  ['thrown text', 1],
] as const)('the exit code of %o is %d', (error, exitCode) => {
  expect(exitCodeOf(error)).toBe(exitCode)
})

test('the table of exit codes has exactly the error codes of the client', () => {
  expect(Object.keys(exitCodeByErrorCode).sort()).toEqual([...codes].sort())
})

test('every exit code has one meaning in the help, in ascending order', () => {
  const explained = exitCodeMeanings.map(([code]) => code)
  expect(explained).toEqual(Object.values(exitCodes).sort((a, b) => a - b))
})

test('the README documents every exit code with the meaning in the help', () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
  const rows = [...readme.matchAll(/^\| (\d+) +\| (.+?) +\|$/gm)]
  const documented = rows.map(([, code, meaning = '']) => [Number(code), meaning.replaceAll('`', '')])
  expect(documented).toEqual(exitCodeMeanings)
})

test.each(codes)('the exit code of %s is temporary exactly if the client calls the error retryable', (code) => {
  expect(exitCodeByErrorCode[code] === exitCodes.temporary).toBe(errorTable[code].retryable)
})

test('exactly the errors of kind Auth have the exit code of authentication', () => {
  const byKind = codes.filter((code) => errorTable[code].kind === 'Auth')
  const byExitCode = codes.filter((code) => exitCodeByErrorCode[code] === exitCodes.authentication)
  expect(byExitCode.sort()).toEqual(byKind.sort())
})

test('an error code of a newer client is temporary if it is retryable', () => {
  const unknown = (retryable: boolean) =>
    Object.assign(new R2Error('UnknownError', 'x'), { code: 'BornTomorrow', retryable })
  expect(exitCodeOf(unknown(true))).toBe(exitCodes.temporary)
  expect(exitCodeOf(unknown(false))).toBe(exitCodes.someFailed)
})

describe('hints of the client', () => {
  /** Names of the library's API, which users of the command do not know. */
  const api =
    /\br2\.\w|\bconnections\.|\b[a-z]+[A-Z]\w*\b|\w\(\)|credential provider|transport|another client|present ETag/

  test.each(codes)('the hint for %s contains no name of the API', (code) => {
    const { hint = '' } = describeError(new R2Error(code, 'x'))
    expect(hint).not.toMatch(api)
  })

  test.each(phrases)('the phrase "%s" in a hint is translated', (phrase, here) => {
    const { hint } = describeError(new R2Error('TlsFailed', 'x', { hint: `Check the server. ${phrase}` }))
    expect(hint).toBe(`Check the server. ${here}`)
    expect(hint).not.toMatch(api)
  })

  const sources = ['r2kit', 'local'].flatMap((name) => sourcesBelow(new URL(`../../../${name}/src`, import.meta.url)))

  test.each(phrases)('the phrase "%s", which is translated, still occurs in the packages', (phrase) => {
    expect(sources.some((text) => text.includes(phrase))).toBe(true)
  })

  test('a hint without names of the API is printed unchanged', () => {
    const hint = 'Check the spelling of the endpoint.'
    expect(describeError(new R2Error('ConnectionFailed', 'x', { hint })).hint).toBe(hint)
  })

  test.each([
    ['contentType must be one media type', 'contentType', '--content-type must be one media type'],
    ['metadata["a b"] must have a name', 'metadata', '--metadata["a b"] must have a name'],
    ['bucket must have 3 to 63 characters', 'bucket', 'bucket must have 3 to 63 characters'],
    ['the body is empty', 'contentType', 'the body is empty'],
  ])('a field name at the start of a message is replaced by its option: %s', (message, field, expected) => {
    expect(describeError(new R2Error('InvalidInput', message, { field })).message).toBe(expected)
  })
})
