/** Command-line clients. They run with the PATH and the given variables, without the rest of the caller's environment. */
import { existsSync } from 'node:fs'
import { runProgram } from '../servers/support.mjs'

export const programNamed = (name, environment = {}) => {
  // Prefers the distribution's program: a version manager's shim in PATH needs the caller's HOME, which is not passed on.
  const command = existsSync(`/usr/bin/${name}`) ? `/usr/bin/${name}` : name
  const env = { PATH: process.env.PATH, LANG: 'C.UTF-8', ...environment }
  return {
    command,
    run: (...parameters) => runProgram(command, parameters, { env }),
    async unavailable(parameters) {
      try {
        await runProgram(command, parameters, { env: { ...process.env } })
        return undefined
      } catch (error) {
        return `${name} is not installed or does not run (interop/install.sh): ${error.message.split('\n')[0]}`
      }
    },
  }
}
