/** Where `cp` and `mv` keep the journals of large files, so that the same command resumes after a crash. */
import { homedir } from 'node:os'
import { join } from 'node:path'

/** `$XDG_STATE_HOME/r2kit`, which is `~/.local/state/r2kit` unless the user says otherwise (XDG Base Directory Specification). */
export const journalFolder = (env: Readonly<Record<string, string | undefined>>): string =>
  join(env.XDG_STATE_HOME || join(env.HOME || homedir(), '.local', 'state'), 'r2kit')
