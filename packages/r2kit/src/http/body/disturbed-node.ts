/** Whether a stream has been read from, on Node. Chosen by the import condition `#disturbed`. */
import { Readable } from 'node:stream'

/** True for a Web or Node stream of which anything was read or which was cancelled, by any reader. */
export const isDisturbed = (stream: object): boolean => Readable.isDisturbed(stream as Readable)
