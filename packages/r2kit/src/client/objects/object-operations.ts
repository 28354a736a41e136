/** Operations that the first call of any of them loads together. */
export { copyObject } from './copy-object.js'
export { deleteObjects } from './delete-objects.js'
export { deletePrefix } from './delete-prefix.js'
export { objectList } from './list-all.js'
export { listObjects } from './list-objects.js'
export { moveObject } from './move-object.js'
export { updateWithLock } from './update-with-lock.js'
