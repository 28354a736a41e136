import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ErrorCode, errorTable, R2Error } from 'r2kit/protocol'
import { describe, expect, test } from 'vitest'
import { phrases } from './client-terms.js'
import { describeError, exitCodeOf } from './errors.js'
import { exitCodeOfCode } from './exit-code-table.js'
import { exitCodeMeanings, exitCodes } from './exit-codes.js'

/** The text of every source file below a folder. */
const sourcesBelow = (folder: URL): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))

const codes = Object.keys(errorTable) as ErrorCode[]

test('every error code of the client has an exit code, and no other has one', () => {
  expect(Object.keys(exitCodeOfCode).sort()).toEqual([...codes].sort())
})

test('every exit code is explained once, in the order of the numbers', () => {
  const explained = exitCodeMeanings.map(([code]) => code)
  expect(explained).toEqual(Object.values(exitCodes).sort((a, b) => a - b))
})

test('the README has every exit code', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  for (const [code] of exitCodeMeanings) expect(readme).toMatch(new RegExp(`^\\| ${code} +\\| \\w`, 'm'))
})

test.each(codes)('%s is temporary exactly if the client calls it retryable', (code) => {
  expect(exitCodeOfCode[code] === exitCodes.temporary).toBe(errorTable[code].retryable)
})

test('errors of credentials end with the code of authentication, and only they', () => {
  const byKind = codes.filter((code) => errorTable[code].kind === 'Auth')
  const byExitCode = codes.filter((code) => exitCodeOfCode[code] === exitCodes.authentication)
  expect(byExitCode.sort()).toEqual(byKind.sort())
})

test('a code of a later version of the client is temporary where it is retryable', () => {
  const unknown = (retryable: boolean) =>
    Object.assign(new R2Error('UnknownError', 'x'), { code: 'BornTomorrow', retryable })
  expect(exitCodeOf(unknown(true))).toBe(exitCodes.temporary)
  expect(exitCodeOf(unknown(false))).toBe(exitCodes.someFailed)
})

describe('advice for the command line', () => {
  /** Names of the library's API, which a user of the command has never seen. */
  const api =
    /\br2\.\w|\bconnections\.|\b[a-z]+[A-Z]\w*\b|\w\(\)|credential provider|transport|another client|present ETag/

  test.each(codes)('about %s names nothing of the API', (code) => {
    const { hint = '' } = describeError(new R2Error(code, 'x'))
    expect(hint).not.toMatch(api)
  })

  test.each(phrases)('is translated where it says: %s', (phrase, here) => {
    const { hint } = describeError(new R2Error('TlsFailed', 'x', { hint: `Check the server. ${phrase}` }))
    expect(hint).toBe(`Check the server. ${here}`)
    expect(hint).not.toMatch(api)
  })

  test('is translated from phrases that the packages still have', () => {
    const sources = ['r2kit', 'local'].flatMap((name) => sourcesBelow(new URL(`../../${name}/src`, import.meta.url)))
    for (const [phrase] of phrases) expect(sources.some((text) => text.includes(phrase))).toBe(true)
  })

  test('is that of the client where it fits', () => {
    const hint = 'Check the spelling of the endpoint.'
    expect(describeError(new R2Error('ConnectionFailed', 'x', { hint })).hint).toBe(hint)
  })

  test.each([
    ['contentType must be one media type', 'contentType', '--content-type must be one media type'],
    ['metadata["a b"] must have a name', 'metadata', '--metadata["a b"] must have a name'],
    ['bucket must have 3 to 63 characters', 'bucket', 'bucket must have 3 to 63 characters'],
    ['the body is empty', 'contentType', 'the body is empty'],
  ])('a message that begins with a field begins with its option: %s', (message, field, expected) => {
    expect(describeError(new R2Error('InvalidInput', message, { field })).message).toBe(expected)
  })
})
