import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { type ErrorCode, errorTable, mayHaveActed, R2Error } from './index.js'

/** Meanings and reasons are comments of the table, which a script reads for `docs/errors.md`. */
const script = new URL('../../../../scripts/error-comments.mjs', import.meta.url).href
const code = `import { readErrorComments } from ${JSON.stringify(script)}
console.log(JSON.stringify([...readErrorComments()]))`
const comments = new Map<string, { readonly meaning: string; readonly noAdvice?: string }>(
  JSON.parse(execFileSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' })),
)

const sentences = /^[A-Z"].*\.$/

test.each(Object.entries(errorTable))(
  '%s has a meaning, and either advice or a reason why it has none',
  (code, entry) => {
    const { meaning, noAdvice } = comments.get(code) ?? {}
    expect(meaning).toMatch(sentences)
    expect(entry.hint ?? noAdvice).toMatch(sentences)
    expect(entry.hint !== undefined && noAdvice !== undefined).toBe(false)
  },
)

test('no S3 code belongs to two error codes', () => {
  const s3Codes = Object.values(errorTable).flatMap((entry) => entry.s3Codes ?? [])
  expect(s3Codes).toHaveLength(new Set(s3Codes).size)
})

test('the codes after which the server may have acted are those whose rows say so', () => {
  const codes = Object.keys(errorTable) as ErrorCode[]
  expect(codes.filter((code) => mayHaveActed(new R2Error(code, 'x')))).toEqual(
    codes.filter((code) => errorTable[code].mayHaveActed === true),
  )
})
