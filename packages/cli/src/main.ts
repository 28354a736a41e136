/**
 * The command `r2` as a function: words in, exit code out, everything else through `Io`. It neither reads the process nor
 * ends it; `bin.ts` does.
 */

import { setMaxListeners } from 'node:events'
import { createRequire } from 'node:module'
import { Command, CommanderError } from 'commander'
import { commands } from './commands/index.js'
import type { ConnectionOptions } from './connection.js'
import type { CommandContext } from './context.js'
import { type ExitCode, exitCodeMeanings, exitCodes } from './exit-codes.js'
import type { Io } from './io.js'
import { Output } from './output.js'

interface GlobalOptions extends ConnectionOptions {
  readonly json?: boolean
  readonly quiet?: boolean
  readonly verbose?: boolean
  readonly debug?: boolean
}

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
        exitCode = await runWork(program.opts<GlobalOptions>(), io, work)
      })
    }
  }
  try {
    await program.parseAsync([...argv], { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage
  }
  return exitCode
}

const runWork = async (
  options: GlobalOptions,
  io: Io,
  work: (context: CommandContext) => Promise<ExitCode>,
): Promise<number> => {
  const { json = false, quiet = false, verbose = false } = options
  const output = new Output(io, { json, quiet, verbose })
  const readerGone = new AbortController()
  const onOutputError = () => readerGone.abort()
  io.stdout.on('error', onOutputError)
  const connection = lazyConnection(options, io)
  try {
    const signal = AbortSignal.any([io.signal, readerGone.signal])
    // One signal for all requests of the command, where Node would suspect a leak.
    setMaxListeners(0, signal)
    return await work({ io, output, signal, connect: connection.connect })
  } catch (error) {
    // `r2 ls … | head`: the reader has what it wanted.
    if (readerGone.signal.aborted) return exitCodes.ok
    return await report(error, options, io, output)
  } finally {
    await connection.dispose()
    io.stdout.off('error', onOutputError)
  }
}

const lazyConnection = (options: GlobalOptions, io: Io) => {
  let client: ReturnType<CommandContext['connect']> | undefined
  const open = async () => {
    const [{ R2Client }, { resolveConnection }] = await Promise.all([import('r2kit'), import('./connection.js')])
    const onWarning = (message: string) => void io.stderr.write(`r2: ${message}\n`)
    return new R2Client({ ...resolveConnection(options, io.env), transfers: { onWarning } })
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
  const { describeError, exitCodeOf } = await import('./errors.js')
  const exitCode = io.signal.aborted ? exitCodes.interrupted : exitCodeOf(error)
  const described = describeError(error)
  await output.emit({ event: 'error', error: io.signal.aborted ? interrupted : described, exitCode })
  if (options.debug === true && error instanceof Error) io.stderr.write(`${error.stack}\n`)
  return exitCode
}

const interrupted = { code: 'Aborted', message: 'Interrupted.', retryable: true }

const programFor = (io: Io): Command =>
  new Command('r2')
    .description('Moves files to, from and between Cloudflare R2 buckets, and runs a local R2 to try it on.')
    .version(version(), '--version', 'print the version')
    .helpOption('-h, --help', 'explain the command')
    .helpCommand('help [command]', 'explain a command')
    .option('--endpoint <url>', "the S3 endpoint, instead of the account's own (R2_ENDPOINT)")
    .option('--account-id <id>', 'the Cloudflare account (R2_ACCOUNT_ID)')
    .option('--jurisdiction <name>', 'where the buckets are bound to one: eu, fedramp or us (R2_JURISDICTION)')
    .option('--access-key-id <id>', 'R2_ACCESS_KEY_ID')
    .option(
      '--secret-access-key <secret>',
      'R2_SECRET_ACCESS_KEY is better: others on this machine can read command lines',
    )
    .option('--session-token <token>', 'for temporary credentials; R2_SESSION_TOKEN is better')
    .option('--allow-insecure-endpoint', 'talk plain HTTP to an endpoint that is not on this machine')
    .option('--json', 'print one JSON object per line on standard output')
    .option('-q, --quiet', 'print results and errors only')
    .option('-v, --verbose', 'print a line for every object that is done')
    .option('--debug', 'print the stack of an error')
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false })
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      outputError: (text, write) => write(`r2: ${text.replace(/^error: /, '')}`),
      getOutHelpWidth: () => io.columns ?? 80,
      getErrHelpWidth: () => io.columns ?? 80,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .showHelpAfterError('(r2 <command> --help explains it)')
    .addHelpText('after', generalHelp)
    .exitOverride()

const version = (): string => {
  const manifest: unknown = createRequire(import.meta.url)('@r2kit/cli/package.json')
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest ? String(manifest.version) : ''
}

const generalHelp = `
Addresses:
  r2://bucket/key   an object. The key stands as it is: nothing in it is decoded or escaped.
  -                 standard input or output
  anything else     a local path

Who and where, from the environment (or the options above):
  R2_ACCOUNT_ID or R2_ENDPOINT, R2_ACCESS_KEY_ID, R2_SECRET_ACCESS_KEY, R2_SESSION_TOKEN

Exit codes:
${exitCodeMeanings.map(([code, meaning]) => `  ${String(code).padEnd(4)} ${meaning}`).join('\n')}

Try it on this machine:
  $ r2 local
  $ export R2_ENDPOINT=http://127.0.0.1:9000 R2_ACCESS_KEY_ID=… R2_SECRET_ACCESS_KEY=…   (as r2 local printed them)
  $ r2 mb r2://photos && r2 cp -r ./photos r2://photos && r2 ls r2://photos`
