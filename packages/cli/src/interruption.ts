import { type ExitCode, exitCodes } from './exit-codes.js'

/** Signals that end a command, each with 128 + its number, which shells show for a process that it has ended. */
const exitCodesOfSignals = {
  SIGHUP: exitCodes.hungUp,
  SIGINT: exitCodes.interrupted,
  SIGTERM: exitCodes.terminated,
} as const

export type InterruptingSignal = keyof typeof exitCodesOfSignals

export const interruptingSignals = Object.keys(exitCodesOfSignals) as InterruptingSignal[]

/** Why `Io.signal` was aborted: a signal of the operating system. */
export class Interruption extends Error {
  override readonly name = 'Interruption'
  readonly exitCode: ExitCode

  constructor(signal: InterruptingSignal) {
    super(`Interrupted by ${signal}.`)
    this.exitCode = exitCodesOfSignals[signal]
  }
}

/** What an aborted `Io.signal` means: its reason, or Ctrl-C where a program gave another reason. */
export const interruptionOf = ({ reason }: AbortSignal): { readonly message: string; readonly exitCode: ExitCode } =>
  reason instanceof Interruption ? reason : { message: 'Interrupted.', exitCode: exitCodes.interrupted }
