/** The command line of `r2` in commander: global options, general help, and the translation of commander's errors. */
import { createRequire } from 'node:module'
import { Command, type CommanderError } from 'commander'
import type { ConfigurationOptions } from './connection/configuration.js'
import { UsageError } from './errors/error-kinds.js'
import { exitCodeMeanings } from './errors/exit-codes.js'
import type { Io } from './process/io.js'

/** Options of all commands. */
export interface GlobalOptions extends ConfigurationOptions {
  readonly json?: boolean
  readonly quiet?: boolean
  readonly verbose?: boolean
  readonly debug?: boolean
}

/** Creates the program with its global options and without commands. */
export const createProgram = (io: Io): Command =>
  new Command('r2')
    .description('Copy files to, from and between Cloudflare R2 buckets, or run a local R2 server.')
    .version(version(), '--version', 'print the version')
    .helpOption('-h, --help', 'print the help of the command')
    .helpCommand('help [command]', 'print the help of a command')
    .option('--config <file>', 'configuration file in YAML (default: R2_CONFIG)')
    .option(
      '--profile <name>',
      'profile of the configuration file or, without one, of the AWS credentials file (default: R2_PROFILE)',
    )
    .option('--endpoint <url>', 'S3 endpoint (default: R2_ENDPOINT, or that of the account)')
    .option('--account-id <id>', 'Cloudflare account ID, 32 hex characters (default: R2_ACCOUNT_ID)')
    .option('--jurisdiction <name>', 'jurisdiction of the buckets: eu, fedramp or us (default: R2_JURISDICTION)')
    .option('--access-key-id <id>', 'access key ID (default: R2_ACCESS_KEY_ID)')
    .option(
      '--secret-access-key <secret>',
      'secret access key (default: R2_SECRET_ACCESS_KEY; prefer the variable, because other users can read command lines)',
    )
    .option(
      '--session-token <token>',
      'token of temporary credentials (default: R2_SESSION_TOKEN; prefer the variable)',
    )
    .option(
      '--allow-insecure-endpoint',
      'permit plain HTTP to an endpoint on another machine (default: R2_ALLOW_INSECURE_ENDPOINT)',
    )
    .option('--json', 'print results as JSON lines on standard output')
    .option('-q, --quiet', 'print only results and errors')
    .option('-v, --verbose', 'print a line for every processed object')
    .option('--debug', 'print the stack trace of an error')
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false })
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      // `main` reports these errors in the same form as all others.
      outputError: () => undefined,
      getOutHelpWidth: () => io.columns ?? 80,
      getErrHelpWidth: () => io.columns ?? 80,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .addHelpText('after', generalHelp)
    .exitOverride()

const version = (): string => {
  const manifest: unknown = createRequire(import.meta.url)('@r2kit/cli/package.json')
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest ? String(manifest.version) : ''
}

/** Whether commander has printed help or the version. For a command line without a command, it prints help as an error. */
export const isHelp = ({ code }: CommanderError): boolean =>
  ['commander.help', 'commander.helpDisplayed', 'commander.version'].includes(code)

/**
 * Translates an error of commander.
 *
 * @param command the command of the command line, if known
 */
export const asUsageError = ({ message }: CommanderError, command: string | undefined): UsageError => {
  const [first = '', ...more] = message.replace(/^error: /, '').split('\n')
  const suggestion = more.map((line) => line.replace(/^\((.*)\)$/, '$1')).filter((line) => line !== '')
  return new UsageError(`${first.replace(/\.$/, '')}.`, [...suggestion, helpHint(command)].join(' '))
}

/** The hint to read the help of a command, or the general help. */
export const helpHint = (command?: string): string =>
  command === undefined ? 'Run r2 --help for a list of commands.' : `Run r2 ${command} --help for usage.`

const generalHelp = `
Addresses:
  r2://bucket/key   an object; the key is literal, without decoding or escaping
  -                 standard input or output
  anything else     a local path

Precedence of settings:
  options above, the profile, environment variables, the configuration file, defaults
  r2 config show prints each setting and where it comes from.

Environment variables:
  R2_ACCOUNT_ID or R2_ENDPOINT, R2_JURISDICTION, R2_ALLOW_INSECURE_ENDPOINT
  R2_ACCESS_KEY_ID, R2_SECRET_ACCESS_KEY, R2_SESSION_TOKEN
  R2_CONFIG, R2_PROFILE, and one for each setting: R2_TIMEOUTS_CONNECT_SECONDS, ...

Output:
  Control characters in keys and messages are printed as escapes (\\u001b), also in pipes. Use --json for the exact text.

Exit codes:
${exitCodeMeanings.map(([code, meaning]) => `  ${String(code).padEnd(4)} ${meaning}`).join('\n')}

Example with a local server (r2 local prints the values to export):
  $ r2 local
  $ export R2_ENDPOINT=http://127.0.0.1:9000 R2_ACCESS_KEY_ID=… R2_SECRET_ACCESS_KEY=…
  $ r2 mb r2://photos && r2 cp -r ./photos r2://photos && r2 ls r2://photos`
