import type { Command } from 'commander'
import { parseObjectAddress } from '../address.js'
import type { CommandContext } from '../context.js'
import { type ExitCode, exitCodes } from '../exit-codes.js'
import type { Run } from '../main.js'
import { UsageError } from '../usage-error.js'

export const define = (command: Command, run: Run): void => {
  command
    .description(
      'Prints objects on standard output, one after the other, byte for byte. Length and MD5 are verified as the bytes pass; ' +
        'if they are wrong the exit code says so, though the bytes are out by then. A reader that has had enough ends it.',
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
