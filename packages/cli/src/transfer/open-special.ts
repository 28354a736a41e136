/**
 * Files that are no regular ones, as streams: named pipes, terminals, devices. Node reads files in threads, and one that is
 * inside `open` or `read` of a pipe without a writer keeps the process from ending, whatever signal it gets. These are opened
 * and read without blocking.
 */
import { closeSync, constants, createReadStream, openSync, type Stats } from 'node:fs'
import { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { isatty, ReadStream } from 'node:tty'
import { UsageError } from '../usage-error.js'

/** Names of the standard input that this process has already; a socket cannot be opened by them. */
const standardInputs: ReadonlySet<string> = new Set(['/dev/stdin', '/dev/fd/0', '/proc/self/fd/0'])

/**
 * @param found what is at `path`
 * @throws UsageError for a socket, which cannot be read like a file
 */
export const openSpecial = (path: string, found: Stats, stdin: Readable): Readable => {
  if (standardInputs.has(path)) return stdin
  if (found.isSocket())
    throw new UsageError(`${path} is a socket.`, 'Read it with another program, and pipe that into r2.')
  if (found.isFIFO() && process.platform !== 'win32') return openPipe(path)
  return found.isCharacterDevice() && process.platform !== 'win32' ? openDevice(path) : createReadStream(path)
}

const { O_NONBLOCK, O_RDONLY, O_RDWR } = constants

/**
 * A named pipe, to the end of its last writer.
 *
 * Linux tells a pipe that had no writer yet from one that has lost its writer; elsewhere (assumed, for the BSDs and macOS) both
 * are at their end, and an empty object would be stored. There this process counts as a writer until the first bytes arrive, and
 * a writer that writes nothing goes unnoticed.
 */
export const openPipe = (path: string, awaitsWriter = process.platform === 'linux'): Readable => {
  const writer = awaitsWriter ? undefined : openSync(path, O_RDWR | O_NONBLOCK)
  const socket = new Socket({ fd: openSync(path, O_RDONLY | O_NONBLOCK), readable: true, writable: false })
  if (writer === undefined) return socket
  let isOpen = true
  const leave = () => {
    if (isOpen) closeSync(writer)
    isOpen = false
  }
  return socket.once('readable', leave).once('close', leave)
}

const openDevice = (path: string): Readable => {
  const descriptor = openSync(path, O_RDONLY | O_NONBLOCK)
  return isatty(descriptor) ? new ReadStream(descriptor) : createReadStream(path, { fd: descriptor })
}
