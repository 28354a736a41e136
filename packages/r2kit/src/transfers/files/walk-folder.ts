/**
 * Walks a local folder in the order in which R2 lists keys: by their UTF-8 bytes. Entries that cannot be a key are reported with the
 * reason, because a file that is silently left out is lost data.
 *
 * Memory holds the names of the folders from the root down to the current one, and at most `namesMax` of each.
 */
import type { Dir, Dirent } from 'node:fs'
import { opendir, realpath, stat } from 'node:fs/promises'
import { sep } from 'node:path'

export type WalkEntry =
  /** `name` is the path below the root, with `/` between its segments on every platform. */
  | { readonly kind: 'file'; readonly path: string; readonly name: string }
  | { readonly kind: 'skipped'; readonly path: string; readonly reason: WalkSkipReason }
  | { readonly kind: 'failed'; readonly path: string; readonly error: unknown }

/**
 * Why an entry of a folder is skipped: a symbolic link; a link to a folder that contains it; a device, pipe or socket; a folder
 * without content, for which R2 has no object.
 */
export type WalkSkipReason = 'symbolic-link' | 'link-loop' | 'special-file' | 'empty-folder'

export interface WalkOptions {
  /** Whether symbolic links are replaced by what they point to. Otherwise they are skipped. @defaultValue false */
  readonly followLinks?: boolean
  /** Most names of one folder that are sorted together; a larger folder is walked in several sorted runs. @defaultValue 16_384 */
  readonly namesMax?: number
}

/**
 * A name decoded as Latin-1, one character per byte: names compare by their bytes, and names that are not UTF-8 are preserved. The
 * name of a folder ends in `/`, as in the keys below it. An entry that is neither file nor folder ends in NUL and a mark: no name
 * contains NUL, and it sorts like the end of the name.
 */
type MarkedName = string
const linkMark = '\0l'
const specialMark = '\0s'

interface OpenFolder {
  readonly path: string
  /** The path with a separator at the end. */
  readonly base: string
  /** The prefix of the names below it: empty, or with `/` at the end. */
  readonly prefix: string
  /** Where links are followed: the real paths from the root to this folder. A link to one of them is a loop. */
  readonly ancestors: readonly string[]
  /** Undefined when all of its names have been read. */
  dir: Dir | undefined
  names: MarkedName[]
  at: number
}

export async function* walkFolder(
  root: string,
  { followLinks = false, namesMax = 16_384 }: WalkOptions = {},
): AsyncGenerator<WalkEntry> {
  const stack: OpenFolder[] = []
  try {
    yield* enter(stack, root, '', followLinks ? [await realpath(root)] : [])
    for (let folder = stack.at(-1); folder !== undefined; folder = stack.at(-1)) {
      if (folder.at === folder.names.length) {
        if (folder.dir === undefined) stack.pop()
        else yield* readNames(folder, namesMax, followLinks)
        continue
      }
      const marked = folder.names[folder.at++] ?? ''
      const name = decodeName(marked)
      const path = folder.base + (name ?? Buffer.from(unmarked(marked), 'latin1').toString())
      if (name === undefined) yield { kind: 'failed', path, error: new Error('the name is not UTF-8') }
      else if (marked.endsWith('/')) yield* enterBelow(stack, folder, path, name, followLinks)
      else if (marked.endsWith(linkMark)) yield await inspectLink(path, followLinks)
      else if (marked.endsWith(specialMark)) yield { kind: 'skipped', path, reason: 'special-file' }
      else yield { kind: 'file', path, name: folder.prefix + name }
    }
  } finally {
    for (const { dir } of stack) await dir?.close()
  }
}

async function* enterBelow(
  stack: OpenFolder[],
  folder: OpenFolder,
  path: string,
  name: string,
  followLinks: boolean,
): AsyncGenerator<WalkEntry> {
  let { ancestors } = folder
  if (followLinks) {
    try {
      const real = await realpath(path)
      if (ancestors.includes(real)) return yield { kind: 'skipped', path, reason: 'link-loop' }
      ancestors = [...ancestors, real]
    } catch (error) {
      return yield { kind: 'failed', path, error }
    }
  }
  yield* enter(stack, path, `${folder.prefix}${name}/`, ancestors)
}

async function* enter(
  stack: OpenFolder[],
  path: string,
  prefix: string,
  ancestors: readonly string[],
): AsyncGenerator<WalkEntry> {
  try {
    const dir = await opendir(path, { encoding: 'latin1', bufferSize: 256 })
    const base = path.endsWith(sep) ? path : path + sep
    stack.push({ path, base, prefix, ancestors, dir, names: [], at: 0 })
  } catch (error) {
    yield { kind: 'failed', path, error }
  }
}

/** Reads the next names of the folder, usually all of them, and sorts them. */
async function* readNames(folder: OpenFolder, namesMax: number, followLinks: boolean): AsyncGenerator<WalkEntry> {
  const { dir, path } = folder
  let isFirst = folder.names.length === 0
  folder.names = []
  folder.at = 0
  try {
    while (dir !== undefined && folder.names.length < namesMax) {
      const entry = await dir.read()
      if (entry === null) {
        folder.dir = undefined
        await dir.close()
        break
      }
      folder.names.push(await markedName(folder.base, entry, followLinks))
    }
  } catch (error) {
    // The names that were read are still yielded.
    folder.dir = undefined
    await dir?.close().catch(() => undefined)
    yield { kind: 'failed', path, error }
    isFirst = false
  }
  // By code units, each of which is a byte.
  folder.names.sort()
  if (isFirst && folder.names.length === 0) yield { kind: 'skipped', path, reason: 'empty-folder' }
}

const markedName = async (base: string, entry: Dirent, followLinks: boolean): Promise<MarkedName> => {
  const { name } = entry
  if (entry.isFile()) return name
  if (entry.isDirectory()) return `${name}/`
  if (!entry.isSymbolicLink()) return name + specialMark
  // A link to a folder is sorted as a folder.
  const found = followLinks ? await targetOf(base + Buffer.from(name, 'latin1').toString()) : undefined
  if (found === undefined) return name + linkMark
  if (found.isDirectory()) return `${name}/`
  return found.isFile() ? name : name + specialMark
}

/** Undefined for a broken link, which is reported in its turn. */
const targetOf = (path: string) => stat(path).catch(() => undefined)

const inspectLink = async (path: string, followLinks: boolean): Promise<WalkEntry> => {
  if (!followLinks) return { kind: 'skipped', path, reason: 'symbolic-link' }
  try {
    await stat(path)
    return { kind: 'failed', path, error: new Error('the link changed while the folder was walked') }
  } catch (error) {
    return { kind: 'failed', path, error }
  }
}

const unmarked = (marked: MarkedName): string =>
  marked.endsWith('/') ? marked.slice(0, -1) : (marked.split('\0', 1)[0] ?? '')

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
// biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII as a whole is meant
const ascii = /^[\x00-\x7f]*$/

/** Returns the name as text; undefined where it is not UTF-8. */
const decodeName = (marked: MarkedName): string | undefined => {
  const name = unmarked(marked)
  if (ascii.test(name)) return name
  try {
    return utf8.decode(Buffer.from(name, 'latin1'))
  } catch {
    // The decoder fails only for names that are not UTF-8.
    return undefined
  }
}
