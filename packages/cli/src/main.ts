/**
 * The command `r2` as a function: words in, exit code out, everything else through `Io`. It neither reads the process nor
 * ends it; `bin.ts` does.
 */

import { setMaxListeners } from 'node:events'
import { CommanderError } from 'commander'
import { commands } from './commands/index.js'
import type { CommandContext } from './context.js'
import { type ExitCode, exitCodes } from './exit-codes.js'
import { interruptionOf, UnfinishedCleanUp, withCleanUpLimit } from './interruption.js'
import type { Io } from './io.js'
import { Output } from './output.js'
import { asUsageError, type GlobalOptions, helpHint, isHelp, programFor } from './program.js'
import { UsageError } from './usage-error.js'

/** Runs a command's work and keeps its exit code. */
export type Run = (work: (context: CommandContext) => Promise<ExitCode>) => Promise<void>

/**
 * Runs one command line, without the program's name: `main(['ls', 'r2://photos'], io)`.
 *
 * @returns The exit code; errors have been printed.
 */
export const main = async (argv: readonly string[], io: Io): Promise<number> => {
  let exitCode: number = exitCodes.ok
  const program = programFor(io)
  for (const { name, summary, load } of commands) {
    const command = program.command(name).summary(summary)
    // Only what this command line can mean is loaded: start-up time is paid on every call.
    if (argv.includes(name)) {
      const { define } = await load()
      define(command, async (work) => {
        exitCode = await runWork(program.opts<GlobalOptions>(), wordsAfterDashes(argv), io, work)
      })
    }
  }
  try {
    refuseUnknownTopic(argv)
    await program.parseAsync([...argv], { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError && isHelp(error)) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage
    return await reportUsage(error instanceof CommanderError ? asUsageError(error, commandIn(argv)) : error, argv, io)
  }
  return exitCode
}

const commandIn = (argv: readonly string[]): string | undefined =>
  argv.find((word) => commands.some(({ name }) => name === word))

/** commander prints the general help instead. */
const refuseUnknownTopic = ([first, topic]: readonly string[]): void => {
  if (first !== 'help' || topic === undefined || topic.startsWith('-')) return
  if (commands.some(({ name }) => name === topic)) return
  throw new UsageError(`There is no command "${topic}" to explain.`, helpHint())
}

/** commander gives them as operands, and does not say which. */
const wordsAfterDashes = (argv: readonly string[]): readonly string[] => {
  const dashes = argv.indexOf('--')
  return dashes === -1 ? [] : argv.slice(dashes + 1)
}

const runWork = async (
  options: GlobalOptions,
  wordsAfterDashes: readonly string[],
  io: Io,
  work: (context: CommandContext) => Promise<ExitCode>,
): Promise<number> => {
  const { json = false, quiet = false, verbose = false } = options
  const output = new Output(io, { json, quiet, verbose })
  const readerGone = new AbortController()
  const onOutputError = () => readerGone.abort()
  io.stdout.on('error', onOutputError)
  const connection = lazyConnection(options, io, output)
  try {
    const signal = AbortSignal.any([io.signal, readerGone.signal])
    // One signal for all requests of the command, where Node would suspect a leak.
    setMaxListeners(0, signal)
    return await withCleanUpLimit(
      io.signal,
      work({ io, output, wordsAfterDashes, signal, connect: connection.connect }),
    )
  } catch (error) {
    // `r2 ls … | head`: the reader has what it wanted.
    if (readerGone.signal.aborted) return exitCodes.ok
    return await report(error, options, io, output)
  } finally {
    await connection.dispose()
    io.stdout.off('error', onOutputError)
  }
}

const lazyConnection = (options: GlobalOptions, io: Io, output: Output) => {
  let client: ReturnType<CommandContext['connect']> | undefined
  const open = async () => {
    const { openClient } = await import('./connection.js')
    return openClient(options, io.env, (message) => void output.warn(message))
  }
  return {
    connect: () => {
      client ??= open()
      return client
    },
    // A client that could not be made has been reported where it was asked for.
    dispose: async () => (await client?.catch(() => undefined))?.dispose(),
  }
}

const report = async (error: unknown, options: GlobalOptions, io: Io, output: Output): Promise<number> => {
  const { describeError, exitCodeOf, stackText } = await import('./errors.js')
  const interruption = io.signal.aborted ? interruptionOf(io.signal) : undefined
  const exitCode = interruption?.exitCode ?? exitCodeOf(error)
  const described =
    interruption === undefined
      ? describeError(error)
      : {
          code: 'Aborted',
          message: interruption.message,
          ...(error instanceof UnfinishedCleanUp && { hint: error.hint }),
          retryable: true,
        }
  await output.emit({ event: 'error', error: described, exitCode })
  if (options.debug === true && error instanceof Error) io.stderr.write(`${stackText(error)}\n`)
  return exitCode
}

/** The options have not been read, or not all of them: what is wrong may be one of them. */
const reportUsage = (error: unknown, argv: readonly string[], io: Io): Promise<number> => {
  const words = argv.slice(0, argv.length - wordsAfterDashes(argv).length)
  const json = words.includes('--json')
  const debug = words.includes('--debug')
  return report(error, { debug }, io, new Output(io, { json, quiet: false, verbose: false }))
}
