import type { DownloadJob, OpenObject, Range } from './job.js'
import { missingRanges, planRanges } from './ranges/plan.js'

/**
 * What remains to be asked for beside the response that is open already; a function, so that it can be counted and then used.
 *
 * @param found what an earlier run has stored
 * @param lanes what the ranges follow, as soon as it is known
 */
export const rangesOf =
  (
    { context, rangeSizeBytes }: DownloadJob,
    { wanted, first }: OpenObject,
    found: readonly Range[] = [],
    lanes?: { readonly segmentBytes: number | undefined },
  ): (() => Generator<Range, void>) =>
  () =>
    planRanges(
      missingRanges(wanted, first === undefined ? found : [first, ...found]),
      rangeSizeBytes,
      () => lanes?.segmentBytes,
      context.limit.max,
    )
