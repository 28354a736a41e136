import type { R2Client } from 'r2kit'
import { expectTypeOf, test } from 'vitest'
test('planted', () => expectTypeOf<R2Client>().toBeString())
