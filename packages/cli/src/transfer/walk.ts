/**
 * Walks a local folder as a stream, depth first: memory grows with the depth of the tree, never with its size. Whatever
 * cannot be uploaded comes out too, with the reason, because a file that is silently left out is lost data.
 */
import type { Stats } from 'node:fs'
import { lstat, opendir, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'

export type WalkEntry =
  /** `name` is the path below the root with `/` between its segments, on every platform. */
  | { readonly kind: 'file'; readonly path: string; readonly name: string; readonly size: number }
  | { readonly kind: 'skipped'; readonly path: string; readonly reason: string }
  | { readonly kind: 'failed'; readonly path: string; readonly error: unknown }

export interface WalkOptions {
  /** Uploads what a symbolic link points to; otherwise links are reported and left out. @defaultValue false */
  readonly followSymlinks?: boolean
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export async function* walk(root: string, options: WalkOptions = {}): AsyncGenerator<WalkEntry> {
  yield* walkFolder(root, '', options, options.followSymlinks === true ? [await realpath(root)] : [])
}

/** @param ancestors Real paths from the root to here where links are followed: a link to one of them is a loop. */
async function* walkFolder(
  path: string,
  prefix: string,
  options: WalkOptions,
  ancestors: readonly string[],
): AsyncGenerator<WalkEntry> {
  let isEmpty = true
  try {
    // Latin-1 gives each byte of a name as one character: names that are not UTF-8 are seen, not mangled.
    for await (const entry of await opendir(path, { encoding: 'latin1' })) {
      isEmpty = false
      const bytes = Buffer.from(entry.name, 'latin1')
      const name = decodeName(bytes)
      if (name === undefined) {
        const error = new Error('its name is not UTF-8, so it cannot be a key')
        yield { kind: 'failed', path: join(path, bytes.toString('utf8')), error }
      } else {
        yield* walkEntry(join(path, name), prefix + name, options, ancestors)
      }
    }
  } catch (error) {
    yield { kind: 'failed', path, error }
    return
  }
  if (isEmpty) yield { kind: 'skipped', path, reason: 'an empty folder: R2 stores objects only' }
}

async function* walkEntry(
  path: string,
  name: string,
  options: WalkOptions,
  ancestors: readonly string[],
): AsyncGenerator<WalkEntry> {
  let found: Stats
  let nextAncestors = ancestors
  try {
    found = await lstat(path)
    if (found.isSymbolicLink()) {
      if (options.followSymlinks !== true) {
        yield { kind: 'skipped', path, reason: 'a symbolic link (--follow-symlinks copies what it points to)' }
        return
      }
      found = await stat(path)
    }
    if (found.isDirectory() && options.followSymlinks === true) {
      const real = await realpath(path)
      if (ancestors.includes(real)) {
        yield { kind: 'skipped', path, reason: 'a symbolic link to a folder that holds it' }
        return
      }
      nextAncestors = [...ancestors, real]
    }
  } catch (error) {
    yield { kind: 'failed', path, error }
    return
  }
  if (found.isFile()) yield { kind: 'file', path, name, size: found.size }
  else if (found.isDirectory()) yield* walkFolder(path, `${name}/`, options, nextAncestors)
  else yield { kind: 'skipped', path, reason: 'not a regular file (a device, pipe or socket)' }
}

const decodeName = (bytes: Uint8Array): string | undefined => {
  try {
    return utf8.decode(bytes)
  } catch {
    // The decoder's only failure is a name that is not UTF-8, which is what the caller asks.
    return undefined
  }
}
