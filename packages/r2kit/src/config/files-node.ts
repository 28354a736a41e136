/** Files of a configuration on Node. Selected by the import condition `#config-files`. */
import { readFile } from 'node:fs/promises'
import { dirname, isAbsolute, relative, resolve } from 'node:path'
import { refuseOption } from '../validation/index.js'

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  EACCES: 'must not be read by this user',
  EISDIR: 'is a folder',
}

/** Reads a text file. @throws R2Error `InvalidConfig` that names the file */
export const readTextFile = async (file: string): Promise<string> => {
  let bytes: Uint8Array
  try {
    bytes = await readFile(file)
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error'
    throw refuseOption(file, reasons[code] ?? `cannot be read: ${code}`, 'Check the path of the file.', cause)
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw refuseOption(file, 'is not UTF-8', 'Save it as UTF-8.', cause)
  }
}

/** Creates the folder of a file where there is none. */
export const createFolderOf = async (file: string): Promise<void> => {
  const { mkdir } = await import('node:fs/promises')
  await mkdir(dirname(file), { recursive: true })
}

/** A path of a configuration file, which counts from the folder of that file. */
export const besideFile = (file: string, path: string): string => {
  if (isAbsolute(path)) return path
  const beside = relative('.', resolve(dirname(file), path))
  return beside === '' ? '.' : beside
}
