/**
 * The progress line of transfers on a terminal. The total is counted while the transfers run, so it may grow. No remaining time is
 * shown until the count is complete, because it would be wrong.
 */
import type { Writable } from 'node:stream'
import { formatBytes, formatDuration, formatRate, plural } from './format.js'

/** A progress line, updated by the transfer. */
export interface Progress {
  /** Adds files and bytes to the total. */
  found(files: number, bytes: number): void
  /** Marks the total as complete. From then on the remaining time is shown. */
  foundAll(): void
  /** Adds transferred bytes. */
  moved(bytes: number): void
  /** Counts one file or object as done, failed or skipped. */
  finished(): void
  /** Prints a line above the bar. */
  log(line: string): void
  /** Draws the last state, removes the line and restores the cursor. */
  stop(): void
}

/** Draws nothing, for pipes, `--quiet` and `--json`. It has no `log`: lines are then written to the stream. */
export const silentProgress: Omit<Progress, 'log'> = {
  found: () => undefined,
  foundAll: () => undefined,
  moved: () => undefined,
  finished: () => undefined,
  stop: () => undefined,
}

/** Where and how wide the progress line is drawn. */
export interface ProgressOptions {
  /** The terminal. */
  readonly stream: Writable
  /** Width of the terminal in columns. @defaultValue 80 */
  readonly columns?: number
  /** Monotonic clock in milliseconds. @defaultValue performance.now */
  readonly now?: () => number
}

interface State {
  files: number
  filesFound: number
  bytes: number
  bytesFound: number
  foundAll: boolean
}

/** The text to the right of the bar. */
export const progressText = (state: State, elapsedMs: number): string => {
  const { files, filesFound, bytes, bytesFound } = state
  const known = Math.max(bytesFound, bytes)
  const parts = [
    `${formatBytes(bytes)} of ${formatBytes(known)}${state.foundAll ? '' : '+'}`,
    `${files} of ${plural(Math.max(filesFound, files), 'file')}${state.foundAll ? '' : '+'}`,
    formatRate(bytes, elapsedMs),
  ]
  // The slower of the two shares decides: bytes underestimate many small files, the file count underestimates a large one.
  const shares = [bytes / known, files / filesFound].filter((share) => share > 0)
  if (state.foundAll && shares.length > 0) {
    const done = Math.min(...shares)
    parts.push(`${formatDuration((elapsedMs / done) * (1 - done))} left`)
  }
  return parts.join('  ')
}

/**
 * Draws a progress line on `stream`, 8 times a second until `stop`.
 *
 * @example
 * const progress = await startProgress({ stream: process.stderr })
 * progress.found(1, 4096)
 * progress.moved(4096)
 * progress.finished()
 * progress.stop()
 */
export const startProgress = async (options: ProgressOptions): Promise<Progress> => {
  const { default: cliProgress } = await import('cli-progress')
  const now = options.now ?? (() => performance.now())
  const startedMs = now()
  const state: State = { files: 0, filesFound: 0, bytes: 0, bytesFound: 0, foundAll: false }
  const bars = new cliProgress.MultiBar({
    // The text is formatted when the line is drawn, so that counting a chunk costs only an addition.
    format: (style, { progress }) =>
      `${cliProgress.Format.BarFormat(progress, style)} ${progressText(state, now() - startedMs)}`,
    stream: options.stream as NodeJS.WriteStream,
    barsize: Math.min(24, Math.max(8, (options.columns || 80) - 64)),
    barCompleteChar: '█',
    barIncompleteChar: '░',
    hideCursor: true,
    clearOnComplete: true,
    fps: 8,
    emptyOnZero: true,
    // No signal handlers: the command handles signals.
    gracefulExit: false,
  })
  const bar = bars.create(0, 0)
  return {
    found: (files, bytes) => {
      state.filesFound += files
      state.bytesFound += bytes
      bar.setTotal(Math.max(state.bytesFound, state.bytes))
    },
    foundAll: () => {
      state.foundAll = true
    },
    moved: (bytes) => {
      state.bytes += bytes
      bar.update(state.bytes)
    },
    finished: () => {
      state.files += 1
    },
    log: (line) => bars.log(`${line}\n`),
    stop: () => {
      // `stop` draws nothing; without an update it would drop lines that were logged since the last drawing.
      bars.update()
      bars.stop()
    },
  }
}
