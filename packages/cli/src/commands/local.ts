import { once } from 'node:events'
import type { Command } from 'commander'
import type { CommandContext } from '../context.js'
import { type ExitCode, exitCodes } from '../exit-codes.js'
import { fileErrorCode } from '../file-error.js'
import type { Run } from '../main.js'
import { wholeNumber } from '../option-values.js'
import { UsageError } from '../usage-error.js'

interface LocalOptions {
  readonly port: number
  readonly host: string
  readonly data?: string
  readonly memory?: boolean
}

export const define = (command: Command, run: Run): void => {
  command
    .description(
      'Runs a local R2: a server on this machine that speaks the S3 dialect of R2, signatures, errors and limits included. It ' +
        'prints one line when it is ready, endpoint first, and runs until Ctrl-C; then requests get half a second to finish. Without --data everything is in memory and ' +
        'gone when it stops. Credentials are R2_ACCESS_KEY_ID (32 characters) and R2_SECRET_ACCESS_KEY, or defaults, which are shown.',
    )
    .option('--port <number>', 'where it listens; 0 takes a free one', wholeNumber('--port', [0, 65_535], 9000), 9000)
    .option('--host <address>', 'the address it listens on; another needs credentials of your own', '127.0.0.1')
    .option('--data <folder>', 'keep the data here, durably')
    .option('--memory', 'keep the data in memory')
    .addHelpText('after', help)
    .action((options: LocalOptions) => run((context) => serve(context, options)))
}

const serve = async ({ io, output, signal }: CommandContext, options: LocalOptions): Promise<ExitCode> => {
  if (options.data !== undefined && options.memory === true) {
    throw new UsageError('--data and --memory exclude each other.', 'Choose one.')
  }
  const own = ownCredentials(io.env)
  const { startLocalR2 } = await import('@r2kit/local')
  await using server = await startLocalR2({
    port: options.port,
    host: options.host,
    ...(options.data !== undefined && { dataDir: options.data }),
    ...(own !== undefined && { credentials: own }),
    onInternalError: (_error, line) => void io.stderr.write(`${line}\n`),
  }).catch((error: unknown) => {
    throw asUsageError(error, options)
  })
  await output.emit({
    event: 'ready',
    endpoint: server.endpoint,
    accessKeyId: server.credentials.accessKeyId,
    ...(own === undefined && { secretAccessKey: server.credentials.secretAccessKey }),
    ...(options.data !== undefined && { dataDir: options.data }),
  })
  if (!signal.aborted) await once(signal, 'abort')
  // Ctrl-C is how a server is meant to end.
  return exitCodes.ok
}

const ownCredentials = (env: Readonly<Record<string, string | undefined>>) => {
  const accessKeyId = env.R2_ACCESS_KEY_ID
  const secretAccessKey = env.R2_SECRET_ACCESS_KEY
  if (!accessKeyId && !secretAccessKey) return undefined
  if (accessKeyId && secretAccessKey) return { accessKeyId, secretAccessKey }
  throw new UsageError(
    'One of R2_ACCESS_KEY_ID and R2_SECRET_ACCESS_KEY is set, the other is not.',
    'Set both or neither.',
  )
}

/** What the system refuses, as the option that it is about. */
const asUsageError = (error: unknown, { port, host }: LocalOptions): unknown => {
  const notHere = new UsageError(
    `--host ${host} is not an address of this machine.`,
    'Leave it out to listen on this machine only, or use 0.0.0.0 for all of its addresses.',
  )
  switch (fileErrorCode(error)) {
    case 'EADDRINUSE':
      return new UsageError(`Port ${port} is taken.`, '--port 0 takes a free one.')
    case 'EACCES':
      return new UsageError(`This user must not listen on port ${port}.`, 'Choose one from 1024, or --port 0.')
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return notHere
    default:
      return error
  }
}

const help = `
Examples:
  $ r2 local
  $ r2 local --data ./r2-data --port 9001
  $ r2 local --port 0 --json | jq -r .endpoint`
