/** Whether a stream has been read from, on Node. Selected by the import condition `#disturbed`. */
import { Readable } from 'node:stream'

/** Whether any reader has read from or cancelled a Web or Node stream. */
export const isDisturbed = (stream: object): boolean => Readable.isDisturbed(stream as Readable)
