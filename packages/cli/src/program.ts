/** The command line of `r2` as commander has it: options of all commands, general help, and what its errors mean. */
import { createRequire } from 'node:module'
import { Command, type CommanderError } from 'commander'
import type { ConnectionOptions } from './connection-settings.js'
import { exitCodeMeanings } from './exit-codes.js'
import type { Io } from './io.js'
import { UsageError } from './usage-error.js'

export interface GlobalOptions extends ConnectionOptions {
  readonly json?: boolean
  readonly quiet?: boolean
  readonly verbose?: boolean
  readonly debug?: boolean
}

export const programFor = (io: Io): Command =>
  new Command('r2')
    .description('Copies files to, from and between Cloudflare R2 buckets, or runs a local R2 server.')
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
    .option('--allow-insecure-endpoint', 'use plain HTTP to an endpoint that is not on this machine')
    .option('--json', 'print one JSON object per line on standard output')
    .option('-q, --quiet', 'print results and errors only')
    .option('-v, --verbose', 'print a line for every object that is done')
    .option('--debug', 'print the stack of an error')
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false })
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      // `main` reports errors, in the form of all others and in JSON.
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

/** Whether commander has printed help or the version; without a command that is all it does, and an error. */
export const isHelp = ({ code }: CommanderError): boolean =>
  ['commander.help', 'commander.helpDisplayed', 'commander.version'].includes(code)

/**
 * An error of commander as ours.
 *
 * @param command the command that it is about, as far as it is known
 */
export const asUsageError = ({ message }: CommanderError, command: string | undefined): UsageError => {
  const [first = '', ...more] = message.replace(/^error: /, '').split('\n')
  const suggestion = more.map((line) => line.replace(/^\((.*)\)$/, '$1')).filter((line) => line !== '')
  return new UsageError(`${first.replace(/\.$/, '')}.`, [...suggestion, helpHint(command)].join(' '))
}

export const helpHint = (command?: string): string =>
  command === undefined ? 'r2 --help lists the commands.' : `r2 ${command} --help explains the command.`

const generalHelp = `
Addresses:
  r2://bucket/key   an object. The key stands as it is: nothing in it is decoded or escaped.
  -                 standard input or output
  anything else     a local path

Account and credentials, from the environment (or the options above, which come first):
  R2_ACCOUNT_ID or R2_ENDPOINT, R2_JURISDICTION
  R2_ACCESS_KEY_ID, R2_SECRET_ACCESS_KEY, R2_SESSION_TOKEN

Output:
  Control characters of keys and messages are printed as escapes (\\u001b), in pipes too. --json has the exact text.

Exit codes:
${exitCodeMeanings.map(([code, meaning]) => `  ${String(code).padEnd(4)} ${meaning}`).join('\n')}

Try it on this machine:
  $ r2 local
  $ export R2_ENDPOINT=http://127.0.0.1:9000 R2_ACCESS_KEY_ID=… R2_SECRET_ACCESS_KEY=…   (as r2 local printed them)
  $ r2 mb r2://photos && r2 cp -r ./photos r2://photos && r2 ls r2://photos`
