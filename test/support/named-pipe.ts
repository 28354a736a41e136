import { execFileSync } from 'node:child_process'

/** Creates a named pipe (FIFO), for which Node has no API. */
export const makeNamedPipe = (path: string): void => {
  execFileSync('mkfifo', [path])
}
