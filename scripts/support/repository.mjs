/** Shared by the checks: the folder that they check, and its files. */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const repository = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const generated = /(?:^|\/)(?:node_modules|dist|\.git)(?:\/|$)/

/**
 * The options of a check. `--root FOLDER` checks another folder than this repository, which the tests of the checks use.
 *
 * @param {Record<string, { type: 'string' | 'boolean' }>} options the check's own options
 * @returns {{ root: string, isRepository: boolean, values: Record<string, any>, positionals: string[] }}
 */
export const checkOptions = (options = {}) => {
  const { values, positionals } = parseArgs({
    options: { root: { type: 'string' }, ...options },
    allowPositionals: true,
  })
  const root = values.root === undefined ? repository : resolve(values.root)
  return { root, isRepository: root === repository, values, positionals }
}

/** Runs Git in a folder. Returns its output without the final line break, or `undefined` if it fails. */
export const git = (folder, ...parameters) => {
  const { status, stdout } = spawnSync('git', parameters, { cwd: folder, encoding: 'utf8' })
  return status === 0 ? stdout.trimEnd() : undefined
}

/** Paths of the files of a folder: without those that Git ignores or, outside of a Git repository, without generated ones. */
export const filesOf = (root) => {
  const tracked = existsSync(join(root, '.git'))
    ? git(root, 'ls-files', '--cached', '--others', '--exclude-standard')
    : undefined
  // A file that was deleted and not committed yet is still listed.
  if (tracked !== undefined) return tracked.split('\n').filter((path) => path !== '' && existsSync(join(root, path)))
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      relative(root, join(entry.parentPath ?? entry.path, entry.name))
        .split(sep)
        .join('/'),
    )
    .filter((path) => !generated.test(path))
}
