/**
 * The folder that a download of many objects writes to. Nothing is written outside of it, whatever the keys are and whatever links
 * the folder contains.
 *
 * The root may be a symbolic link, because the user named it. Below it, each component is created or inspected, and a symbolic link
 * is refused, because it can lead out of the folder.
 */
import { access, constants, lstat, mkdir, realpath, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve, sep } from 'node:path'
import { R2Error } from '../../errors/index.js'
import { asFileError, failing, systemCode } from './file-error.js'
import type { FileIo } from './file-io.js'
import { notAFolder } from './small-file.js'
import { type TargetFile, writing } from './target-file.js'

/** Folders that were inspected in this run are not inspected again for each file. The oldest are forgotten. */
const knownFoldersMax = 1024

export class TargetFolder {
  readonly path: string
  /** The first part of paths in reports. */
  readonly #shown: string
  #root: Promise<string> | undefined
  readonly #known = new Map<string, Promise<string> | string>()
  /** Work in progress by folded path: files whose names a file system may treat as the same are written one after another. */
  readonly #inProgress = new Map<string, { work: Promise<unknown> | undefined }>()

  constructor(path: string) {
    this.path = path
    this.#shown = join(path, '_').slice(0, -1)
  }

  /**
   * Checks that the folder exists or can be created; it is created later. Whether files can be written is not checked: a folder
   * that is not writable can contain folders that are.
   *
   * @throws R2Error `InvalidInput` for a path that is no folder, `FileUnavailable` for one that cannot be created
   */
  async requireUsable(): Promise<void> {
    const wanted = resolve(this.path)
    const failed = failing({ action: 'write', path: wanted, field: 'path' })
    for (let path = wanted; ; path = dirname(path)) {
      const found = await statOf(path).catch(failed)
      if (found === undefined) {
        // A missing drive, on Windows.
        if (path === dirname(path)) return
        continue
      }
      if (!found.isDirectory()) throw notAFolder(path)
      if (path !== wanted) await access(path, constants.W_OK | constants.X_OK).catch(failed)
      return
    }
  }

  /** Returns the path of the segments, for plans and reports. Creates and checks nothing. */
  pathOf(segments: readonly string[]): string {
    return segments.length === 0 ? join(this.path) : this.#shown + segments.join(sep)
  }

  /** Creates the folder `segments` below the root, and the root. Returns its path immediately where it is known. */
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
   * Creates the folder of the file `segments`, and runs `write` with the file's path. Names that differ only in case or Unicode
   * composition are written one after another, so that `refuseOtherSpelling` finds the first on disk before the second is written.
   */
  withFile<Result>(segments: readonly string[], write: (path: string) => Promise<Result>): Promise<Result> {
    const folder = this.makeFolder(segments.slice(0, -1))
    const name = segments.at(-1) ?? ''
    return typeof folder === 'string'
      ? this.#inTurn(folder, name, write)
      : folder.then((made) => this.#inTurn(made, name, write))
  }

  #inTurn<Result>(folder: string, name: string, write: (path: string) => Promise<Result>): Promise<Result> {
    // Not `join`, which would normalize every character of a path that is normalized already.
    const path = folder.endsWith(sep) ? folder + name : folder + sep + name
    const folded = fold(path)
    const before = this.#inProgress.get(folded)?.work
    const work = before === undefined ? write(path) : before.catch(() => undefined).then(() => write(path))
    const entry: { work: Promise<unknown> | undefined } = { work }
    this.#inProgress.set(folded, entry)
    const leave = () => {
      // V8 keeps the entries of a Map's replaced tables until it collects the whole heap: without this, all results.
      entry.work = undefined
      if (this.#inProgress.get(folded) === entry) this.#inProgress.delete(folded)
    }
    work.then(leave, leave)
    return work
  }

  async #makeFolder(segments: readonly string[]): Promise<string> {
    // Created on first use, so that a transfer without files leaves no empty folder.
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

// biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII as a whole is meant
const ascii = /^[\x00-\x7f]*$/

/** The same text for all names that a file system may treat as one. Normalizing takes ten times as long as the test. */
const fold = (path: string): string => (ascii.test(path) ? path : path.normalize('NFC')).toLowerCase()

/** Creates the folder, or inspects the existing one. A folder that was just created is no link. */
const makeOneFolder = async (path: string): Promise<void> => {
  try {
    // Asynchronous: a disk can take a millisecond.
    return await mkdir(path)
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw asFileError(error, writing(path))
  }
  const found = await lstat(path).catch(failing(writing(path)))
  if (found.isSymbolicLink()) throw unsafe(`"${path}" is a symbolic link, which can lead out of the folder`)
  if (!found.isDirectory()) throw unsafe(`"${path}" is a file, but the key needs a folder of that name`)
}

/**
 * Refuses to replace a file whose name has another spelling (`README` and `readme`, or a composed and a decomposed é). The file
 * system treats both as the same file, so the second key would silently replace the first. A symbolic link is not checked: a
 * rename replaces it.
 *
 * @throws R2Error `UnsafePath`
 */
export const refuseOtherSpelling = async ({ path, exists, mode }: TargetFile, io: FileIo): Promise<void> => {
  if (!exists || mode === undefined) return
  const name = basename(await pathOnDisk(path, io))
  if (name === basename(path)) return
  throw unsafe(`"${join(dirname(path), name)}" exists, and this file system treats both names as the same file`)
}

const pathOnDisk = async (path: string, io: FileIo): Promise<string> => {
  try {
    return await io.run(
      1,
      ({ realpath }) => realpath(path),
      ({ realpath }) => realpath(path),
    )
  } catch (error) {
    // It was removed meanwhile.
    if (systemCode(error) === 'ENOENT') return path
    throw asFileError(error, writing(path))
  }
}

/** Undefined where nothing exists. */
const statOf = (path: string) =>
  stat(path).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  })

const unsafe = (message: string): R2Error => new R2Error('UnsafePath', message)
