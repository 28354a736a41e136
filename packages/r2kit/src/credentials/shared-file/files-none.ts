/** For platforms without files. Selected by the import condition `#credential-files`. */
import { R2Error } from '../../errors/index.js'

const noFiles = (): R2Error =>
  new R2Error('InvalidConfig', 'credentials cannot be read from a file: this platform has no files', {
    field: 'credentials',
    hint: 'Pass values, such as those of the env of a Worker, or a function.',
  })

export const readTextFile = async (_path: string, _signal?: AbortSignal): Promise<string | undefined> => {
  throw noFiles()
}

export const homeFolder = (): string => {
  throw noFiles()
}
