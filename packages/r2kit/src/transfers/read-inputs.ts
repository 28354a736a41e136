/** Checks what callers pass to transfers, of any type, before a source is read or a request is sent. */
import { checkDescription } from '../client/fields/check-description.js'
import type { ObjectDescription } from '../client/fields/description.js'
import { checkObject } from '../client/fields/object-address.js'
import { checkBucketName, path, refuseInput, type ValidationRules } from '../validation/index.js'
import {
  type DirectoryOptions,
  type DownloadDirectoryInput,
  directoryOptionsField,
  downloadDirectoryInputField,
  type UploadDirectoryInput,
  type UploadDirectoryOptions,
  uploadDirectoryInputField,
  uploadDirectoryOptionsField,
} from './directory/options.js'
import {
  type BytesDownloadOptions,
  bytesOptionsField,
  type DownloadInput,
  downloadInputField,
  type FileDownloadOptions,
  fileOptionsField,
  type StreamDownloadOptions,
  streamOptionsField,
} from './download/options.js'
import { type UploadInput, type UploadOptions, uploadInputField, uploadOptionsField } from './upload/options.js'

/** The arguments of a transfer, of the types that they are said to have. */
export interface Given<Input, Options> {
  readonly input: Input
  readonly options: Options
}

type Read<Input, Options> = (given: Given<Input, Options>, rules: ValidationRules) => Given<Input, Options>

export const readUpload: Read<UploadInput, UploadOptions> = (given, rules) => {
  const input = uploadInputField.read(given.input, '', refuseInput)
  checkObject(input, rules)
  checkDescription(input, rules)
  return { input, options: uploadOptionsField.read(given.options, '', refuseInput) }
}

const readDownloadInput = (given: DownloadInput, rules: ValidationRules): DownloadInput => {
  const input = downloadInputField.read(given, '', refuseInput)
  checkObject(input, rules)
  return input
}

export const readDownload = {
  bytes: ((given, rules) => ({
    input: readDownloadInput(given.input, rules),
    options: bytesOptionsField.read(given.options, '', refuseInput),
  })) satisfies Read<DownloadInput, BytesDownloadOptions>,
  stream: ((given, rules) => ({
    input: readDownloadInput(given.input, rules),
    options: streamOptionsField.read(given.options, '', refuseInput),
  })) satisfies Read<DownloadInput, StreamDownloadOptions>,
  file: ((given, rules) => ({
    input: readDownloadInput(given.input, rules),
    options: fileOptionsField.read(given.options, '', refuseInput),
  })) satisfies Read<DownloadInput, FileDownloadOptions>,
}

export const readUploadDirectory: Read<UploadDirectoryInput, UploadDirectoryOptions> = (given, rules) => {
  const input = uploadDirectoryInputField.read(given.input, '', refuseInput)
  checkBucketName(input.bucket, rules)
  // What a function returns is checked with each object.
  if (typeof input.contentType !== 'function') checkDescription(input as ObjectDescription, rules)
  return { input, options: uploadDirectoryOptionsField.read(given.options, '', refuseInput) }
}

export const readDownloadDirectory: Read<DownloadDirectoryInput, DirectoryOptions> = (given, rules) => {
  const input = downloadDirectoryInputField.read(given.input, '', refuseInput)
  checkBucketName(input.bucket, rules)
  return { input, options: directoryOptionsField.read(given.options, '', refuseInput) }
}

/** The folder of a transfer. */
export const readPath = (given: unknown): string => path.read(given, 'path', refuseInput)
