import type { Command } from 'commander'
import { formatR2Address, parseAddress, parseR2Address } from '../address.js'
import type { CommandContext } from '../context.js'
import type { ExitCode } from '../exit-codes.js'
import type { Run } from '../main.js'
import { UsageError } from '../usage-error.js'
import { addTransferOptions, type TransferOptions, transfer } from './transfer-options.js'

interface CopyOptions extends TransferOptions {
  readonly fromCommand?: boolean
}

export const define = (command: Command, run: Run): void => {
  addTransferOptions(command)
    .usage('[options] <source> <target>\n       r2 cp [options] --from-command <target> -- <program> [argument...]')
    // Not required for commander, which cannot know that --from-command takes the place of the source.
    .argument('[source]', 'r2://bucket/key, a path, or - for standard input')
    .argument('[target]', 'r2://bucket/key, a path, or - for standard output')
    .argument('[program...]', 'with --from-command: the program to run, and its arguments')
    .option('--from-command', 'upload the output of a program; nothing is stored if it fails')
    .description(
      'Copies a file to R2, an object to a file, or an object to another one on the server. Uploads are verified by their ' +
        'MD5. A download is written to a temporary file beside its target, compared with the ETag of the object, and then renamed. ' +
        'Interrupted transfers resume. A recursive copy continues after a failure, reports it, and ends with 1.',
    )
    .addHelpText('after', help)
    .action(() => {
      const options = command.opts<CopyOptions>()
      const operands = command.args
      if (options.fromCommand !== true) {
        const [source, target] = twoAddresses(operands)
        return run((context) => transfer(context, 'cp', parseAddress(source), target, options))
      }
      return run((context) => copyFromCommand(context, operands, options))
    })
}

const twoAddresses = (operands: readonly string[]): readonly [source: string, target: string] => {
  const [source, target, ...more] = operands
  const missing = source === undefined ? 'source' : 'target'
  if (source === undefined || target === undefined)
    throw new UsageError(`missing required argument '${missing}'.`, 'Write r2 cp <source> <target>.')
  if (more.length === 0) return [source, target]
  throw new UsageError(
    `too many arguments: cp takes a source and a target, but it was given ${operands.length}.`,
    'Copy a folder with --recursive, or each file with a command of its own.',
  )
}

const fromCommandForm = 'Write r2 cp --from-command r2://bucket/key -- program argument…'

const copyFromCommand = async (
  context: CommandContext,
  operands: readonly string[],
  options: CopyOptions,
): Promise<ExitCode> => {
  const words = context.wordsAfterDashes
  const [target, ...more] = operands.slice(0, operands.length - words.length)
  if (target === undefined) throw new UsageError('--from-command has no target.', fromCommandForm)
  if (more.length > 0 || words.length === 0)
    throw new UsageError('--from-command takes one address, then --, then the program.', fromCommandForm)
  const [program = ''] = words
  if (program === '') throw new UsageError('The program of --from-command is empty.', fromCommandForm)
  for (const option of ['recursive', 'followSymlinks'] as const) {
    if (options[option] === true)
      throw new UsageError('The output of a program is one object.', 'Leave out --recursive and --follow-symlinks.')
  }
  const { bucket, key } = parseR2Address(target)
  const { startCommand } = await import('../transfer/run-command.js')
  const { env, stderr } = context.io
  const start = () => startCommand(words, { env, stderr })
  return transfer(context, 'cp', { kind: 'command', program, start }, formatR2Address(bucket, key), options)
}

const help = `
One object:
  A target that ends in / (or is a bucket, or an existing local folder) is a folder, and the source's name goes into it.
  Any other target is the new name. --exact takes the target as it is, for keys that end in /.

Folders (--recursive):
  What the folder holds is copied, never the folder itself, and a / at the end changes nothing:
  r2 cp -r photos r2://backup/2026 makes backup/2026/a.jpg of photos/a.jpg, and r2 cp -r r2://backup/2026 photos brings it back.
  r2://b/log means log/…, not logs/….
  R2 has objects only: empty folders are reported and left out. A key that ends in / and has no content makes an empty folder.
  Symbolic links are reported and left out (see --follow-symlinks); devices, pipes and sockets too. Unreadable files and names
  that are not UTF-8 are failures.
  A download stays in its folder. A key that is no path below it (../x, /x, a//b, a name that this system cannot have, a way
  through a symbolic link) is a failure, and so is the second of two keys that this file system takes for one name.
  Memory does not grow with the number of files.

Interrupted transfers:
  The same command resumes files in parts (from 100 MiB up, of objects from 16 MiB down), and prints that it does. What has
  arrived is checked before it counts, and a file that has changed is sent again. Journals are kept in $XDG_STATE_HOME/r2kit
  (~/.local/state/r2kit). r2 uploads shows what is unfinished on the server.

Pipes:
  - as the source takes any length up to 156 GiB, in parts of 16 MiB. - as the target prints the object; if what was printed
  turns out to be wrong, the exit code says so. A program that fails half-way only ends its output early, so that through a
  pipe (program | r2 cp - …) its incomplete output becomes the object, with pipefail too: that reports the failure after r2
  has stored the object.

Programs (--from-command):
  r2 starts the program itself, without a shell and without standard input, uploads its standard output, and makes the object
  only after the program has ended with exit code 0. If it cannot be started, ends with another code or by a signal, nothing is
  stored, the object that was there stays, and r2 ends with 6. For a pipeline run a shell:
  -- bash -c 'set -o pipefail; pg_dump shop | zstd'

Examples:
  $ r2 cp report.pdf r2://docs/2026/                       docs/2026/report.pdf
  $ r2 cp -r ./site r2://www --cache-control 'max-age=300'
  $ r2 cp -r r2://www ./site --no-clobber --dry-run
  $ r2 cp r2://docs/a.pdf r2://archive/a.pdf --storage-class STANDARD_IA
  $ tar c dir | zstd | r2 cp - r2://backup/dir.tar.zst
  $ r2 cp --from-command r2://backup/shop.dump -- pg_dump --format=custom shop`
