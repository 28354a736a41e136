/** Known differences between the local R2 and the sentences of the suite: case id → reason. */
import type { Gaps } from './target.js'

export const localGaps: Gaps = {}
