import type { Command } from 'commander'
import { parseBucketAddress } from '../address.js'
import type { CommandContext } from '../context.js'
import { type ExitCode, exitCodes } from '../exit-codes.js'
import type { Run } from '../main.js'
import { oneOf } from '../option-values.js'

type Location = 'apac' | 'eeur' | 'enam' | 'oc' | 'weur' | 'wnam'
// developers.cloudflare.com/r2/reference/data-location
const locations: readonly Location[] = ['apac', 'eeur', 'enam', 'oc', 'weur', 'wnam']

interface MakeOptions {
  readonly location?: Location
}

export const define = (command: Command, run: Run): void => {
  command
    .description(
      'Makes a bucket. Names have 3 to 63 lower-case letters, digits and hyphens. R2 chooses its region, unless --location names one.',
    )
    .argument('<bucket>', 'r2://bucket')
    .option(
      '--location <hint>',
      `the region that it should lie in: ${locations.join(', ')}`,
      oneOf('--location', locations),
    )
    .addHelpText('after', help)
    .action((address: string, options: MakeOptions) => run((context) => makeBucket(context, address, options)))
}

const makeBucket = async (
  { connect, output, signal }: CommandContext,
  address: string,
  { location }: MakeOptions,
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
