/**
 * The calls to the file system that small files need, made directly or by a thread of the pool, whichever is cheaper. What is
 * direct answers, or throws, at once: for very many files the promises would cost as much as what they promise.
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
  type Stats,
  unlink,
  unlinkSync,
  write,
  writeSync,
} from 'node:fs'
import { promisify } from 'node:util'
import type { Clock } from '../../base/clock.js'
import { SyncIoGovernor } from './sync-io-governor.js'
import { systemCode } from './system-code.js'

/** Named as in `node:fs`. */
const direct = {
  /** @returns the descriptor, which nothing closes by itself */
  open: (path: string, flags: string | number, mode?: number): number => openSync(path, flags, mode),
  /** @returns how many bytes were read */
  read: (descriptor: number, buffer: Uint8Array, at: number, length: number, position: number): number =>
    readSync(descriptor, buffer, at, length, position),
  /** @returns how many bytes from `at` on were written */
  write: (descriptor: number, bytes: Uint8Array, at: number): number => writeSync(descriptor, bytes, at),
  fchmod: (descriptor: number, mode: number): void => fchmodSync(descriptor, mode),
  close: (descriptor: number): void => closeSync(descriptor),
  /** @returns undefined where there is nothing */
  lstat: (path: string): Stats | undefined => lstatSync(path, { throwIfNoEntry: false }),
  /** With every name as the file system keeps it, where it can tell. */
  realpath: (path: string): string => realpathSync.native(path),
  rename: (from: string, to: string): void => renameSync(from, to),
  link: (existing: string, path: string): void => linkSync(existing, path),
  unlink: (path: string): void => unlinkSync(path),
}

export type SyncCalls = typeof direct
/** The same, by the pool. */
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

/** One for each run: it learns how fast the run's disk is. */
export class FileIo {
  readonly direct: SyncCalls = { ...direct }
  readonly pooled: PooledCalls = { ...pooled }
  readonly #clock: Pick<Clock, 'monotonicMs'>
  readonly #pace = new SyncIoGovernor()

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock
  }

  /** Makes some calls in one of two ways, which come to the same. `count`: how many there are, about. */
  make<Result>(
    count: number,
    directly: (calls: SyncCalls) => Result,
    byPool: (calls: PooledCalls) => Promise<Result>,
  ): Result | Promise<Result> {
    if (!this.#pace.isDirect) return byPool(this.pooled).finally(() => this.#pace.pooled(count))
    const startedMs = this.#clock.monotonicMs()
    try {
      return directly(this.direct)
    } finally {
      this.#pace.direct(count, this.#clock.monotonicMs() - startedMs)
    }
  }
}

export const openFileIo = (clock: Pick<Clock, 'monotonicMs'>): FileIo => new FileIo(clock)
