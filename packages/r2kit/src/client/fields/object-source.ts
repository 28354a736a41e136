import { objectOf } from '../../validation/index.js'
import { type ObjectAddress, objectAddressFields } from './object-address.js'

/** The source of a copy. */
export const sourceField = objectOf<ObjectAddress>('a source', objectAddressFields)
