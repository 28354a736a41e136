/** `r2` as a library: the command as a function, the types of its JSON lines, and its formatting of sizes and progress. */
export type { ErrorReport } from './errors/error-report.js'
export { type ExitCode, exitCodes } from './errors/exit-codes.js'
export { main } from './main.js'
export { eventVersion, type OutputEvent } from './output/events.js'
export { formatBytes, formatDuration, formatRate } from './output/format.js'
export { type Progress, type ProgressOptions, startProgress } from './output/progress.js'
export { type InterruptingSignal, Interruption } from './process/interruption.js'
export type { Io } from './process/io.js'
