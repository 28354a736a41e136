/** The command `r2` as a function. It uses the process only through its `Io` parameter, and never ends the process. */
import { setMaxListeners } from 'node:events'
import { CommanderError } from 'commander'
import type { Integrity } from 'r2kit'
import type { CommandContext } from './commands/command.js'
import { commands } from './commands/index.js'
import { ConfigurationError, UsageError } from './errors/error-kinds.js'
import { type ExitCode, exitCodes } from './errors/exit-codes.js'
import { Output } from './output/output.js'
import { interruptionOf, UnfinishedCleanUp, withCleanUpLimit } from './process/interruption.js'
import type { Io } from './process/io.js'
import { asUsageError, createProgram, type GlobalOptions, helpHint, isHelp } from './program.js'

/**
 * Runs one command line. Errors are printed, not thrown.
 *
 * @param argv the arguments, without the name of the program
 * @returns the exit code, one of `exitCodes`
 * @example
 * const exitCode = await main(['ls', 'r2://photos'], io)
 */
export const main = async (argv: readonly string[], io: Io): Promise<number> => {
  let exitCode: number = exitCodes.ok
  const program = createProgram(io)
  for (const { name, summary, load } of commands) {
    const command = program.command(name).summary(summary)
    // Loads only modules that this command line may need, to keep the start-up time short.
    if (argv.includes(name)) {
      const { define } = await load()
      define(command, async (work) => {
        exitCode = await runWork(program.opts<GlobalOptions>(), argumentsAfterDashes(argv), io, work)
      })
    }
  }
  try {
    rejectUnknownTopic(argv)
    await program.parseAsync([...argv], { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError && isHelp(error)) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage
    return await reportUsage(error instanceof CommanderError ? asUsageError(error, commandIn(argv)) : error, argv, io)
  }
  return exitCode
}

const commandIn = (argv: readonly string[]): string | undefined =>
  argv.find((argument) => commands.some(({ name }) => name === argument))

/** Rejects `r2 help` for an unknown command, for which commander would print the general help. */
const rejectUnknownTopic = ([first, topic]: readonly string[]): void => {
  if (first !== 'help' || topic === undefined || topic.startsWith('-')) return
  if (commands.some(({ name }) => name === topic)) return
  throw new UsageError(`There is no help for "${topic}": it is not a command.`, helpHint())
}

/** The arguments after `--`. commander does not distinguish them from other operands. */
const argumentsAfterDashes = (argv: readonly string[]): readonly string[] => {
  const dashes = argv.indexOf('--')
  return dashes === -1 ? [] : argv.slice(dashes + 1)
}

const runWork = async (
  options: GlobalOptions,
  afterDashes: readonly string[],
  io: Io,
  work: (context: CommandContext) => Promise<ExitCode>,
): Promise<number> => {
  const { json = false, quiet = false, verbose = false } = options
  const output = new Output(io, { json, quiet, verbose })
  const outputClosed = new AbortController()
  const onOutputError = () => outputClosed.abort()
  io.stdout.on('error', onOutputError)
  const connection = lazyConnection(options, io, output)
  try {
    const signal = AbortSignal.any([io.signal, outputClosed.signal])
    // All requests of the command listen to this signal; Node would warn of a leak after 10 listeners.
    setMaxListeners(0, signal)
    return await withCleanUpLimit(
      io.signal,
      work({
        io,
        output,
        argumentsAfterDashes: afterDashes,
        signal,
        connect: connection.connect,
        credentials: connection.credentials,
        knownCredentials: connection.knownCredentials,
        configuration: connection.configuration,
      }),
    )
  } catch (error) {
    // A reader that closes the pipe early, as in `r2 ls … | head`, is not an error.
    if (outputClosed.signal.aborted) return exitCodes.ok
    return await report(error, options, io, output)
  } finally {
    await connection.dispose()
    io.stdout.off('error', onOutputError)
  }
}

const lazyConnection = (options: GlobalOptions, io: Io, output: Output) => {
  let client: ReturnType<CommandContext['connect']> | undefined
  const open = async (integrity: Integrity | undefined) => {
    const { openClient } = await import('./connection/open-client.js')
    return openClient(options, io.env, (message) => void output.warn(message), integrity)
  }
  return {
    connect: (integrity?: Integrity) => {
      client ??= open(integrity)
      return client
    },
    configuration: async (file?: string) => {
      const { inspectConfiguration } = await import('./connection/configuration.js')
      return inspectConfiguration(options, io.env, file)
    },
    credentials: async () => {
      const { openCredentials } = await import('./connection/open-client.js')
      return openCredentials(options, io.env)
    },
    knownCredentials: async () => {
      const { knownCredentials } = await import('./connection/open-client.js')
      return knownCredentials(options, io.env)
    },
    // An error of `openClient` was reported by the caller of `connect`.
    dispose: async () => (await client?.catch(() => undefined))?.dispose(),
  }
}

const report = async (error: unknown, options: GlobalOptions, io: Io, output: Output): Promise<number> => {
  const [{ describeError, stackText }, { exitCodeOf }] = await Promise.all([
    import('./errors/error-report.js'),
    import('./errors/exit-code-of.js'),
  ])
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
  if (error instanceof ConfigurationError) {
    for (const problem of error.problems) await output.emit({ event: 'config-problem', ...problem })
  }
  await output.emit({ event: 'error', error: described, exitCode })
  if (options.debug === true && error instanceof Error) io.stderr.write(`${stackText(error)}\n`)
  return exitCode
}

/** Reports an error of the command line. The options may not have been parsed, so `--json` and `--debug` are searched for. */
const reportUsage = (error: unknown, argv: readonly string[], io: Io): Promise<number> => {
  const beforeDashes = argv.slice(0, argv.length - argumentsAfterDashes(argv).length)
  const json = beforeDashes.includes('--json')
  const debug = beforeDashes.includes('--debug')
  return report(error, { debug }, io, new Output(io, { json, quiet: false, verbose: false }))
}
