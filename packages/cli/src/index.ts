/** `r2` for programs: the command as a function, and the shape of its JSON lines. */
export type { ErrorReport } from './errors.js'
export { eventVersion, type OutputEvent } from './events.js'
export { type ExitCode, exitCodes } from './exit-codes.js'
export { formatBytes, formatDuration, formatRate } from './format.js'
export { type InterruptingSignal, Interruption } from './interruption.js'
export type { Io } from './io.js'
export { main } from './main.js'
export { type Progress, type ProgressOptions, startProgress } from './progress.js'
