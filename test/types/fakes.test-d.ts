/** A fake client is a plain object: the types of a client have no private members. Nothing in this file runs. */
import type { Objects, PagedList, R2Client, R2ClientLike, Transfer, UploadGuard } from 'r2kit'
import { expectTypeOf, test } from 'vitest'

test('a fake of one method compiles for code that needs one method', () => {
  const code = (r2: { readonly objects: Pick<Objects, 'exists'> }) => r2.objects.exists({ bucket: 'b', key: 'k' })
  expectTypeOf(code).toBeCallableWith({ objects: { exists: async () => true } })
  expectTypeOf<R2Client>().toExtend<Parameters<typeof code>[0]>()
})

test('a fake of an API is a plain object with its methods', () => {
  const fake = (methods: { [Name in keyof Objects]: Objects[Name] }): Pick<R2Client, 'objects'> => ({
    objects: methods,
  })
  expectTypeOf(fake).returns.toEqualTypeOf<Pick<R2Client, 'objects'>>()
})

test('a client satisfies R2ClientLike, and so does a plain object with the same members', () => {
  expectTypeOf<R2Client>().toExtend<R2ClientLike>()
  expectTypeOf<{ [Name in keyof R2Client]: R2Client[Name] }>().toExtend<R2ClientLike>()
})

test('handles and lists can be faked', () => {
  const list: PagedList<string, { items: string[] }> = {
    async *[Symbol.asyncIterator]() {
      yield 'a'
    },
    async *pages() {
      yield { items: ['a'] }
    },
    collect: async () => ['a'],
  }
  expectTypeOf(list).toExtend<AsyncIterable<string>>()
  expectTypeOf<{ [Name in keyof Transfer<string>]: Transfer<string>[Name] }>().toExtend<Transfer<string>>()
  const guard: UploadGuard = { markCompleted: () => undefined, [Symbol.asyncDispose]: async () => undefined }
  expectTypeOf(guard).toExtend<AsyncDisposable>()
})
