/**
 * Bodies in files. A body is written to `incoming/<id>`, and moved to `blobs/<id>` after the record that references it has
 * been committed. If the process is killed, the next start therefore checks `incoming` only: it moves referenced bodies and
 * removes the others. File names are random IDs and never contain request data.
 */
import { randomBytes } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { open, readdir, rename, rm, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { BodyStore, BodyWriter } from './bodies.js'
import { ContentGone } from './errors.js'

/** Chunks are buffered up to this size and written in one call. A second such batch may be in flight. */
const writeSizeBytes = 1024 * 1024
/** Size of one read call. One more is read ahead. */
const readSizeBytes = 256 * 1024

export interface FileBodiesOptions {
  readonly incomingDir: string
  readonly blobsDir: string
  /** Whether files and their folder are synced before a writer's `finish` resolves. */
  readonly durable: boolean
}

/** ENOTDIR: the folder has been replaced by a file. */
const isMissing = (error: unknown) =>
  error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')

export interface FileBodies extends BodyStore {
  /** Promotes or removes the bodies that were in `incoming` when the process ended. */
  recover(isReferenced: (id: string) => boolean): Promise<void>
  close(): Promise<void>
}

export const openFileBodies = async ({ incomingDir, blobsDir, durable }: FileBodiesOptions): Promise<FileBodies> => {
  const incoming = await open(incomingDir, 'r')
  const syncIncoming = durable ? sharedSync(() => incoming.sync()) : undefined

  const promote = async (id: string) => {
    try {
      await rename(join(incomingDir, id), join(blobsDir, id))
    } catch (error) {
      // ENOENT: a request that was committed after the body's own record has already removed the body.
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
    }
  }

  /**
   * Calls `act` with the body's path. `blobs` is tried twice, because a concurrent `promote` may move the body while
   * `incoming` is tried.
   */
  const withPathOf = async <Result>(
    id: string,
    act: (path: string) => Promise<Result>,
  ): Promise<Result | undefined> => {
    for (const dir of [blobsDir, incomingDir, blobsDir]) {
      try {
        return await act(join(dir, id))
      } catch (error) {
        if (!isMissing(error)) throw error
      }
    }
    return undefined
  }

  return {
    create: () => createWriter(incomingDir, syncIncoming),
    promote,
    remove: async (id) => {
      await withPathOf(id, unlink)
    },
    async *read(id, offset, length) {
      const file = await withPathOf(id, (path) => open(path, 'r'))
      if (file === undefined) throw new ContentGone()
      let ahead: Promise<Uint8Array> | undefined
      try {
        const end = offset + length
        const readAt = (at: number) => {
          const reading = readFully(file, at, Math.min(readSizeBytes, end - at))
          // The error is thrown where the chunk is awaited; until then it must not count as an unhandled rejection.
          reading.catch(() => undefined)
          return reading
        }
        ahead = length > 0 ? readAt(offset) : undefined
        for (let at = offset; ahead !== undefined; ) {
          const chunk: Uint8Array = await ahead
          at += chunk.length
          ahead = at < end ? readAt(at) : undefined
          yield chunk
        }
      } finally {
        await ahead?.catch(() => undefined)
        await file.close()
      }
    },
    recover: async (isReferenced) => {
      for (const id of await readdir(incomingDir)) {
        if (isReferenced(id)) await promote(id)
        else await rm(join(incomingDir, id), { force: true })
      }
    },
    close: () => incoming.close(),
  }
}

const createWriter = (incomingDir: string, syncFolder: (() => Promise<void>) | undefined): BodyWriter => {
  const id = randomBytes(16).toString('hex')
  const path = join(incomingDir, id)
  const opening = open(path, 'wx')
  let chunks: Uint8Array[] = []
  let size = 0
  let written: Promise<void> = opening.then(() => undefined)
  let hasFailed = false
  /** The next `write` or `finish` throws the error; until then it must not count as an unhandled rejection. */
  const noteFailure = (): void => {
    hasFailed = true
  }
  written.catch(noteFailure)

  const flush = (): Promise<void> => {
    const batch = chunks
    const previous = written
    chunks = []
    size = 0
    written = Promise.all([opening, previous]).then(([file]) => writeFully(file, batch))
    written.catch(noteFailure)
    return previous
  }

  return {
    id,
    write: (chunk) => {
      chunks.push(chunk)
      size += chunk.length
      return size < writeSizeBytes && !hasFailed ? undefined : flush()
    },
    finish: async () => {
      flush()
      await written
      const file = await opening
      if (syncFolder !== undefined) await file.datasync()
      await file.close()
      await syncFolder?.()
    },
    abandon: async () => {
      await written.catch(() => undefined)
      const file = await opening.catch(() => undefined)
      if (file === undefined) return
      await file.close()
      await rm(path, { force: true })
    },
  }
}

/** Writes all chunks: a single call may write less. */
const writeFully = async (file: FileHandle, chunks: readonly Uint8Array[]): Promise<void> => {
  let rest = chunks.filter((chunk) => chunk.length > 0)
  while (rest.length > 0) {
    let { bytesWritten } = await file.writev(rest)
    const unwritten: Uint8Array[] = []
    for (const chunk of rest) {
      const taken = Math.min(bytesWritten, chunk.length)
      bytesWritten -= taken
      if (taken < chunk.length) unwritten.push(chunk.subarray(taken))
    }
    rest = unwritten
  }
}

/** Allocates a buffer per chunk, because the consumer may still be sending the previous one. */
const readFully = async (file: FileHandle, at: number, length: number): Promise<Uint8Array> => {
  const buffer = Buffer.allocUnsafeSlow(length)
  for (let filled = 0; filled < length; ) {
    const { bytesRead } = await file.read(buffer, filled, length - filled, at + filled)
    if (bytesRead === 0) throw new Error(`the body file ends at byte ${at + filled}, before byte ${at + length}`)
    filled += bytesRead
  }
  return buffer
}

/** Concurrent callers share a sync. A caller never gets one that is already running, because it may have missed its writes. */
const sharedSync = (sync: () => Promise<void>): (() => Promise<void>) => {
  let running: Promise<void> = Promise.resolve()
  let next: Promise<void> | undefined
  return () => {
    next ??= running
      .catch(() => undefined)
      .then(() => {
        next = undefined
        running = sync()
        return running
      })
    return next
  }
}
