import { clientError } from '../../errors/calls.js'
import type { Refuse } from '../../validation/index.js'

/** Makes the error for a field of a presigned URL: `InvalidPresign`. */
export const refusePresign: Refuse = (field, problem, hint, cause) =>
  clientError('InvalidPresign', `${field} ${problem}`, { field, hint, cause })
