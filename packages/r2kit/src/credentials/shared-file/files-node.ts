/** Files of credentials on Node, Bun and Deno. Selected by the import condition `#credential-files`. */
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'

/** The text of a file; undefined where it does not exist. */
export const readTextFile = async (path: string, signal?: AbortSignal): Promise<string | undefined> => {
  try {
    return await readFile(path, { encoding: 'utf8', ...(signal && { signal }) })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw error
  }
}

/** The folder of the user. */
export const homeFolder = (): string => homedir()
