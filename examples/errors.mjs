// Handle errors by their codes, and print their summaries and hints. Run: node examples/errors.mjs
import { isR2Error } from 'r2kit'
import { openR2 } from './support/open-r2.mjs'

const { r2, bucket, close } = await openR2()

try {
  await r2.objects.get({ bucket, key: 'not/there' })
} catch (error) {
  if (!isR2Error(error, 'ObjectNotFound')) throw error
  console.log(error.summary())
  console.log(error.hint)
}

// Invalid input is rejected before anything is sent.
try {
  await r2.objects.put({ bucket: 'My_Bucket', key: 'x', body: '' })
} catch (error) {
  if (!isR2Error(error, 'InvalidInput')) throw error
  console.log(`${error.field}: ${error.message}. ${error.hint}`)
}
await close()
