/**
 * Engines that are broken on purpose, one by one: a simulation that does not notice them proves nothing. Each replaces one
 * piece of one source file, and must be caught within the stated number of seeds.
 */
export const mutants = [
  {
    name: 'a skipped If-Match',
    file: 'client/fields/conditions.ts',
    replace: 'if (ifMatch !== undefined) headers[',
    by: 'if (false) headers[',
    within: 200,
  },
  {
    name: 'an unverified download',
    file: 'transfers/download/object-verifier.ts',
    replace: 'if (actual === value) return by',
    by: 'return by',
    within: 400,
  },
  {
    name: 'an unverified length',
    file: 'transfers/download/ranges/fetch.ts',
    replace: 'if (lost > 0) {',
    by: 'if (lost > range.length) {',
    within: 1_500,
  },
  {
    name: 'a forgotten abort',
    file: 'transfers/upload/clean-up.ts',
    replace: 'for (let attempt = 0; attempt < attempts; attempt++) {',
    by: 'for (let attempt = 0; attempt < 0; attempt++) {',
    within: 1_000,
  },
  {
    name: 'a blind second attempt of a conditional write',
    file: 'resilience/outcome-layer.ts',
    replace: 'return resolveOutcome(error)',
    by: 'throw error',
    within: 200,
  },
  {
    name: 'a retry of wrong bytes under a condition',
    file: 'resilience/retry-layer.ts',
    replace: "if (resolveOutcome !== undefined) return error.code !== 'IntegrityMismatch'",
    by: 'if (resolveOutcome !== undefined) return true',
    within: 1_000,
  },
  {
    name: 'an outcome resolved by size and ETag alone',
    file: 'client/unknown-outcome.ts',
    replace: '(description === undefined || isDescribedAs(found, description))',
    by: 'true',
    within: 1_000,
  },
]
