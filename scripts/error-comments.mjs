// Reads the comments of the tables of errors: the meaning of each code, and the reason why a code has no advice. They are comments
// so that programs do not carry their text.
import { readFileSync } from 'node:fs'

const folder = new URL('../packages/r2kit/src/errors/', import.meta.url)
/** Each file, and the line before its first row. */
const tables = {
  'client-errors.ts': 'const clientErrorRows = {',
  'server-errors.ts': 'const serverErrorRows = {',
  'error-table.ts': 'const rows = {',
}

/** @returns {Map<string, { meaning: string, noAdvice: string | undefined }>} by error code */
export const readErrorComments = () => {
  const rows = Object.entries(tables)
    .map(([file, start]) => readFileSync(new URL(file, folder), 'utf8').split(start)[1] ?? '')
    .join('\n')
  return new Map(
    [...rows.matchAll(/\/\*\*((?:(?!\*\/).)*)\*\/\s+(\w+): \{/gs)].map(([, comment = '', code = '']) => {
      const text = comment.replace(/\s*\n\s*\*\s*/g, ' ').trim()
      const [meaning = '', noAdvice] = text.split(/ *@noAdvice /)
      return [code, { meaning, noAdvice }]
    }),
  )
}
