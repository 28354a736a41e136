import type { Command } from 'commander'
import type { Run } from '../main.js'
import { addTransferOptions, type TransferOptions, transfer } from './transfer-options.js'

export const define = (command: Command, run: Run): void => {
  addTransferOptions(command)
    .description(
      'Copies a file to R2, an object to a file, or an object to another one on the server. Uploads are verified by their ' +
        'MD5. A download is written beside its place, compared with the ETag of the object, and only then it takes its name. What ' +
        'was interrupted goes on where it stopped. A recursive copy goes on after a failure, reports it, and ends with 1.',
    )
    .addHelpText('after', help)
    .action((source: string, target: string, options: TransferOptions) =>
      run((context) => transfer(context, 'cp', source, target, options)),
    )
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

Interrupted:
  The same command goes on with what has arrived of files in parts (from 100 MiB up, of objects from 16 MiB down), and says so.
  It is checked before it counts, and a file that has changed is sent anew. Notes are kept in $XDG_STATE_HOME/r2kit
  (~/.local/state/r2kit). r2 uploads shows what is unfinished on the server.

Pipes:
  - as the source takes any length up to 156 GiB, in parts of 16 MiB. - as the target prints the object; if what was printed
  turns out to be wrong, the exit code says so.

Examples:
  $ r2 cp report.pdf r2://docs/2026/                       docs/2026/report.pdf
  $ r2 cp -r ./site r2://www --cache-control 'max-age=300'
  $ r2 cp -r r2://www ./site --no-clobber --dry-run
  $ r2 cp r2://docs/a.pdf r2://archive/a.pdf --storage-class STANDARD_IA
  $ tar c dir | zstd | r2 cp - r2://backup/dir.tar.zst`
