import { execFileSync } from 'node:child_process'

/** Makes a named pipe (FIFO), which Node itself cannot. */
export const makeNamedPipe = (path: string): void => {
  execFileSync('mkfifo', [path])
}
