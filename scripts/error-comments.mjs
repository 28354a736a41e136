// Reads the comments of the table of errors: the meaning of each code, and the reason why a code has no advice. They are comments
// so that programs do not carry their text.
import { readFileSync } from 'node:fs'

const table = new URL('../packages/r2kit/src/errors/error-table.ts', import.meta.url)

/** @returns {Map<string, { meaning: string, noAdvice: string | undefined }>} by error code */
export const readErrorComments = () => {
  const rows = readFileSync(table, 'utf8').split('const rows = {')[1] ?? ''
  return new Map(
    [...rows.matchAll(/\/\*\*((?:(?!\*\/).)*)\*\/\s+(\w+): \{/gs)].map(([, comment = '', code = '']) => {
      const text = comment.replace(/\s*\n\s*\*\s*/g, ' ').trim()
      const [meaning = '', noAdvice] = text.split(/ *@noAdvice /)
      return [code, { meaning, noAdvice }]
    }),
  )
}
