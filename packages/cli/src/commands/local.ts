import { once } from 'node:events'
import type { Command } from 'commander'
import { addFaultOptions, type FaultOptions, parseFaults } from '../arguments/fault-rules.js'
import { type KeyPair, keyPair } from '../arguments/key-pair.js'
import { wholeNumber } from '../arguments/option-values.js'
import { systemErrorCode, UsageError } from '../errors/error-kinds.js'
import { type ExitCode, exitCodes } from '../errors/exit-codes.js'
import type { CommandContext, Run } from './command.js'

interface LocalOptions extends FaultOptions {
  readonly port: number
  readonly host: string
  readonly key?: readonly KeyPair[]
  readonly data?: string
  readonly memory?: boolean
}

export const define = (command: Command, run: Run): void => {
  command
    .description(
      'Runs a local server that implements the S3 API of R2, with its signatures, errors and limits. Prints one line when it ' +
        'accepts requests: the endpoint, the access key ID and the secret. Runs until Ctrl-C; requests in flight then have half ' +
        'a second to finish. Without --data, all data is in memory and lost when the server stops. Credentials are taken from ' +
        'R2_ACCESS_KEY_ID (32 characters) and R2_SECRET_ACCESS_KEY. If neither is set, default credentials are used and printed.',
    )
    .option(
      '--port <number>',
      'port to listen on; 0 chooses a free one',
      wholeNumber('--port', [0, 65_535], 9000),
      9000,
    )
    .option(
      '--host <address>',
      'address to listen on; one that other machines can reach requires your own credentials',
      '127.0.0.1',
    )
    .option(
      '--key <id:secret[:read|:write][@bucket,…]>',
      'accept this key pair too, with the permissions of an R2 object token (repeatable)',
      keyPair('--key'),
    )
    .option('--data <folder>', 'store the data durably in this folder (default: in memory)')
    .option('--memory', 'store the data in memory, as without --data')
    .addHelpText('after', help)
  addFaultOptions(command).action((options: LocalOptions) => run((context) => serve(context, options)))
}

const serve = async ({ io, output, signal }: CommandContext, options: LocalOptions): Promise<ExitCode> => {
  if (options.data !== undefined && options.memory === true) {
    throw new UsageError('--data and --memory are mutually exclusive.', 'Choose one.')
  }
  const own = ownCredentials(io.env)
  const faults = await parseFaults(options.fault)
  const { defaultCredentials, openFaultControl, startLocalR2 } = await import('@r2kit/local')
  await using server = await startLocalR2({
    port: options.port,
    host: options.host,
    ...(options.data !== undefined && { dataDir: options.data }),
    ...credentialsOf(own, options.key ?? [], defaultCredentials),
    ...(faults.length > 0 && { faults }),
    faultSeed: options.faultSeed,
    onInternalError: (_error, line) => void io.stderr.write(`${line}\n`),
  }).catch((error: unknown) => {
    throw asUsageError(error, options)
  })
  const { controlPort } = options
  await using control =
    controlPort === undefined
      ? undefined
      : await openFaultControl(server, controlPort).catch((error: unknown) => {
          throw asUsageError(error, { port: controlPort, host: '127.0.0.1' })
        })
  await output.emit({
    event: 'ready',
    endpoint: server.endpoint,
    accessKeyId: server.credentials.accessKeyId,
    ...(own === undefined && { secretAccessKey: server.credentials.secretAccessKey }),
    ...(options.data !== undefined && { dataDir: options.data }),
    ...(control !== undefined && { control: control.url }),
  })
  if (!signal.aborted) await once(signal, 'abort')
  // Ctrl-C is the regular end of a server, not an interruption.
  return exitCodes.ok
}

/** The environment's pair, else the default one, and the pairs of `--key`. */
const credentialsOf = (own: KeyPair | undefined, keys: readonly KeyPair[], defaults: KeyPair) => {
  if (keys.length > 0) return { credentials: [own ?? defaults, ...keys] }
  return own === undefined ? {} : { credentials: own }
}

const ownCredentials = (env: Readonly<Record<string, string | undefined>>) => {
  const accessKeyId = env.R2_ACCESS_KEY_ID
  const secretAccessKey = env.R2_SECRET_ACCESS_KEY
  if (!accessKeyId && !secretAccessKey) return undefined
  if (accessKeyId && secretAccessKey) return { accessKeyId, secretAccessKey }
  throw new UsageError('Only one of R2_ACCESS_KEY_ID and R2_SECRET_ACCESS_KEY is set.', 'Set both or neither.')
}

/** Translates an error of the operating system into the option that causes it. */
const asUsageError = (error: unknown, { port, host }: Pick<LocalOptions, 'port' | 'host'>): unknown => {
  const notLocal = new UsageError(
    `--host ${host} is not an address of this machine.`,
    'Leave out --host to accept only local connections, or use 0.0.0.0 for all addresses of this machine.',
  )
  switch (systemErrorCode(error)) {
    case 'EADDRINUSE':
      return new UsageError(`Port ${port} is in use.`, 'Choose another port, or --port 0 for a free one.')
    case 'EACCES':
      return new UsageError(
        `This user is not permitted to listen on port ${port}.`,
        'Choose a port from 1024, or --port 0 for a free one.',
      )
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return notLocal
    default:
      return error
  }
}

const help = `
Examples:
  $ r2 local
  $ r2 local --data ./r2-data --port 9001
  $ r2 local --key $READER_ID:$READER_SECRET:read@photos,films
  $ r2 local --port 0 --json | jq -r .endpoint
  $ r2 local --fault kind=reset-after-commit,operation=PutObject,rate=0.1 --control-port 9001`
