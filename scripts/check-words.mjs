// Searches sources, tests and documents for the words of `word-list.mjs`, which say what to write instead. `--allowed` prints the
// allow-list, `--count` the findings per folder.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { allowed, words } from './word-list.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const filters = process.argv.slice(2).filter((argument) => !argument.startsWith('--'))

const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((path) => /\.(?:ts|mjs|js|md|py|sh|yml|json)$/.test(path) && !/package-lock\.json$/.test(path))
  .filter((path) => filters.length === 0 || filters.some((filter) => path.startsWith(filter)))

const patterns = words.map(({ pattern, instead }) => ({ pattern: new RegExp(pattern.source, 'gi'), instead }))
const used = new Set()
const findings = []

for (const path of files) {
  const lines = readText(path).split('\n')
  for (const [index, line] of lines.entries()) {
    for (const { pattern, instead } of patterns) {
      for (const match of line.matchAll(pattern)) {
        const exception = allowed.find(({ path: part, text }) => path.includes(part) && line.includes(text))
        if (exception === undefined) findings.push({ path, line: index + 1, found: match[0].trim(), instead })
        else used.add(exception)
      }
    }
  }
}

if (process.argv.includes('--count')) {
  const counts = new Map()
  for (const { path } of findings) {
    const folder = path
      .split('/')
      .slice(0, path.startsWith('packages/') ? 4 : 1)
      .join('/')
    counts.set(folder, (counts.get(folder) ?? 0) + 1)
  }
  for (const [folder, count] of [...counts].sort((left, right) => right[1] - left[1])) console.log(`${count} ${folder}`)
} else {
  for (const { path, line, found, instead } of findings) console.error(`${path}:${line}: '${found}': write: ${instead}`)
}
if (process.argv.includes('--allowed')) {
  for (const { path, text, reason } of allowed) console.log(`allowed in ${path || 'any file'}: '${text}' (${reason})`)
}
const stale = filters.length > 0 ? [] : allowed.filter((exception) => !used.has(exception))
for (const { path, text } of stale) console.error(`allow-list: '${text}' in '${path}' is not found any more`)
console.log(`words: ${files.length} files, ${findings.length} findings, ${allowed.length} allowed`)
process.exit(findings.length === 0 && stale.length === 0 && files.length > 0 ? 0 : 1)

function readText(path) {
  try {
    return readFileSync(join(root, path), 'utf8')
  } catch {
    return '' // Deleted, and not committed yet.
  }
}
