import type { Command } from 'commander'
import { parseAddress } from '../address.js'
import type { Run } from '../main.js'
import { UsageError } from '../usage-error.js'
import { addTransferOptions, type TransferOptions, transfer } from './transfer-options.js'

export const define = (command: Command, run: Run): void => {
  addTransferOptions(command)
    .argument('<source>', 'r2://bucket/key, or a path')
    .argument('<target>', 'r2://bucket/key, or a path')
    .description(
      'Copies as `r2 cp` does, by the same rules, and deletes each source once its copy is there and verified. What could ' +
        'not be copied keeps its source. Local folders that have become empty stay.',
    )
    .addHelpText('after', help)
    .action((source: string, target: string, options: TransferOptions) =>
      run((context) => {
        if (options.recursive !== true) refuseSameObject(source, target, options.exact === true)
        return transfer(context, 'mv', parseAddress(source), target, options)
      }),
    )
}

/** A move onto itself would be a deletion. */
const refuseSameObject = (sourceText: string, targetText: string, exact: boolean): void => {
  const source = parseAddress(sourceText)
  const target = parseAddress(targetText)
  if (source.kind !== 'r2' || target.kind !== 'r2' || source.bucket !== target.bucket) return
  const folder = source.key.slice(0, source.key.lastIndexOf('/') + 1)
  if (source.key === target.key || (!exact && target.key === folder)) {
    throw new UsageError('Source and target are the same.', 'Choose another target.')
  }
}

const help = `
Examples:
  $ r2 mv r2://docs/draft.pdf r2://docs/final.pdf
  $ r2 mv -r ./recordings r2://archive/2026
  $ r2 mv -r r2://inbox/done ./done --dry-run`
