/**
 * The folder that a download of many objects writes to, and nowhere else: whatever a key says, whatever links lie in the folder.
 *
 * The root is the user's own word and is followed where it leads. Below it every component is made or looked at one by
 * one, and a symbolic link in the way is refused, because it may lead out.
 */
import { access, constants, lstat, mkdir, realpath, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve, sep } from 'node:path'
import { R2Error } from '../../errors/index.js'
import { asFileError, failing } from './file-error.js'
import type { FileIo } from './file-io.js'
import type { TargetFile } from './partial-file.js'
import { notAFolder } from './small-file.js'
import { systemCode } from './system-code.js'

/** Folders that were seen to be plain ones in this run are not looked at again for each file; the oldest are forgotten. */
const knownFoldersMax = 1024

export class TargetFolder {
  readonly path: string
  /** What paths in reports begin with. */
  readonly #shown: string
  #root: Promise<string> | undefined
  readonly #known = new Map<string, Promise<string> | string>()
  /** Work in progress by folded name, so that names which a file system may take for one are written one after the other. */
  readonly #inProgress = new Map<string, Promise<unknown>>()

  constructor(path: string) {
    this.path = path
    this.#shown = join(path, '_').slice(0, -1)
  }

  /**
   * Looks whether the folder is there or can be made; it is made later. What it lets be written is known only below, file by
   * file: a folder that takes no new file may have some that do.
   *
   * @throws R2Error `InvalidInput` for what is no folder, `FileUnavailable` for what cannot be made
   */
  async requireUsable(): Promise<void> {
    const wanted = resolve(this.path)
    const failed = failing({ action: 'write', path: wanted, field: 'path' })
    for (let path = wanted; ; path = dirname(path)) {
      const found = await statOf(path).catch(failed)
      if (found === undefined) {
        // A drive that is not there, on Windows.
        if (path === dirname(path)) return
        continue
      }
      if (!found.isDirectory()) throw notAFolder(path)
      if (path !== wanted) await access(path, constants.W_OK | constants.X_OK).catch(failed)
      return
    }
  }

  /** Where the segments lie, for plans and reports; nothing is made or checked. */
  pathOf(segments: readonly string[]): string {
    return segments.length === 0 ? join(this.path) : this.#shown + segments.join(sep)
  }

  /** Makes the folder `segments` below the root, and the root. Answers at once where it has been made. */
  makeFolder(segments: readonly string[]): Promise<string> | string {
    const name = segments.join('/')
    const known = this.#known.get(name)
    if (known !== undefined) return known
    const making = this.#makeFolder(segments)
    this.#known.set(name, making)
    making.then(
      (path) => this.#known.has(name) && this.#known.set(name, path),
      () => this.#known.delete(name),
    )
    const [oldest] = this.#known.keys()
    if (this.#known.size > knownFoldersMax && oldest !== undefined) this.#known.delete(oldest)
    return making
  }

  /**
   * Runs `write` with the file path of `segments`, its folder made. Names that differ only in case or in Unicode
   * composition wait for one another, so that the second finds the first on the disk and `refuseOtherSpelling` can tell.
   */
  withFile<Result>(segments: readonly string[], write: (path: string) => Promise<Result>): Promise<Result> {
    const folder = this.makeFolder(segments.slice(0, -1))
    const name = segments.at(-1) ?? ''
    return typeof folder === 'string'
      ? this.#inTurn(folder, name, write)
      : folder.then((made) => this.#inTurn(made, name, write))
  }

  #inTurn<Result>(folder: string, name: string, write: (path: string) => Promise<Result>): Promise<Result> {
    // The folder's path is whole and the name is one component: `join` would look at every character to change nothing.
    const path = folder.endsWith(sep) ? folder + name : folder + sep + name
    const folded = path.normalize('NFC').toLowerCase()
    const before = this.#inProgress.get(folded)
    // How the other name fared is its own affair.
    const work = before === undefined ? write(path) : before.catch(() => undefined).then(() => write(path))
    this.#inProgress.set(folded, work)
    const leave = () => {
      if (this.#inProgress.get(folded) === work) this.#inProgress.delete(folded)
    }
    work.then(leave, leave)
    return work
  }

  async #makeFolder(segments: readonly string[]): Promise<string> {
    // Made on first use, so that a transfer which finds nothing to do leaves no empty folder.
    this.#root ??= mkdir(this.path, { recursive: true })
      .then(() => realpath(this.path))
      .catch(failing({ action: 'write', path: this.path, field: 'path' }))
    const name = segments.at(-1)
    if (name === undefined) return this.#root
    const path = join(await this.makeFolder(segments.slice(0, -1)), name)
    await makeOneFolder(path)
    return path
  }
}

export const openTargetFolder = (path: string): TargetFolder => new TargetFolder(path)

/** Makes the folder, or looks at what is there: a folder that was made just now is no link. */
const makeOneFolder = async (path: string): Promise<void> => {
  try {
    // By the pool: a disk may take a millisecond for it.
    return await mkdir(path)
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw asFileError(error, writing(path))
  }
  const found = await lstat(path).catch(failing(writing(path)))
  if (found.isSymbolicLink()) throw unsafe(`"${path}" is a symbolic link, which may lead out of the folder`)
  if (!found.isDirectory()) throw unsafe(`"${path}" is a file, and the key needs a folder of that name`)
}

/**
 * Refuses to write a file over another one that the file system takes for the same name (`README` and `readme`, or a
 * composed and a decomposed é): the second key would silently replace the first. A link has no other name: a rename replaces it.
 */
export const refuseOtherSpelling = async ({ path, exists, mode }: TargetFile, calls: FileIo): Promise<void> => {
  if (!exists || mode === undefined) return
  const name = basename(await nameOnDisk(path, calls))
  if (name === basename(path)) return
  throw unsafe(`"${join(dirname(path), name)}" exists, and this file system takes both names for the same file`)
}

const nameOnDisk = async (path: string, calls: FileIo): Promise<string> => {
  try {
    return await calls.make(
      1,
      ({ realpath }) => realpath(path),
      ({ realpath }) => realpath(path),
    )
  } catch (error) {
    // It has gone in the meantime.
    if (systemCode(error) === 'ENOENT') return path
    throw asFileError(error, writing(path))
  }
}

/** Undefined where there is nothing. */
const statOf = (path: string) =>
  stat(path).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  })

const writing = (path: string) => ({ action: 'write', path, field: 'target.path' }) as const

const unsafe = (message: string): R2Error => new R2Error('UnsafePath', message)
