import type { Command } from 'commander'
import { parseAddress } from '../arguments/address.js'
import { UsageError } from '../errors/error-kinds.js'
import type { Run } from './command.js'
import { addTransferOptions, type TransferOptions, transfer } from './transfer-options.js'

export const define = (command: Command, run: Run): void => {
  addTransferOptions(command)
    .argument('<source>', 'r2://bucket/key, or a local path')
    .argument('<target>', 'r2://bucket/key, or a local path')
    .description(
      'Copies by the rules of r2 cp, and deletes each source after its copy is verified. The source of a failed or skipped copy ' +
        'is kept. Local folders that become empty are kept, too.',
    )
    .addHelpText('after', help)
    .action((source: string, target: string, options: TransferOptions) =>
      run((context) => {
        if (options.recursive !== true) rejectSameObject(source, target, options.exact === true)
        return transfer(context, 'mv', parseAddress(source), target, options)
      }),
    )
}

/** Rejects a move of an object onto itself, which would delete it. */
const rejectSameObject = (sourceText: string, targetText: string, exact: boolean): void => {
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
