/**
 * One line that says how far a transfer is, on a terminal only. What is still to come is counted beside the work, so the
 * total may grow while the line is drawn; until all is counted no time left is shown, because it would be wrong.
 */
import type { Writable } from 'node:stream'
import { formatBytes, formatDuration, formatRate, plural } from './format.js'

export interface Progress {
  /** More work has been found. */
  found(files: number, bytes: number): void
  /** All work has been found: from here on the time left is shown. */
  foundAll(): void
  /** Bytes have arrived. */
  moved(bytes: number): void
  /** A file or object is done, failed or left out. */
  finished(): void
  /** Prints a line above the bar. */
  log(line: string): void
  /** Draws the last state and gives the terminal back. */
  stop(): void
}

/** Draws nothing: for pipes, `--quiet` and `--json`. Lines are not logged through it. */
export const silentProgress: Omit<Progress, 'log'> = {
  found: () => undefined,
  foundAll: () => undefined,
  moved: () => undefined,
  finished: () => undefined,
  stop: () => undefined,
}

export interface ProgressOptions {
  readonly stream: Writable
  /** Columns of the terminal. @defaultValue 80 */
  readonly columns?: number
  /** Milliseconds that never run backwards. @defaultValue performance.now */
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
  // Many small files take longer than their bytes say, a large one longer than its number says.
  const shares = [bytes / known, files / filesFound].filter((share) => share > 0)
  if (state.foundAll && shares.length > 0) {
    const done = Math.min(...shares)
    parts.push(`${formatDuration((elapsedMs / done) * (1 - done))} left`)
  }
  return parts.join('  ')
}

/** A progress line on `stream`, drawn a few times a second until `stop`. */
export const startProgress = async (options: ProgressOptions): Promise<Progress> => {
  const { default: cliProgress } = await import('cli-progress')
  const now = options.now ?? (() => performance.now())
  const startedMs = now()
  const state: State = { files: 0, filesFound: 0, bytes: 0, bytesFound: 0, foundAll: false }
  const bars = new cliProgress.MultiBar({
    // Called when a line is drawn: counting a chunk costs an addition, not a formatted text.
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
    // Signals are the command's business: a bar must not listen for them.
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
      // Stopping draws nothing: lines that were logged since the last drawing would be lost.
      bars.update()
      bars.stop()
    },
  }
}
