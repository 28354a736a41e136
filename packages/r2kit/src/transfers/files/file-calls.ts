/** The calls to the file system that small files need: named as in `node:fs/promises`, and direct where that is cheaper. */

import type { Stats } from 'node:fs'
import {
  close,
  closeSync,
  link,
  linkSync,
  lstat,
  lstatSync,
  open,
  openSync,
  read,
  readSync,
  rename,
  renameSync,
  unlink,
  unlinkSync,
  write,
  writeSync,
} from 'node:fs'
import { promisify } from 'node:util'
import type { Clock } from '../../base/clock.js'
import { CallPace } from './call-pace.js'
import type { PlaceCalls } from './partial-file.js'
import { systemCode } from './system-code.js'

const pool = {
  close: promisify(close),
  link: promisify(link),
  lstat: promisify(lstat),
  open: promisify(open),
  read: promisify(read),
  rename: promisify(rename),
  unlink: promisify(unlink),
  write: promisify(write),
}

/** One for each run: it learns how fast the run's disk is. */
export class FileCalls implements PlaceCalls {
  readonly #clock: Pick<Clock, 'monotonicMs'>
  readonly #pace = new CallPace()

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock
  }

  /** @returns the descriptor, which nothing closes by itself */
  open(path: string, flags: string | number, mode?: number): Promise<number> {
    return this.#call(
      () => openSync(path, flags, mode),
      () => pool.open(path, flags, mode),
    )
  }

  /** @returns how many bytes were read */
  read(descriptor: number, buffer: Uint8Array, at: number, length: number, position: number): Promise<number> {
    return this.#call(
      () => readSync(descriptor, buffer, at, length, position),
      async () => (await pool.read(descriptor, buffer, at, length, position)).bytesRead,
    )
  }

  /** @returns how many bytes from `at` on were written */
  write(descriptor: number, bytes: Uint8Array, at: number): Promise<number> {
    return this.#call(
      () => writeSync(descriptor, bytes, at),
      async () => (await pool.write(descriptor, bytes, at)).bytesWritten,
    )
  }

  close(descriptor: number): Promise<void> {
    return this.#call(
      () => closeSync(descriptor),
      () => pool.close(descriptor),
    )
  }

  /** @returns undefined where there is nothing */
  lstat(path: string): Promise<Stats | undefined> {
    return this.#call(
      () => lstatSync(path, { throwIfNoEntry: false }),
      () =>
        pool.lstat(path).catch((error: unknown) => {
          if (systemCode(error) === 'ENOENT') return undefined
          throw error
        }),
    )
  }

  rename(from: string, to: string): Promise<void> {
    return this.#call(
      () => renameSync(from, to),
      () => pool.rename(from, to),
    )
  }

  link(existing: string, path: string): Promise<void> {
    return this.#call(
      () => linkSync(existing, path),
      () => pool.link(existing, path),
    )
  }

  unlink(path: string): Promise<void> {
    return this.#call(
      () => unlinkSync(path),
      () => pool.unlink(path),
    )
  }

  async #call<Result>(direct: () => Result, pooled: () => Promise<Result>): Promise<Result> {
    if (!this.#pace.isDirect) return pooled().finally(() => this.#pace.pooled())
    const startedMs = this.#clock.monotonicMs()
    try {
      return direct()
    } finally {
      this.#pace.direct(this.#clock.monotonicMs() - startedMs)
    }
  }
}

export const openFileCalls = (clock: Pick<Clock, 'monotonicMs'>): FileCalls => new FileCalls(clock)
