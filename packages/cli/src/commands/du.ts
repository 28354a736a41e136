import type { Command } from 'commander'
import { parseR2Address } from '../address.js'
import type { CommandContext } from '../context.js'
import { type ExitCode, exitCodes } from '../exit-codes.js'
import type { Run } from '../main.js'

export const define = (command: Command, run: Run): void => {
  command
    .description(
      'Counts the objects whose keys start with what is written, and adds up their bytes. It lists them all: one request per 1,000 objects.',
    )
    .argument('<address>', 'r2://bucket or r2://bucket/prefix')
    .addHelpText('after', help)
    .action((address: string) => run((context) => addUp(context, address)))
}

const addUp = async ({ connect, output, signal }: CommandContext, address: string): Promise<ExitCode> => {
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
Examples:
  $ r2 du r2://photos
  $ r2 du r2://photos/2026/ --json | jq .bytes`
