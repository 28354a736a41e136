/**
 * Opens special files as streams: named pipes, terminals and devices. Node opens and reads files in threads, and a thread that is
 * blocked on a pipe without a writer keeps the process alive, whichever signal it receives. These streams never block a thread.
 */
import { closeSync, constants, createReadStream, openSync, type Stats } from 'node:fs'
import { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { isatty, ReadStream } from 'node:tty'
import { UsageError } from '../errors/error-kinds.js'

/** Names of standard input. It is already open, and if it is a socket it cannot be opened by name. */
const standardInputs: ReadonlySet<string> = new Set(['/dev/stdin', '/dev/fd/0', '/proc/self/fd/0'])

/**
 * Opens the special file at `path`.
 *
 * @param stats the result of `stat` for `path`
 * @throws UsageError for a socket, which cannot be opened for reading
 */
export const openSpecial = (path: string, stats: Stats, stdin: Readable): Readable => {
  if (standardInputs.has(path)) return stdin
  if (stats.isSocket())
    throw new UsageError(`${path} is a socket.`, 'Read it with another program, and pipe its output into r2.')
  if (stats.isFIFO() && process.platform !== 'win32') return openPipe(path)
  return stats.isCharacterDevice() && process.platform !== 'win32' ? openDevice(path) : createReadStream(path)
}

const { O_NONBLOCK, O_RDONLY, O_RDWR } = constants

/**
 * Opens a named pipe. The stream ends when the last writer has closed the pipe.
 *
 * On Linux, a pipe that has had no writer yet does not report its end. On other systems (assumed for the BSDs and macOS) it does,
 * and an empty object would be stored. There this process opens the pipe for writing as well, until the first bytes arrive. A
 * writer that closes the pipe without writing is then not detected.
 *
 * @param waitsForWriter whether the system does not report the end of a pipe before its first writer
 */
export const openPipe = (path: string, waitsForWriter = process.platform === 'linux'): Readable => {
  const writer = waitsForWriter ? undefined : openSync(path, O_RDWR | O_NONBLOCK)
  const socket = new Socket({ fd: openSync(path, O_RDONLY | O_NONBLOCK), readable: true, writable: false })
  if (writer === undefined) return socket
  let isOpen = true
  const closeWriter = () => {
    if (isOpen) closeSync(writer)
    isOpen = false
  }
  return socket.once('readable', closeWriter).once('close', closeWriter)
}

const openDevice = (path: string): Readable => {
  const descriptor = openSync(path, O_RDONLY | O_NONBLOCK)
  return isatty(descriptor) ? new ReadStream(descriptor) : createReadStream(path, { fd: descriptor })
}
