/** Files of a configuration on platforms without files. Selected by the import condition `#config-files`. */
import { refuseOption } from '../validation/index.js'

/** @throws R2Error `InvalidConfig` */
export const readTextFile = (file: string): Promise<string> =>
  Promise.reject(refuseOption(file, 'cannot be read: this platform has no files', 'Pass the content as text.'))

export const createFolderOf = (_file: string): Promise<void> => Promise.resolve()

export const besideFile = (_file: string, path: string): string => path
