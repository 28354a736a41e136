// Checks the subjects of commits: at most 72 characters, the area first, then an imperative, without a period at the end.
//
//   node scripts/check-commits.mjs [--start COMMIT] [--root FOLDER]
//
// Checks the commits after `--start`, by default those since the rule began. Skips visibly if Git's history is not available.
import { checkOptions, git } from './support/repository.mjs'

const { root, values } = checkOptions({ start: { type: 'string' } })
const start = values.start ?? '172da50584fcb7eae43219cd9a0074e895d2a7be'
const lengthMax = 72

/** Published commits that break a rule: the start of their hash, and the rule. */
const accepted = new Map([
  ['ec8f48a', 'too long'],
  ['4a95320', 'no imperative'],
  ['1b2422a', 'too long'],
  ['e9fa22f', 'too long'],
  ['d8c26bb', 'too long'],
  ['33cce21', 'too long'],
])

/** Imperatives that end like another form of a verb. */
const imperatives = new Set([
  ...['alias', 'bias', 'canvas', 'focus'],
  ...['bleed', 'embed', 'exceed', 'feed', 'need', 'proceed', 'seed', 'shed', 'speed', 'succeed'],
  ...['bring', 'ping', 'ring', 'string'],
])

const skip = (reason) => {
  console.log(`commits: SKIPPED: ${reason}`)
  process.exit(0)
}

if (git(root, 'rev-parse', '--git-dir') === undefined) skip('this folder is not a Git repository')
if (git(root, 'merge-base', '--is-ancestor', start, 'HEAD') === undefined)
  skip(`the history does not contain the commit ${start.slice(0, 7)}, from which subjects are checked`)

const commits = (git(root, 'log', '--no-merges', '--format=%H %s', `${start}..HEAD`) ?? '')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => ({ hash: line.slice(0, line.indexOf(' ')), subject: line.slice(line.indexOf(' ') + 1) }))

/** The rule that a subject breaks, or `undefined`. */
const problemOf = (subject) => {
  // Git's own subject, of which only the quoted part is the author's.
  if (/^Revert "/.test(subject)) return undefined
  if (subject.length > lengthMax) return `has ${subject.length} characters, and ${lengthMax} is the limit`
  const [, verb] = /^[a-z][a-z0-9]*(?:[-/.][a-z0-9]+)*(?:, [a-z0-9/.-]+)*: ([^\s,;:]+)/.exec(subject) ?? []
  if (verb === undefined) return 'does not start with an area, such as `transfers: `'
  if (subject.endsWith('.')) return 'ends with a period'
  if (!imperatives.has(verb) && /(?:[^s]s|ed|ing)$/.test(verb))
    return `starts with '${verb}', which is not an imperative`
  return undefined
}

let problems = 0
let exceptions = 0
for (const { hash, subject } of commits) {
  const problem = problemOf(subject)
  if (problem === undefined) continue
  if (accepted.has(hash.slice(0, 7))) {
    exceptions++
    continue
  }
  problems++
  console.error(`${hash.slice(0, 7)} '${subject}' ${problem}`)
}
console.log(`commits: ${commits.length} checked, ${problems} problems, ${exceptions} accepted`)
process.exit(problems === 0 ? 0 : 1)
