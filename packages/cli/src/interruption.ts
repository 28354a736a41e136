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

/** How long an interrupted command may clean up: a server that does not respond must not keep it from ending. */
const cleanUpMs = 5000

/** The clean-up of an interrupted command has not ended in time. */
export class UnfinishedCleanUp extends Error {
  override readonly name = 'UnfinishedCleanUp'
  readonly hint = `Cleaning up took longer than ${cleanUpMs / 1000} s; r2 uploads lists what may be left on the server.`
}

/** The result of `work`, unless that has not ended `cleanUpMs` after the signal. @throws UnfinishedCleanUp */
export const withCleanUpLimit = async <Result>(signal: AbortSignal, work: Promise<Result>): Promise<Result> => {
  let timer: NodeJS.Timeout | undefined
  let begin: () => void = () => undefined
  const exceeded = new Promise<never>((_resolve, reject) => {
    begin = () => {
      timer = setTimeout(() => reject(new UnfinishedCleanUp()), cleanUpMs)
    }
    if (signal.aborted) begin()
    else signal.addEventListener('abort', begin, { once: true })
  })
  try {
    return await Promise.race([work, exceeded])
  } finally {
    signal.removeEventListener('abort', begin)
    clearTimeout(timer)
  }
}
