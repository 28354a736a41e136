import type { Command } from 'commander'
import { parseBucketAddress } from '../arguments/address.js'
import { oneOf } from '../arguments/option-values.js'
import { type ExitCode, exitCodes } from '../errors/exit-codes.js'
import type { CommandContext, Run } from './command.js'

type LocationHint = 'apac' | 'eeur' | 'enam' | 'oc' | 'weur' | 'wnam'
// developers.cloudflare.com/r2/reference/data-location
const locationHints: readonly LocationHint[] = ['apac', 'eeur', 'enam', 'oc', 'weur', 'wnam']

interface CreateOptions {
  readonly location?: LocationHint
}

export const define = (command: Command, run: Run): void => {
  command
    .description(
      'Creates a bucket. A name has 3 to 63 lower-case letters, digits and hyphens, and starts and ends with a letter or digit.',
    )
    .argument('<bucket>', 'r2://bucket')
    .option(
      '--location <hint>',
      `preferred region: ${locationHints.join(', ')} (default: chosen by R2)`,
      oneOf('--location', locationHints),
    )
    .addHelpText('after', help)
    .action((address: string, options: CreateOptions) => run((context) => createBucket(context, address, options)))
}

const createBucket = async (
  { connect, output, signal }: CommandContext,
  address: string,
  { location }: CreateOptions,
): Promise<ExitCode> => {
  const bucket = parseBucketAddress(address)
  const r2 = await connect()
  await r2.buckets.create({ bucket, ...(location !== undefined && { locationHint: location }) }, { signal })
  await output.emit({ event: 'bucket-created', bucket })
  return exitCodes.ok
}

const help = `
Examples:
  $ r2 mb r2://photos
  $ r2 mb r2://photos-eu --location weur`
