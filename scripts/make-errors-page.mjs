// Makes docs/errors.md from the table of errors in the source, so that the page cannot lag behind. `--check` fails if it does.
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const page = join(root, 'docs', 'errors.md')
const built = new URL('../packages/r2kit/dist/errors/', import.meta.url)
const { errorTable } = await import(new URL('index.js', built).href)
const { errorMeanings } = await import(new URL('meanings.js', built).href)

const kinds = [...new Set(Object.values(errorTable).map(({ kind }) => kind))]
const row = ([code, entry]) => {
  const sent = (entry.s3Codes ?? []).map((name) => `\`${name}\``).join(', ')
  const number = entry.r2Number === undefined ? '' : String(entry.r2Number)
  return `| \`${code}\` | ${errorMeanings[code]} | ${entry.retryable ? 'yes' : 'no'} | ${sent} | ${number} | ${entry.hint ?? ''} |`
}
const section = (kind) => `## ${kind}

| Code | Meaning | Worth retrying | S3's code | R2's number | What to do |
|---|---|---|---|---|---|
${Object.entries(errorTable)
  .filter(([, entry]) => entry.kind === kind)
  .map(row)
  .join('\n')}
`
const text = `# Errors

Every error of r2kit is an \`R2Error\`: decide by \`kind\`, or by \`code\` where you must. \`isR2Error(error, 'ObjectNotFound')\` works
across copies of the package. \`error.summary()\` is one line for logs, \`error.hint\` says what to do.

This page is made from the table in the source by \`npm run docs\`.

${kinds.map(section).join('\n')}`

if (!process.argv.includes('--check')) writeFileSync(page, text)
else if (readFileSync(page, 'utf8') !== text) {
  console.error('docs/errors.md is not what the table of errors says; run `npm run docs`')
  process.exit(1)
}
