/** What small programs seldom do with objects: loaded as one by the first call of any. */
export { copyObject } from './copy-object.js'
export { deleteObjects } from './delete-objects.js'
export { updateWithLock } from './update-with-lock.js'
