/**
 * Bodies in files. A body is written to `incoming/<id>` and moved to `blobs/<id>` after the record that refers to it has been
 * committed. What a kill leaves in `incoming` is therefore all that the next start has to look at: it moves what a record
 * refers to and removes the rest. File names are random ids of ours, never anything that a request said.
 */
import { randomBytes } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { open, readdir, rename, rm, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { BodyStore, BodyWriter } from './bodies.js'
import { ContentGone } from './errors.js'

/** Chunks are gathered up to this size before one write call takes them all; one more such batch may be on its way. */
const writeSizeBytes = 1024 * 1024
/** One read call; one more is read ahead. */
const readSizeBytes = 256 * 1024

export interface FileBodiesOptions {
  readonly incomingDir: string
  readonly blobsDir: string
  /** Sync files and their folder before a writer's `finish` resolves. */
  readonly durable: boolean
}

/** Nothing by that name, or a folder that has gone or became a file. */
const isMissing = (error: unknown) =>
  error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')

export interface FileBodies extends BodyStore {
  /** Moves or removes what was on its way when the process ended. */
  recover(isReferred: (id: string) => boolean): Promise<void>
  close(): Promise<void>
}

export const openFileBodies = async ({ incomingDir, blobsDir, durable }: FileBodiesOptions): Promise<FileBodies> => {
  const incoming = await open(incomingDir, 'r')
  const syncIncoming = durable ? sharedSync(() => incoming.sync()) : undefined

  const settle = async (id: string) => {
    try {
      await rename(join(incomingDir, id), join(blobsDir, id))
    } catch (error) {
      // Deleted already, by a request that was committed between our commit and this step.
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
    }
  }

  /** A body moves at most once, from `incoming` to `blobs`: whoever misses it in both has to look once more. */
  const whereItIs = async <Result>(id: string, act: (path: string) => Promise<Result>): Promise<Result | undefined> => {
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
    settle,
    remove: async (id) => {
      await whereItIs(id, unlink)
    },
    async *read(id, offset, length) {
      const file = await whereItIs(id, (path) => open(path, 'r'))
      if (file === undefined) throw new ContentGone()
      let ahead: Promise<Uint8Array> | undefined
      try {
        const end = offset + length
        const readAt = (at: number) => {
          const reading = readFully(file, at, Math.min(readSizeBytes, end - at))
          // A failure is reported where the chunk is awaited; until then it must not count as unhandled.
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
    recover: async (isReferred) => {
      for (const id of await readdir(incomingDir)) {
        if (isReferred(id)) await settle(id)
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
  /** The next write or the end reports a failure; until then it must not count as unhandled, which would end the process. */
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

/** The kernel may take less than it is given. */
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

/** A buffer of its own for each chunk: the consumer may still be sending the one before. */
const readFully = async (file: FileHandle, at: number, length: number): Promise<Uint8Array> => {
  const buffer = Buffer.allocUnsafeSlow(length)
  for (let filled = 0; filled < length; ) {
    const { bytesRead } = await file.read(buffer, filled, length - filled, at + filled)
    if (bytesRead === 0) throw new Error(`a body ends at byte ${at + filled}, before byte ${at + length}`)
    filled += bytesRead
  }
  return buffer
}

/**
 * Many may wait for the same sync, but one that is already running is too early for whoever asks now: they share the next.
 */
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
