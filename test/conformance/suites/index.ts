/** All suites, in the order in which they run. */
import type { Suite } from '../case.js'
import { bucketSuite } from './buckets.js'
import { checksumSuite } from './checksums.js'
import { composedSuite } from './composed.js'
import { conditionSuite } from './conditions.js'
import { copySuite } from './copies.js'
import { errorSuite } from './errors.js'
import { integritySuite } from './integrity.js'
import { keySuite } from './keys.js'
import { listSuite } from './lists.js'
import { multipartSuite } from './multipart.js'
import { objectSuite } from './objects.js'
import { partChecksumSuite } from './part-checksums.js'
import { presignSuite } from './presign.js'
import { rangeSuite } from './ranges.js'
import { trailerSuite } from './trailers.js'

export const suites: readonly Suite[] = [
  ...[objectSuite, copySuite, conditionSuite, rangeSuite, listSuite, multipartSuite],
  ...[
    keySuite,
    checksumSuite,
    trailerSuite,
    partChecksumSuite,
    integritySuite,
    presignSuite,
    bucketSuite,
    errorSuite,
    composedSuite,
  ],
]
