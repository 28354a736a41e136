// The words that our prose avoids, as data for `check-words.mjs`. When a review finds a new habit, add it here. `allowed` lists
// correct uses.

/** Pattern → what to write instead. Case is ignored, a phrase may continue on the next line, and identifiers count as words. */
export const words = [
  { pattern: /answer/, instead: 'response; returns, resolves with' },
  {
    pattern: /\b(?:told|tells|telling)\b|\btell (?:of|it|that|the|which|whether|users?|callers?)\b(?!.*\bapart\b)/,
    instead: 'notify, call, report, emit',
  },
  {
    pattern: /\b(?:whoever|nobody|somebody|anybody|no one)\b/,
    instead: 'name the actor: the caller, the process, the reader',
  },
  { pattern: /\b(?:go|goes|went|gone|going) on\b/, instead: 'resume, continue' },
  { pattern: /\bfor ?ever\b/, instead: 'indefinitely; deadlock' },
  { pattern: /\bat once\b/, instead: 'concurrently, together, or immediately' },
  { pattern: /\bbefall|\bwould befall\b/, instead: 'affects' },
  { pattern: /\b(?:he|his|him|himself)\b/, instead: 'it, its; the caller, the program' },
  { pattern: /\b(?:doors?|rooms?|houses?)\b/, instead: 'entry point, subpath export; module, layer, package' },
  { pattern: /\barrows?\b(?! function)/, instead: 'dependency, import direction' },
  { pattern: /(?<!hello,? |real[ -])\bworlds?\b/, instead: 'fixture, harness, model' },
  { pattern: /\b(?:lent|lends?|lending|borrow(?:s|ed|er)?)\b/, instead: 'buffer reuse, zero-copy; consumer' },
  { pattern: /\bstrangers?\b/, instead: 'third-party client, server' },
  { pattern: /\bunder way\b/, instead: 'in flight, pending' },
  { pattern: /\bdismiss|\blets? go of\b|\bletting go of\b/, instead: 'cancel, release, discard' },
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
  {
    pattern: /\bknows (?:nothing|of|how|what|that|itself)\b/,
    instead: 'name the mechanism: has, contains, depends on',
  },
  { pattern: /\b(?:is|are|was|were) said\b/, instead: 'is reported, is documented' },
  { pattern: /\bby who\b|\b(?:gives?|gave|given) away\b/, instead: 'name the actor; hands out' },
  { pattern: /\banew\b/, instead: 'again' },
  { pattern: /\bthat (?:is|are) none\b/, instead: 'invalid' },
  {
    pattern: /\bso many (?:bytes|parts|days|objects|milliseconds)\b|\bat most so many\b/,
    instead: 'this many, a number of',
  },
  { pattern: /\bwaits? for (?:its|their) first use\b/, instead: 'is lazily loaded, is loaded on first use' },
  { pattern: /\bmay be sent twice\b/, instead: 'idempotent, safe to retry' },
  { pattern: /\b(?:the line|the link) carries\b/, instead: 'throughput, goodput' },
  { pattern: /\bguess(?:ed|es)?\b/, instead: 'documented assumption, unverified' },
  { pattern: /\bdead sources?\b|\bgives? nothing\b|\bgiven nothing\b/, instead: 'stalled; produces no data' },
]

/** True uses: a part of the path (or `''`) and the text that may stand there, with the reason. */
export const allowed = [
  { path: 'scripts/word-list.mjs', text: '', reason: 'the list itself' },
  { path: 'CONTRIBUTING.md', text: '| not: ', reason: 'the table of terms quotes the words to avoid' },
  { path: 'CHANGELOG.md', text: '`lostAnswer`', reason: 'the former name of an option' },
]
