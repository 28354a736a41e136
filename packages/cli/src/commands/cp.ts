import type { Command } from 'commander'
import { formatR2Address, parseAddress, parseR2Address } from '../arguments/address.js'
import { UsageError } from '../errors/error-kinds.js'
import type { ExitCode } from '../errors/exit-codes.js'
import type { CommandContext, Run } from './command.js'
import { addTransferOptions, integrityHelp, type TransferOptions, transfer } from './transfer-options.js'

interface CopyOptions extends TransferOptions {
  readonly fromCommand?: boolean
}

export const define = (command: Command, run: Run): void => {
  addTransferOptions(command)
    .usage('[options] <source> <target>\n       r2 cp [options] --from-command <target> -- <program> [argument...]')
    // Optional for commander, because `--from-command` takes the place of the source. `twoAddresses` requires both.
    .argument('[source]', 'r2://bucket/key, a local path, or - for standard input')
    .argument('[target]', 'r2://bucket/key, a local path, or - for standard output')
    .argument('[program...]', 'with --from-command: the program to run, and its arguments')
    .option('--from-command', 'upload the output of a program; store nothing if the program fails')
    .description(
      'Uploads a file, downloads an object, or copies an object to another one on the server. Every upload is verified by a ' +
        'checksum that R2 stores with it. A download is written to a temporary file next to its target, verified by that checksum ' +
        'or the ETag of the object, and then renamed. Interrupted transfers resume when the same command runs again. A recursive copy reports failed objects, ' +
        'continues with the others, and exits with code 1.',
    )
    .addHelpText('after', help)
    .action(() => {
      const options = command.opts<CopyOptions>()
      const operands = command.args
      if (options.fromCommand !== true) {
        const [source, target] = twoAddresses(operands)
        return run((context) => transfer(context, 'cp', parseAddress(source), target, options))
      }
      return run((context) => copyFromProgram(context, operands, options))
    })
}

const twoAddresses = (operands: readonly string[]): readonly [source: string, target: string] => {
  const [source, target, ...more] = operands
  const missing = source === undefined ? 'source' : 'target'
  if (source === undefined || target === undefined)
    throw new UsageError(`missing required argument '${missing}'.`, 'Write r2 cp <source> <target>.')
  if (more.length === 0) return [source, target]
  throw new UsageError(
    `too many arguments: cp requires a source and a target, but there are ${operands.length} arguments.`,
    'Copy a folder with --recursive, or run the command once for each file.',
  )
}

const fromCommandUsage = 'Write r2 cp --from-command r2://bucket/key -- program argument…'

const copyFromProgram = async (
  context: CommandContext,
  operands: readonly string[],
  options: CopyOptions,
): Promise<ExitCode> => {
  const programAndArguments = context.argumentsAfterDashes
  const [target, ...more] = operands.slice(0, operands.length - programAndArguments.length)
  if (target === undefined) throw new UsageError('--from-command has no target.', fromCommandUsage)
  if (more.length > 0 || programAndArguments.length === 0)
    throw new UsageError('--from-command requires one address, then --, then the program.', fromCommandUsage)
  const [program = ''] = programAndArguments
  if (program === '') throw new UsageError('The program of --from-command is empty.', fromCommandUsage)
  for (const option of ['recursive', 'followSymlinks'] as const) {
    if (options[option] === true)
      throw new UsageError('The output of a program is one object.', 'Leave out --recursive and --follow-symlinks.')
  }
  const { bucket, key } = parseR2Address(target)
  const { startProgram } = await import('../transfer/program-source.js')
  const { env, stderr } = context.io
  const start = () => startProgram(programAndArguments, { env, stderr })
  return transfer(context, 'cp', { kind: 'program', program, start }, formatR2Address(bucket, key), options)
}

const help = `
One object:
  A target that ends in /, is a bucket, or is an existing local folder is a folder: the object or file keeps its name in it.
  Any other target is the new name. --exact uses the target unchanged, for keys that end in /.

Folders (--recursive):
  The contents of a folder are copied, never the folder itself. A trailing / on either address makes no difference.
  r2 cp -r photos r2://backup/2026 uploads photos/a.jpg to backup/2026/a.jpg; r2 cp -r r2://backup/2026 photos restores it.
  r2://b/log means the keys log/…, not logs/….
  R2 stores only objects: empty folders are reported and skipped. An empty object whose key ends in / creates an empty folder.
  Symbolic links (without --follow-symlinks), devices, pipes and sockets are reported and skipped. Unreadable files and names
  that are not UTF-8 fail.
  A download writes only inside its folder. A key that is no path in it fails: ../x, /x, a//b, names that the system does not
  allow, paths through a symbolic link. So does the second of two keys that this file system maps to one name.
  Memory use does not depend on the number of files.

Resume:
  Uploads in parts (files from 100 MiB, or larger than --part-size) and downloads (in folders: of objects from 16 MiB) resume
  when the same command runs again. Transferred parts are verified before they are reused; a file that has changed is
  transferred again. Journals are stored in $XDG_STATE_HOME/r2kit (default: ~/.local/state/r2kit). r2 uploads ls lists
  unfinished uploads on the server.

${integrityHelp.trimStart()}

Pipes:
  With - as the source, the length is unknown and limited to 156 GiB, or 10,000 times --part-size. With - as the target, the
  object is printed; if verification fails after the last byte, the exit code is 5. In program | r2 cp - …, a failure of the
  program is not visible to r2, and its incomplete output is stored. pipefail reports the failure only after that.

Programs (--from-command):
  r2 runs the program without a shell and with empty standard input, and uploads its standard output. The object is created
  only after the program has exited with code 0. If the program cannot be started, exits with another code or is killed by a
  signal, nothing is stored, an existing object stays unchanged, and r2 exits with code 6. For a pipeline, run a shell:
  -- bash -c 'set -o pipefail; pg_dump shop | zstd'

Examples:
  $ r2 cp report.pdf r2://docs/2026/                       # creates docs/2026/report.pdf
  $ r2 cp -r ./site r2://www --cache-control 'max-age=300'
  $ r2 cp -r r2://www ./site --no-clobber --dry-run
  $ r2 cp r2://docs/a.pdf r2://archive/a.pdf --storage-class STANDARD_IA
  $ tar c dir | zstd | r2 cp - r2://backup/dir.tar.zst
  $ r2 cp --from-command r2://backup/shop.dump -- pg_dump --format=custom shop`
