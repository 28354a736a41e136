import type { Command } from 'commander'
import { type ExitCode, exitCodes } from '../errors/exit-codes.js'
import type { CommandContext, Run } from './command.js'

export const define = (command: Command, run: Run): void => {
  command
    .description(
      'Checks a configuration file, or shows all settings and where they come from. The guide "Configuration from files and the ' +
        'environment" lists all fields.',
    )
    .addHelpText('after', help)
  command
    .command('show')
    .description(
      'Prints every setting that has a value: path, value and source (file and line, variable, option or default). Secrets are ' +
        'masked. Problems are printed after the settings, with exit code 2.',
    )
    .addHelpText('after', showHelp)
    .action(() => run(show))
  command
    .command('check')
    .description(
      'Checks a configuration file with the variables of this environment, and prints all problems: line, column, field, rule and ' +
        'correction. Sends no request. The exit code is 0 if there is no problem, else 2.',
    )
    .argument('<file>', 'path of the file')
    .addHelpText('after', checkHelp)
    .action((file: string) => run((context) => check(context, file)))
}

const show = async ({ configuration, output }: CommandContext): Promise<ExitCode> => {
  const { settings, problems } = await configuration()
  for (const setting of settings) await output.emit({ event: 'setting', ...setting })
  for (const problem of problems) await output.emit({ event: 'config-problem', ...problem })
  return problems.length === 0 ? exitCodes.ok : exitCodes.usage
}

const check = async ({ configuration, output }: CommandContext, file: string): Promise<ExitCode> => {
  const { problems } = await configuration(file)
  for (const problem of problems) await output.emit({ event: 'config-problem', ...problem })
  if (problems.length > 0) return exitCodes.usage
  await output.emit({ event: 'config-valid', file })
  return exitCodes.ok
}

const help = `
Examples:
  $ r2 config check r2.yaml
  $ r2 --config r2.yaml --profile staging config show`

const showHelp = `
Examples:
  $ r2 config show
  $ r2 --config r2.yaml config show --json | jq 'select(.source != "default")'`

const checkHelp = `
Examples:
  $ r2 config check r2.yaml
  $ R2_ACCOUNT_ID=... r2 config check r2.yaml --json | jq .hint`
