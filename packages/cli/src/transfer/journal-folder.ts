import { homedir } from 'node:os'
import { join } from 'node:path'

/**
 * The folder for the journals of large transfers, with which the same command resumes after a crash: `$XDG_STATE_HOME/r2kit`, by
 * default `~/.local/state/r2kit` (XDG Base Directory Specification).
 */
export const journalFolder = (env: Readonly<Record<string, string | undefined>>): string =>
  join(env.XDG_STATE_HOME || join(env.HOME || homedir(), '.local', 'state'), 'r2kit')
