/** Runs a script in a new Node process, to test the behaviour of a whole process, such as exiting. */
import { execFile } from 'node:child_process'

export interface ScriptOutcome {
  readonly stdout: string
  readonly stderr: string
  readonly exitCode: number | string | null | undefined
}

/**
 * Runs an ES module with the built packages, which `npm run build` creates.
 *
 * @param flags - flags of Node
 * @param variables - environment variables beside those of this process
 * @returns the output and the exit code; null after the timeout of 15 s, which kills the process
 */
export const runScript = (
  script: string,
  flags: readonly string[] = [],
  variables: Readonly<Record<string, string>> = {},
): Promise<ScriptOutcome> =>
  new Promise((resolve) => {
    const options = [...flags, '--input-type=module', '--eval', script]
    execFile(
      process.execPath,
      options,
      { timeout: 15_000, env: { ...process.env, ...variables } },
      (error, stdout, stderr) => {
        resolve({ stdout, stderr, exitCode: error === null ? 0 : error.code })
      },
    )
  })
