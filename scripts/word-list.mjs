// The words that our prose avoids, as data: `check-words.mjs` searches the sources, tests and documents for them. When a review
// finds a new habit, add it here. `allowed` lists the true uses.

/** Pattern → what to write instead. Each pattern is matched within one line, whatever its case. */
export const words = [
  { pattern: /answer/, instead: 'response; returns, resolves with' },
  {
    pattern:
      /\b(?:is|are|was|were|be|been|being|gets?|has been) told\b|\btold (?:of|to|as|by)\b|\btells? (?:of|it|that)\b/,
    instead: 'notify, call, report, emit',
  },
  {
    pattern: /\b(?:whoever|nobody|somebody|anybody|no one)\b/,
    instead: 'name the actor: the caller, the process, the reader',
  },
  { pattern: /\b(?:go|goes|went|gone|going) on\b/, instead: 'resume, continue' },
  { pattern: /\bfor ever\b/, instead: 'indefinitely; deadlock' },
  { pattern: /\bat once\b/, instead: 'concurrently, together, or immediately' },
  { pattern: /\bbefall|\bwould befall\b/, instead: 'affects' },
  { pattern: /\b(?:he|his|him|himself)\b/, instead: 'it, its; the caller, the program' },
  { pattern: /\b(?:doors?|rooms?)\b/, instead: 'entry point, module' },
  { pattern: /\b(?:lent|lends?|lending|borrow(?:s|ed|er)?)\b/, instead: 'buffer reuse, zero-copy; consumer' },
  { pattern: /\bstrangers?\b/, instead: 'third-party client, server' },
  { pattern: /\bunder way\b/, instead: 'in flight, pending' },
  { pattern: /\bdismiss/, instead: 'cancel, release, discard' },
  { pattern: /\b(?:patiently|politely|hands free)\b/, instead: 'say what happens' },
  {
    pattern: /\b(?:settles?|settling|settlement|settler)\b/,
    instead: 'resolve an unknown outcome; settled (of a promise) may stay',
  },
  { pattern: /\bthe other way round\b|\ball the same\b|\bas it were\b/, instead: 'say what happens' },
  {
    pattern:
      /(?:^|[.;:*/'"`] +|\| )(?:what|who) (?:is|was|has|had|came|comes|cannot|can|does|may|must|no|needs|reads|writes)\b(?![^.]*\?)/,
    instead: 'a noun as the subject',
  },
  { pattern: /\b(?:says|said) (?:so|why|what|it|that|nothing|which|how)\b/, instead: 'returns, reports, names, logs' },
  { pattern: /\bstands? in\b/, instead: 'is in, is stored in' },
  { pattern: /\bun(?:read|sent|known) to the end\b|\bto (?:its|their) ends?\b/, instead: 'until it ends' },
  { pattern: /\bmay want\b|\bwants? to be\b/, instead: 'say what happens' },
  { pattern: /\bhears?\b/, instead: 'receives; listens' },
  { pattern: /\bguess(?:ed|es)?\b/, instead: 'documented assumption, unverified' },
  { pattern: /\bdead sources?\b|\bgives? nothing\b|\bgiven nothing\b/, instead: 'stalled; produces no data' },
]

/** True uses: a part of the path (or `''`) and the text that may stand there, with the reason. */
export const allowed = [
  { path: 'scripts/word-list.mjs', text: '', reason: 'the list itself' },
  { path: 'CONTRIBUTING.md', text: '| not: ', reason: 'the table of terms quotes the words to avoid' },
  { path: 'CHANGELOG.md', text: '`lostAnswer`', reason: 'the former name of an option' },
]
