/**
 * The calls to the file system that small files need: synchronous, or by a thread of the pool, whichever is cheaper. A synchronous
 * call returns its result, or throws, immediately. With very many files, promises would cost as much as the calls.
 */
import {
  close,
  closeSync,
  fchmod,
  fchmodSync,
  link,
  linkSync,
  lstat,
  lstatSync,
  open,
  openSync,
  read,
  readSync,
  realpath,
  realpathSync,
  rename,
  renameSync,
  unlink,
  unlinkSync,
  write,
  writeSync,
} from 'node:fs'
import { promisify } from 'node:util'
import type { Clock } from '../../base/clock.js'
import { systemCode } from './file-error.js'
import type { FileStatus } from './file-status.js'
import { SyncIoGovernor } from './sync-io-governor.js'

/** Named as in `node:fs`. */
const sync = {
  /** @returns the descriptor, which the caller must close */
  open: (path: string, flags: string | number, mode?: number): number => openSync(path, flags, mode),
  /** @returns the number of bytes read */
  read: (descriptor: number, buffer: Uint8Array, at: number, length: number, position: number): number =>
    readSync(descriptor, buffer, at, length, position),
  /** @returns the number of bytes written, of those from `at` on */
  write: (descriptor: number, bytes: Uint8Array, at: number): number => writeSync(descriptor, bytes, at),
  fchmod: (descriptor: number, mode: number): void => fchmodSync(descriptor, mode),
  close: (descriptor: number): void => closeSync(descriptor),
  /** @returns undefined where there is nothing */
  lstat: (path: string): FileStatus | undefined => lstatSync(path, { throwIfNoEntry: false }),
  /** @returns the path with every name in the spelling that the file system stores */
  realpath: (path: string): string => realpathSync.native(path),
  rename: (from: string, to: string): void => renameSync(from, to),
  link: (existing: string, path: string): void => linkSync(existing, path),
  unlink: (path: string): void => unlinkSync(path),
}

export type SyncCalls = typeof sync
/** The same calls, by the pool. */
export type PooledCalls = {
  readonly [Name in keyof SyncCalls]: (
    ...parameters: Parameters<SyncCalls[Name]>
  ) => Promise<ReturnType<SyncCalls[Name]>>
}

const lstatPooled = promisify(lstat)
const readPooled = promisify(read)
const writePooled = promisify(write)

const pooled: PooledCalls = {
  open: promisify(open),
  read: async (...parameters) => (await readPooled(...parameters)).bytesRead,
  write: async (...parameters) => (await writePooled(...parameters)).bytesWritten,
  fchmod: promisify(fchmod),
  close: promisify(close),
  lstat: (path) =>
    lstatPooled(path).catch((error: unknown) => {
      if (systemCode(error) === 'ENOENT') return undefined
      throw error
    }),
  realpath: promisify<string, string>(realpath.native),
  rename: promisify(rename),
  link: promisify(link),
  unlink: promisify(unlink),
}

/** One per transfer of a folder: it measures how fast the disk of that transfer is. */
export class FileIo {
  readonly sync: SyncCalls = { ...sync }
  readonly pooled: PooledCalls = { ...pooled }
  readonly #clock: Pick<Clock, 'monotonicMs'>
  readonly #governor = new SyncIoGovernor()

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock
  }

  /**
   * Runs one of two functions that make the same calls.
   *
   * @param count approximate number of calls
   */
  run<Result>(
    count: number,
    synchronously: (calls: SyncCalls) => Result,
    byPool: (calls: PooledCalls) => Promise<Result>,
  ): Result | Promise<Result> {
    if (!this.#governor.isSync) return byPool(this.pooled).finally(() => this.#governor.notePooled(count))
    const startedMs = this.#clock.monotonicMs()
    try {
      return synchronously(this.sync)
    } finally {
      this.#governor.noteSync(count, this.#clock.monotonicMs() - startedMs)
    }
  }
}

export const openFileIo = (clock: Pick<Clock, 'monotonicMs'>): FileIo => new FileIo(clock)
