// Searches sources, tests and documents for the words of `word-list.mjs`, which names the replacements: in lines, in phrases that
// continue on the next line, in identifiers and in file names.
//
//   node scripts/check-words.mjs [--count] [--allowed] [--root FOLDER] [path prefix …]
//
// `--count` prints the findings per folder, `--allowed` prints the allow-list.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { checkOptions, filesOf } from './support/repository.mjs'
import { allowed, words } from './word-list.mjs'

const {
  root,
  isRepository,
  values,
  positionals: prefixes,
} = checkOptions({ count: { type: 'boolean' }, allowed: { type: 'boolean' } })

const files = filesOf(root)
  .filter((path) => /\.(?:ts|mjs|js|md|py|sh|yml|json|c)$/.test(path) && !/package-lock\.json$/.test(path))
  .filter((path) => prefixes.length === 0 || prefixes.some((prefix) => path.startsWith(prefix)))

const patterns = words.map(({ pattern, instead }) => ({ pattern: new RegExp(pattern.source, 'gi'), instead }))
const used = new Set()
const findings = []

/** Records the matches of `text`, unless one of the `lines` that it comes from has an exception. */
const search = (text, path, line, lines, isRelevant = () => true) => {
  for (const { pattern, instead } of patterns) {
    for (const match of text.matchAll(pattern)) {
      if (!isRelevant(match)) continue
      const exception = allowed.find(
        ({ path: part, text }) => path.includes(part) && lines.some((each) => each.includes(text)),
      )
      if (exception === undefined) findings.push({ path, line, found: match[0].trim(), instead })
      else used.add(exception)
    }
  }
}

/** `isReady` → `is Ready`, so that patterns match the words of identifiers. */
const splitIdentifiers = (text) => text.replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, ' ')
const commentStart = /^\s*(?:\*(?!\/)|\/\/|#+|>|"""|--)?\s*/

for (const path of files) {
  const name = path.slice(path.lastIndexOf('/') + 1)
  search(name.replaceAll(/[-_.]/g, ' '), path, 0, [name])
  const lines = readFileSync(join(root, path), 'utf8').split('\n')
  for (const [index, line] of lines.entries()) {
    search(line, path, index + 1, [line])
    const split = splitIdentifiers(line)
    // Only new matches: those that contain a space which the line does not have.
    if (split !== line) search(split, path, index + 1, [line], ([found]) => !line.includes(found))
    const next = lines[index + 1]
    if (next === undefined) continue
    const start = line.trimEnd()
    const end = start.length
    search(`${start} ${next.replace(commentStart, '')}`, path, index + 1, [line, next], ({ 0: found, index: at }) => {
      return at < end && at + found.trimEnd().length > end + 1
    })
  }
}

if (values.count) {
  const counts = new Map()
  for (const { path } of findings) {
    const depth = path.startsWith('packages/') ? 4 : 1
    const folder = path.split('/').slice(0, depth).join('/')
    counts.set(folder, (counts.get(folder) ?? 0) + 1)
  }
  for (const [folder, count] of [...counts].sort((left, right) => right[1] - left[1])) console.log(`${count} ${folder}`)
} else {
  for (const { path, line, found, instead } of findings) console.error(`${path}:${line}: '${found}': write: ${instead}`)
}
if (values.allowed) {
  for (const { path, text, reason } of allowed) console.log(`allowed in ${path || 'any file'}: '${text}' (${reason})`)
}
// An exception without a use is out of date. Only a run over the whole repository can tell.
const stale = isRepository && prefixes.length === 0 ? allowed.filter((exception) => !used.has(exception)) : []
for (const { path, text } of stale) console.error(`allow-list: '${text}' in '${path}' no longer occurs: remove it`)
console.log(`words: ${files.length} files, ${findings.length} findings, ${allowed.length} allowed`)
// A check without files proves nothing.
process.exit(findings.length === 0 && stale.length === 0 && files.length > 0 ? 0 : 1)
