/**
 * Walks a local folder in the order in which R2 lists keys: by the bytes of their UTF-8. Whatever cannot be a key comes out
 * too, with the reason, because a file that is silently left out is lost data.
 *
 * Memory is that of the names of the folders on the way down, and of no folder more than `namesMax`.
 */
import type { Dir, Dirent } from 'node:fs'
import { opendir, realpath, stat } from 'node:fs/promises'
import { sep } from 'node:path'

export type WalkEntry =
  /** `name` is the path below the root with `/` between its segments, on every platform. */
  | { readonly kind: 'file'; readonly path: string; readonly name: string }
  | { readonly kind: 'skipped'; readonly path: string; readonly reason: WalkSkipReason }
  | { readonly kind: 'failed'; readonly path: string; readonly error: unknown }

export type WalkSkipReason = 'symbolic-link' | 'link-loop' | 'special-file' | 'empty-folder'

export interface WalkOptions {
  /** Whether what a symbolic link points to comes in its place. @defaultValue false: links are reported */
  readonly followLinks?: boolean
  /** Names of one folder that are sorted at once; more come out in several sorted runs. @defaultValue 16,384 */
  readonly namesMax?: number
}

/**
 * A name read as Latin-1 has one character per byte, so that names compare as their bytes, and those that are not UTF-8 are
 * seen and not mangled. A folder's name ends in `/`, as in the keys below it. What is neither file nor folder ends in a
 * mark, behind a NUL, which no name can hold and which sorts like the name's end.
 */
type MarkedName = string
const linkMark = '\0l'
const specialMark = '\0s'

interface OpenFolder {
  readonly path: string
  /** The path with a separator at its end. */
  readonly base: string
  /** Of the names below it: empty, or with `/` at its end. */
  readonly prefix: string
  /** Real paths from the root to here, where links are followed: a link to one of them is a loop. */
  readonly ancestors: readonly string[]
  /** Undefined when it has been read to its end. */
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
      else if (marked.endsWith(linkMark)) yield await lookAtLink(path, followLinks)
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

/** Reads the folder's next names, all of them nearly always, and sorts them. */
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
    // What was read comes out all the same.
    folder.dir = undefined
    await dir?.close().catch(() => undefined)
    yield { kind: 'failed', path, error }
    isFirst = false
  }
  // By code units, which are bytes here.
  folder.names.sort()
  if (isFirst && folder.names.length === 0) yield { kind: 'skipped', path, reason: 'empty-folder' }
}

const markedName = async (base: string, entry: Dirent, followLinks: boolean): Promise<MarkedName> => {
  const { name } = entry
  if (entry.isFile()) return name
  if (entry.isDirectory()) return `${name}/`
  if (!entry.isSymbolicLink()) return name + specialMark
  // A link to a folder has to be sorted as a folder.
  const found = followLinks ? await targetOf(base + Buffer.from(name, 'latin1').toString()) : undefined
  if (found === undefined) return name + linkMark
  if (found.isDirectory()) return `${name}/`
  return found.isFile() ? name : name + specialMark
}

/** Undefined where the link leads nowhere; that is reported when its turn comes. */
const targetOf = (path: string) => stat(path).catch(() => undefined)

const lookAtLink = async (path: string, followLinks: boolean): Promise<WalkEntry> => {
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

/** The name as text; undefined where it is not UTF-8. */
const decodeName = (marked: MarkedName): string | undefined => {
  const name = unmarked(marked)
  if (ascii.test(name)) return name
  try {
    return utf8.decode(Buffer.from(name, 'latin1'))
  } catch {
    // The decoder's only failure is a name that is not UTF-8, which is what the caller asks.
    return undefined
  }
}
