import type { Command } from 'commander'
import { parseR2Address } from '../arguments/address.js'
import { type ExitCode, exitCodes } from '../errors/exit-codes.js'
import type { CommandContext, Run } from './command.js'

export const define = (command: Command, run: Run): void => {
  command
    .description(
      'Counts the objects whose keys start with the prefix, and adds up their sizes. Sends one request for every 1,000 objects.',
    )
    .argument('<address>', 'r2://bucket or r2://bucket/prefix')
    .addHelpText('after', help)
    .action((address: string) => run((context) => printUsage(context, address)))
}

const printUsage = async ({ connect, output, signal }: CommandContext, address: string): Promise<ExitCode> => {
  const { bucket, key: prefix } = parseR2Address(address)
  const r2 = await connect()
  let objects = 0
  let bytes = 0
  for await (const { size } of r2.objects.listAll({ bucket, prefix }, { signal })) {
    objects += 1
    bytes += size
  }
  await output.emit({ event: 'usage', bucket, prefix, objects, bytes })
  return exitCodes.ok
}

const help = `
r2://b/log counts log.txt, log/a and logs/b; r2://b/log/ counts only the folder log.

Examples:
  $ r2 du r2://photos
  $ r2 du r2://photos/2026/ --json | jq .bytes`
