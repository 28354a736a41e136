/**
 * Where our local R2 and Cloudflare's simulator differ: in the verdict of a case, or in what raw requests were answered.
 * Every difference needs its reason, in `gaps/miniflare.json` or, where both pass, in `differences.json`; a reason without a difference is out of date. Both are problems.
 */

const responded = (outcome) =>
  outcome.observations.length > 0 ? outcome.observations.join(' | ') : outcome.detail.split('\n')[0]

const differs = (local, other) =>
  (local.verdict === 'passed') !== (other.verdict === 'passed') ||
  local.observations.join('\n') !== other.observations.join('\n')

/** Rows `{ id, sentence, local, other, reason, problem }` in the order of the suite. */
export const compareOutcomes = (localOutcomes, otherOutcomes, reasons) => {
  const others = new Map(otherOutcomes.map((outcome) => [outcome.case.id, outcome]))
  const rows = []
  for (const local of localOutcomes) {
    const { id, sentence } = local.case
    const other = others.get(id)
    if (other === undefined || local.verdict === 'skipped' || other.verdict === 'skipped') continue
    const reason = reasons[id]
    const different = differs(local, other)
    if (!different && reason === undefined) continue
    const describe = (outcome) => `${outcome.verdict}: ${responded(outcome)}`
    const problem = different
      ? reason === undefined
        ? 'not explained'
        : undefined
      : 'explained, but there is none any more'
    rows.push({ id, sentence, local: describe(local), other: describe(other), reason, problem })
  }
  return rows
}

const cell = (text) => String(text).replaceAll('|', '\\|').replaceAll('\n', ' ').slice(0, 240)

export const differencesAsMarkdown = (rows) =>
  [
    "# Where our local R2 and Cloudflare's simulator differ",
    '',
    'Written by `node interop/conformance.mjs --target local,miniflare --write`. The reasons come from `gaps/miniflare.json` and `differences.json`;',
    'a difference without a reason, and a reason without a difference, fail the run. Cases that need a bucket to be made',
    'are not compared: the simulator has no CreateBucket.',
    '',
    ...rows.flatMap(({ id, sentence, local, other, reason }) => [
      `## ${id}`,
      '',
      `${sentence[0].toUpperCase()}${sentence.slice(1)}.`,
      '',
      '| | |',
      '|---|---|',
      `| local R2 | ${cell(local)} |`,
      `| simulator | ${cell(other)} |`,
      `| why | ${cell(reason ?? 'not explained')} |`,
      '',
    ]),
  ].join('\n')
