import type { Command } from 'commander'
import { parseObjectAddress } from '../arguments/address.js'
import { UsageError } from '../errors/error-kinds.js'
import { type ExitCode, exitCodes } from '../errors/exit-codes.js'
import type { CommandContext, Run } from './command.js'

export const define = (command: Command, run: Run): void => {
  command
    .description(
      'Prints the bytes of one or more objects on standard output, in the order of the arguments. Length and checksum are ' +
        'verified while the bytes pass, so a mismatch is reported after they have been printed, with exit code 5. The command ends ' +
        'when the reader closes the pipe.',
    )
    .argument('<address...>', 'r2://bucket/key, one or more')
    .addHelpText('after', help)
    .action((addresses: string[]) => run((context) => printObjects(context, addresses)))
}

const printObjects = async (
  { io, connect, output, signal }: CommandContext,
  addresses: readonly string[],
): Promise<ExitCode> => {
  if (output.options.json) throw new UsageError('The output of cat is the object itself.', 'Leave out --json.')
  const objects = addresses.map(parseObjectAddress)
  const r2 = await connect()
  const { printOne } = await import('../transfer/one-object.js')
  for (const { bucket, key } of objects) {
    await printOne(r2, { kind: 'object', bucket, key }, io.stdout, signal)
  }
  return exitCodes.ok
}

const help = `
Examples:
  $ r2 cat r2://logs/2026-11-22.json.gz | zcat | head
  $ r2 cat r2://parts/aa r2://parts/ab > whole`
