// Makes docs/errors.md from the table of errors in the source, so that the page is never out of date. `--check` fails if it is.
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readErrorComments } from './error-comments.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const page = join(root, 'docs', 'errors.md')
const { errorTable } = await import(new URL('../packages/r2kit/dist/errors/index.js', import.meta.url).href)
const comments = readErrorComments()

/** What the kinds have in common, in the order of the page. */
const kinds = {
  Config: 'The client is not configured correctly.',
  Validation: 'The input breaks a rule; nothing was sent.',
  Auth: 'R2 does not accept the credentials, or they do not permit the operation.',
  Bucket: 'The bucket is missing, or does not permit the operation.',
  Object: 'The object is missing or wrong, or does not permit the operation.',
  Conflict: 'Another write interfered, or the outcome of a write is unknown.',
  Multipart: 'An upload in parts cannot continue.',
  Transfer: 'The source or the target of a transfer is not usable.',
  Network: 'The request or the response was lost, or took too long.',
  Server: 'The server failed, or rejected the request.',
  CircuitOpen: 'The client paused its requests to a server that keeps failing.',
  Aborted: 'The caller ended the call.',
  Presign: 'A presigned URL was not made.',
}

const list = (names = []) => names.map((name) => `\`${name}\``).join(', ')

const facts = ({ kind, retryable, mayHaveActed, s3Codes, r2Number }) =>
  [
    `kind \`${kind}\``,
    retryable ? 'retryable' : 'not retryable',
    mayHaveActed && 'the server may have carried out the request',
    s3Codes && `S3 ${s3Codes.length === 1 ? 'code' : 'codes'} ${list(s3Codes)}`,
    r2Number !== undefined && `R2 number ${r2Number}`,
  ]
    .filter(Boolean)
    .join(' · ')

const section = ([code, entry]) => {
  const comment = comments.get(code)
  if (comment === undefined) throw new Error(`${code} has no comment in the table of errors`)
  const advice = entry.hint === undefined ? `No general advice. ${comment.noAdvice}` : `What to do: ${entry.hint}`
  return `### ${code}\n\n${comment.meaning}\n\n- ${facts(entry)}\n- ${advice}\n`
}

const chapter = ([kind, summary]) => {
  const entries = Object.entries(errorTable).filter(([, entry]) => entry.kind === kind)
  return `## ${kind} errors\n\n${summary}\n\n${entries.map(section).join('\n')}`
}

const unknownKind = Object.values(errorTable).find(({ kind }) => !(kind in kinds))?.kind
if (unknownKind !== undefined) throw new Error(`the kind ${unknownKind} has no summary`)

const text = `# Errors

Every error of r2kit is an \`R2Error\`. Branch on \`kind\`, or on \`code\` where you need the exact cause:

\`\`\`ts
import { isR2Error } from 'r2kit'

try {
  await r2.objects.get({ bucket, key })
} catch (error) {
  if (!isR2Error(error)) throw error
  console.error(error.summary(), error.hint)
}
\`\`\`

- \`isR2Error(error, 'ObjectNotFound')\` also recognises errors of another copy of the package.
- \`error.summary()\` is one line for logs. It contains no secret and no signed URL.
- \`error.hint\` is advice in whole sentences. An error may have more precise advice than this page has for its code.
- \`error.retryable\` is true if the same call may succeed later without a change. Calls repeat it up to \`maxAttempts\` times before they throw.
- "The server may have carried out the request" marks errors after which a write may be stored although the call failed.

\`npm run docs\` makes this page from \`packages/r2kit/src/errors/error-table.ts\`, \`server-errors.ts\` and \`client-errors.ts\` beside it.

${Object.entries(kinds).map(chapter).join('\n')}`

if (!process.argv.includes('--check')) writeFileSync(page, text)
else if (readFileSync(page, 'utf8') !== text) {
  console.error('docs/errors.md differs from the table of errors: run `npm run docs`')
  process.exit(1)
}
