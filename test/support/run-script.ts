/** A script in a Node process of its own: for what a process does as a whole, such as to end. */
import { execFile } from 'node:child_process'

export interface ScriptOutcome {
  readonly stdout: string
  readonly stderr: string
  readonly exitCode: number | string | null | undefined
}

/**
 * Runs an ES module against the built packages, as a program that installed them does: `npm run build` first.
 *
 * @param flags - of Node
 * @returns what it printed and how it ended; after 15 s it is killed, and the exit code is null
 */
export const runScript = (script: string, flags: readonly string[] = []): Promise<ScriptOutcome> =>
  new Promise((resolve) => {
    const options = [...flags, '--input-type=module', '--eval', script]
    execFile(process.execPath, options, { timeout: 15_000 }, (error, stdout, stderr) => {
      resolve({ stdout, stderr, exitCode: error === null ? 0 : error.code })
    })
  })
