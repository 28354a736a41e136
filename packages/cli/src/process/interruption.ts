/** Interruption by signals of the operating system: exit codes, and the limit on cleanup. */
import { type ExitCode, exitCodes } from '../errors/exit-codes.js'

/** Signal → 128 + its number, the code that shells show for a process that the signal has killed. */
const exitCodesOfSignals = {
  SIGHUP: exitCodes.hungUp,
  SIGINT: exitCodes.interrupted,
  SIGTERM: exitCodes.terminated,
} as const

/** A signal that interrupts a command. */
export type InterruptingSignal = keyof typeof exitCodesOfSignals

/** All signals that interrupt a command. */
export const interruptingSignals = Object.keys(exitCodesOfSignals) as InterruptingSignal[]

/**
 * Abort reason for `Io.signal`: the command was interrupted by a signal of the operating system, which decides its exit code.
 *
 * @example
 * controller.abort(new Interruption('SIGTERM')) // `main` cleans up and returns 143.
 */
export class Interruption extends Error {
  override readonly name = 'Interruption'
  /** The exit code of the interrupted command. */
  readonly exitCode: ExitCode

  constructor(signal: InterruptingSignal) {
    super(`Interrupted by ${signal}.`)
    this.exitCode = exitCodesOfSignals[signal]
  }
}

/** Message and exit code for an aborted `Io.signal`. An abort reason that is not an `Interruption` counts as Ctrl-C. */
export const interruptionOf = ({ reason }: AbortSignal): { readonly message: string; readonly exitCode: ExitCode } =>
  reason instanceof Interruption ? reason : { message: 'Interrupted.', exitCode: exitCodes.interrupted }

/** Time limit for the cleanup of an interrupted command, so that an unresponsive server cannot keep it from ending. */
const cleanUpMs = 5000

/** The cleanup of an interrupted command exceeded its time limit. */
export class UnfinishedCleanUp extends Error {
  override readonly name = 'UnfinishedCleanUp'
  /** How to find what may remain on the server. */
  readonly hint =
    `Cleanup took longer than ${cleanUpMs / 1000} s. Run r2 uploads ls to list uploads that may remain on the server.`
}

/**
 * The result of `work`, unless it is still pending 5 seconds after `signal` was aborted.
 *
 * @throws UnfinishedCleanUp after these 5 seconds
 */
export const withCleanUpLimit = async <Result>(signal: AbortSignal, work: Promise<Result>): Promise<Result> => {
  let timer: NodeJS.Timeout | undefined
  let startTimer: () => void = () => undefined
  const exceeded = new Promise<never>((_resolve, reject) => {
    startTimer = () => {
      timer = setTimeout(() => reject(new UnfinishedCleanUp()), cleanUpMs)
    }
    if (signal.aborted) startTimer()
    else signal.addEventListener('abort', startTimer, { once: true })
  })
  try {
    return await Promise.race([work, exceeded])
  } finally {
    signal.removeEventListener('abort', startTimer)
    clearTimeout(timer)
  }
}
