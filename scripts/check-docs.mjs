// Checks the Markdown of the repository, without network: each relative link and anchor exists, the READMEs of packages link to
// nothing outside of their package (npm shows them alone), and each path in backticks in ARCHITECTURE.md and CONTRIBUTING.md
// exists.
//
//   node scripts/check-docs.mjs [--root FOLDER]
import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'
import { checkOptions, filesOf } from './support/repository.mjs'

const { root, isRepository } = checkOptions()
/** Documents whose paths in backticks are checked, and the folders that such paths may start from. */
const withPaths = ['ARCHITECTURE.md', 'CONTRIBUTING.md']
const bases = ['.', 'packages/r2kit/src', 'packages/local/src', 'packages/cli/src']

const documents = filesOf(root).filter((path) => path.endsWith('.md'))

const problems = []
let links = 0
let paths = 0

for (const document of documents) {
  const markdown = readFileSync(join(root, document), 'utf8')
  const text = markdown.replaceAll(/^( *)```.*?^\1```$/gms, (block) => block.replaceAll(/[^\n]/g, ' '))
  const report = (index, problem) => problems.push(`${document}:${text.slice(0, index).split('\n').length}: ${problem}`)

  for (const { 1: target, index } of text.matchAll(/\]\(([^)\s]+)\)/g)) {
    links++
    const problem = checkLink(document, target)
    if (problem !== undefined) report(index, `'${target}' ${problem}`)
  }
  if (!withPaths.includes(document)) continue
  // In pictures, paths have no backticks.
  const named =
    /`([\w.@-]+(?:\/[\w.@-]+)*(?:\/|\.(?:ts|mjs|js|json|md|sh|yml)))`|(?<![\w.@/-])([\w-]+(?:\/[\w.-]+)+\.ts)\b/g
  for (const { 1: quoted, 2: path = quoted, index } of markdown.matchAll(named)) {
    paths++
    if (!bases.some((base) => existsSync(join(root, base, path)))) report(index, `\`${path}\` does not exist`)
  }
}

for (const problem of problems) console.error(problem)
console.log(`documents: ${documents.length} files, ${links} links, ${paths} paths, ${problems.length} problems`)
// A check that finds no links proves nothing.
const isComplete = isRepository ? links > 50 && paths > 50 : links > 0
process.exit(problems.length === 0 && isComplete ? 0 : 1)

/** The rule that a link breaks, or `undefined`. */
function checkLink(document, target) {
  if (/^[a-z]+:/i.test(target)) return undefined
  const [path = '', anchor] = target.split('#')
  const file = path === '' ? document : normalize(join(dirname(document), decodeURIComponent(path)))
  const [, home] = /^(packages\/\w+)\/README\.md$/.exec(document) ?? []
  if (file.startsWith('..')) return 'leaves the repository'
  if (home !== undefined && relative(home, file).startsWith('..')) return 'leaves the package, and npm shows it alone'
  if (!existsSync(join(root, file))) return 'does not exist'
  if (anchor === undefined || statSync(join(root, file)).isDirectory()) return undefined
  return anchorsOf(readFileSync(join(root, file), 'utf8')).has(anchor) ? undefined : 'has no such heading'
}

/** The anchors that GitHub makes of headings. */
function anchorsOf(markdown) {
  const text = markdown.replaceAll(/^( *)```.*?^\1```$/gms, '')
  const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) => heading)
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  )
}
