import type { DownloadJob, OpenObject, Range } from './job.js'
import { missingRanges, planRanges } from './range-plan.js'
import type { Expectation } from './whole-check.js'

/** What remains to be asked for beside the answer that is open already; a function, so that it can be counted and then used. */
export const rangesOf =
  (
    { context, rangeSizeBytes }: DownloadJob,
    { wanted, first }: OpenObject,
    expected: Expectation | undefined,
    found: readonly Range[] = [],
  ): (() => Generator<Range, void>) =>
  () =>
    planRanges(
      missingRanges(wanted, first === undefined ? found : [first, ...found]),
      rangeSizeBytes,
      expected?.laneBytes,
      context.limit.max,
    )
